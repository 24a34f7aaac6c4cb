//! How far a carrier's clock is from ours, by the `Date` of its answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::fault::Instant;
use crate::fetch::Exchange;
use crate::sandbox::types::Reply;

/// A new measurement counts this much.
const WEIGHT: f64 = 0.1;

/// Of every carrier, in milliseconds; positive is ahead of us.
#[derive(Default)]
pub struct Skews(Mutex<BTreeMap<Arc<str>, f64>>);

impl Skews {
    /// Learns from answers. The date has whole seconds, so a single one may be off by one.
    pub fn note(&self, carrier: &Arc<str>, exchanges: &[Exchange]) {
        for measured in exchanges.iter().filter_map(measured) {
            let mut all = self.0.lock().expect("no panic inside");
            let skew = all.entry(carrier.clone()).or_insert(measured);
            *skew += (measured - *skew) * WEIGHT;
            metrics::gauge!("posthouse_carrier_clock_skew_seconds", "carrier" => carrier.to_string()).set(*skew / 1000.0);
        }
    }

    /// In milliseconds; none before the first answer with a date.
    pub fn of(&self, carrier: &str) -> Option<Instant> {
        self.0.lock().expect("no panic inside").get(carrier).map(|skew| *skew as Instant)
    }
}

/// The middle of the second that the answer names against the middle of the call.
fn measured(exchange: &Exchange) -> Option<f64> {
    let Some(Reply::Http(reply)) = &exchange.reply else { return None };
    let date = reply.headers.iter().find(|header| header.name == "date")?;
    let theirs = jiff::fmt::rfc2822::parse(&date.value).ok()?.timestamp().as_millisecond() + 500;
    let ours = exchange.at + i64::try_from(exchange.took_us / 2_000).ok()?;
    Some((theirs - ours) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::types::{HttpReply, Pair};

    #[test]
    fn the_date_of_an_answer_tells_the_clock() {
        let skews = Skews::default();
        let carrier: Arc<str> = "acme".into();
        let date = Pair { name: "date".into(), value: "Sun, 22 Nov 2026 16:42:20 GMT".into() };
        let reply = Reply::Http(HttpReply { status: 200, headers: vec![date], body: vec![], charset: None });
        let at = 1_795_365_740_000 - 8_000;
        let exchange = Exchange { reply: Some(reply), took_us: 1_000_000, ..Exchange::new("tracking", 0, at) };
        assert_eq!(skews.of("acme"), None);
        skews.note(&carrier, &[exchange]);
        assert_eq!(skews.of("acme"), Some(8_000));
    }
}
