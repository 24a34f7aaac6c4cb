//! What an announcement says will change, and when.

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use super::told::Told;

/// One thing that an announcement says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub kind: Kind,
    pub effective: Option<Effective>,
    pub until: Option<Effective>,
    pub names: Vec<String>,
    pub old: Option<String>,
    pub new: Option<String>,
    pub quotes: Vec<String>,
    pub confidence: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Retirement,
    HostChange,
    AuthChange,
    FieldChange,
    LimitChange,
    Outage,
    Holiday,
}

/// A day in China, and the time of the day where it is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effective {
    pub date: Date,
    pub time: Option<Time>,
}

/// Everything that is said, in the order of the text.
pub fn read(_told: &Told<'_>) -> Vec<Reading> {
    vec![]
}
