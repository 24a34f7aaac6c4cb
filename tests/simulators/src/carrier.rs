//! The four carriers that are simulated.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Carrier {
    Sf,
    Zto,
    Yto,
    Deppon,
}

/// What a quota is counted by, beside the carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interface {
    Query,
    Subscribe,
}

impl Carrier {
    pub const ALL: [Carrier; 4] = [Carrier::Sf, Carrier::Zto, Carrier::Yto, Carrier::Deppon];

    pub fn name(self) -> &'static str {
        match self {
            Carrier::Sf => "sf",
            Carrier::Zto => "zto",
            Carrier::Yto => "yto",
            Carrier::Deppon => "deppon",
        }
    }

    /// Whether the carrier can ask for the last four digits of a phone before it answers.
    pub fn asks_for_phone_tail(self) -> bool {
        matches!(self, Carrier::Sf | Carrier::Zto)
    }

    /// Turns the n-th draw of digits into a number of this carrier's shape.
    pub fn number(self, digits: u64) -> String {
        match self {
            Carrier::Sf => format!("SF1{digits:012}"),
            Carrier::Zto => format!("75{digits:012}"),
            Carrier::Yto => format!("YT2{digits:012}"),
            Carrier::Deppon => format!("DPK6{digits:012}"),
        }
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Carrier {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|c| c.name() == name).ok_or_else(|| format!("no simulator for carrier `{name}`"))
    }
}
