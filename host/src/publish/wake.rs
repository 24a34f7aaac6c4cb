//! Tells who waits in this process that something was stored.

use tracing::{debug, error, info, warn};

use crate::app::House;
use crate::fault::Whose;
use crate::store::Recorded;

/// Wakes live readers, counts what changed, and names what failed: here, and nowhere else.
pub fn wake(house: &House, recorded: &Recorded) {
    let account = &recorded.account;
    for fault in &recorded.faults {
        metrics::counter!("posthouse_faults_total", "carrier" => account.carrier.to_string(), "outcome" => fault.kind.code()).increment(1);
        match fault.kind.whose() {
            Whose::Account | Whose::Us => {
                error!(carrier.id = %account.carrier, outcome = fault.kind.code(), "a look for {account} ended with {fault}")
            }
            Whose::Adapter => warn!(carrier.id = %account.carrier, outcome = fault.kind.code(), "a look for {account} ended with {fault}"),
            Whose::Carrier => debug!(carrier.id = %account.carrier, outcome = fault.kind.code(), "a look for {account} ended with {fault}"),
        }
    }
    metrics::counter!("posthouse_looks_total", "carrier" => account.carrier.to_string()).increment(1);
    for changed in &recorded.changed {
        metrics::counter!("posthouse_parcels_changed_total", "carrier" => recorded.account.carrier.to_string()).increment(1);
        info!(
            parcel.key = changed.key.0,
            carrier.id = %recorded.account.carrier,
            events.new = changed.new_events,
            "{} new events of a parcel of {}", changed.new_events, recorded.account
        );
    }
    // Nobody waiting is no error.
    let _ = house.news.send(recorded.clone());
}
