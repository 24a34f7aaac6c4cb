//! Everything that crosses into a guest, for whoever wants to see that no secret does.
//!
//! Off unless it is named: `POSTHOUSE_LOG=info,posthouse::edge=trace`. It shows answers of carriers
//! whole, with names, addresses and phones in them.

use std::fmt;

use tracing::{Level, enabled, trace};

use super::notices::Page;
use super::types::{Delivery, Pair, Reply, Task};

/// The log's name of it.
pub const TARGET: &str = "posthouse::edge";

/// An argument of an export.
pub trait Crosses {
    fn shown(&self) -> String;
}

/// Tells of one value on its way in. Costs one look at a flag when nobody watches.
pub fn watch(function: &str, value: &impl Crosses) {
    if enabled!(target: TARGET, Level::TRACE) {
        trace!(target: TARGET, "into {function}: {}", value.shown());
    }
}

impl Crosses for Task {
    fn shown(&self) -> String {
        let Self { parcels, now, nonce, round, memo } = self;
        format!("parcels {parcels:?} now {now} nonce {} round {round} memo {}", Bytes(nonce), Bytes(memo))
    }
}

impl Crosses for Reply {
    fn shown(&self) -> String {
        match self {
            Self::Http(reply) => {
                format!("status {} {} charset {:?} body {}", reply.status, headers(&reply.headers), reply.charset, Bytes(&reply.body))
            }
            Self::Page(page) => format!("{page:?}"),
        }
    }
}

impl Crosses for Delivery {
    fn shown(&self) -> String {
        let Self { method, path, query, headers: given, body, now } = self;
        format!("{method} {path} {} {} now {now} body {}", headers(query), headers(given), Bytes(body))
    }
}

impl Crosses for Page {
    fn shown(&self) -> String {
        format!("{} {:?} now {} body {}", self.url, self.content_type, self.now, Bytes(&self.body))
    }
}

impl Crosses for Vec<Pair> {
    fn shown(&self) -> String {
        headers(self)
    }
}

/// What an import answers.
impl<T: Answer> Crosses for Result<T, String> {
    fn shown(&self) -> String {
        match self {
            Ok(answer) => answer.told(),
            Err(why) => format!("refused: {why}"),
        }
    }
}

impl Crosses for Option<String> {
    fn shown(&self) -> String {
        self.clone().unwrap_or_else(|| "none".into())
    }
}

pub trait Answer {
    fn told(&self) -> String;
}

impl Answer for Vec<u8> {
    fn told(&self) -> String {
        Bytes(self).to_string()
    }
}

impl Answer for bool {
    fn told(&self) -> String {
        self.to_string()
    }
}

fn headers(pairs: &[Pair]) -> String {
    pairs.iter().map(|pair| format!("{}: {}", pair.name, pair.value)).collect::<Vec<_>>().join(", ")
}

/// As text where it is text, else in hex: in either nothing is lost.
struct Bytes<'a>(&'a [u8]);

impl fmt::Display for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(self.0) {
            Ok(text) => f.write_str(text),
            Err(_) => f.write_str(&hex::encode(self.0)),
        }
    }
}
