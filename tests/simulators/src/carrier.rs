//! The carriers that are simulated: four that are asked by programs, seven with a page; eight push.

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
    Sto,
    Yunda,
    Jt,
    Ems,
    Jd,
    Zjs,
    Danniao,
}

/// What a quota is counted by, beside the carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interface {
    Query,
    Subscribe,
}

impl Carrier {
    /// Those that answer programs and push.
    pub const APIS: [Carrier; 4] = [Carrier::Sf, Carrier::Zto, Carrier::Yto, Carrier::Deppon];

    /// Those that are read as a person reads them. STO and J&T answer programs too.
    pub const PAGES: [Carrier; 7] = [Carrier::Sto, Carrier::Yunda, Carrier::Jt, Carrier::Ems, Carrier::Jd, Carrier::Zjs, Carrier::Danniao];

    pub const ALL: [Carrier; 11] = {
        let ([a, b, c, d], [e, f, g, h, i, j, k]) = (Self::APIS, Self::PAGES);
        [a, b, c, d, e, f, g, h, i, j, k]
    };

    /// Whether what happens is told to who asked for it, or agreed on it.
    pub fn pushes(self) -> bool {
        Self::APIS.contains(&self) || matches!(self, Carrier::Sto | Carrier::Jt) || self.pushes_unasked()
    }

    /// Of every parcel, as soon as it is known where to: by configuration, not by subscription.
    pub fn pushes_unasked(self) -> bool {
        matches!(self, Carrier::Ems | Carrier::Jd)
    }

    pub fn name(self) -> &'static str {
        match self {
            Carrier::Sf => "sf",
            Carrier::Zto => "zto",
            Carrier::Yto => "yto",
            Carrier::Deppon => "deppon",
            Carrier::Sto => "sto",
            Carrier::Yunda => "yunda",
            Carrier::Jt => "jt",
            Carrier::Ems => "ems",
            Carrier::Jd => "jd",
            Carrier::Zjs => "zjs",
            Carrier::Danniao => "danniao",
        }
    }

    /// Whether the carrier can ask for the last four digits of a phone before it answers.
    pub fn asks_for_phone_tail(self) -> bool {
        matches!(self, Carrier::Sf | Carrier::Zto)
    }

    pub fn has_page(self) -> bool {
        Self::PAGES.contains(&self)
    }

    /// Turns the n-th draw of digits into a number of this carrier's shape.
    pub fn number(self, digits: u64) -> String {
        match self {
            Carrier::Sf => format!("SF1{digits:012}"),
            Carrier::Zto => format!("75{digits:012}"),
            Carrier::Yto => format!("YT2{digits:012}"),
            Carrier::Deppon => format!("DPK6{digits:012}"),
            Carrier::Sto => format!("777{digits:012}"),
            // Two generations of numbers are in use, of 15 and of 14 digits.
            Carrier::Yunda if digits.is_multiple_of(2) => format!("431{digits:012}"),
            Carrier::Yunda => format!("31{digits:012}"),
            Carrier::Jt => format!("JT5{digits:012}"),
            Carrier::Ems => format!("1{digits:012}"),
            Carrier::Jd if digits.is_multiple_of(2) => format!("JDV{digits:012}"),
            Carrier::Jd => format!("JDX{digits:012}"),
            Carrier::Zjs => format!("ZJS{digits:012}"),
            Carrier::Danniao => format!("DN9{digits:012}"),
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
