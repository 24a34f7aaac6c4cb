//! What a page shows instead of its rows, or beside them.

use std::net::SocketAddr;

use serde::Deserialize;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Face {
    #[default]
    Normal,
    /// The words are drawn; J&T's always are.
    Canvas,
    Images,
    /// Drawn so badly that nobody can be sure what they say.
    Noisy,
    /// The rows come after three seconds.
    Slow,
    /// The document never ends.
    Stalled,
    /// The first rows, and a way to the next ones.
    Paged,
    /// Every class and id has another name.
    Renamed,
    /// The parcel is known and nothing happened to it.
    Empty,
    NoRecord,
    Slider,
    Captcha,
    Login,
    Refused,
    TooOften,
    Maintenance,
    OtherParcel,
    /// Fifty megabytes around the rows.
    Huge,
    Endless,
    EndlessMemory,
    Popup,
    Download,
    Dialog,
    ToFile,
    ToFileScript,
    ToPrivate(SocketAddr),
    ToPrivateScript(SocketAddr),
    /// The rows, and every way to the internal service that a page can try.
    Hostile(SocketAddr),
}

/// Those that need no address, as the control API writes them.
const NAMED: [(&str, Face); 25] = [
    ("normal", Face::Normal),
    ("canvas", Face::Canvas),
    ("images", Face::Images),
    ("noisy", Face::Noisy),
    ("slow", Face::Slow),
    ("stalled", Face::Stalled),
    ("paged", Face::Paged),
    ("renamed", Face::Renamed),
    ("empty", Face::Empty),
    ("no-record", Face::NoRecord),
    ("slider", Face::Slider),
    ("captcha", Face::Captcha),
    ("login", Face::Login),
    ("refused", Face::Refused),
    ("too-often", Face::TooOften),
    ("maintenance", Face::Maintenance),
    ("other-parcel", Face::OtherParcel),
    ("huge", Face::Huge),
    ("endless", Face::Endless),
    ("endless-memory", Face::EndlessMemory),
    ("popup", Face::Popup),
    ("download", Face::Download),
    ("dialog", Face::Dialog),
    ("to-file", Face::ToFile),
    ("to-file-script", Face::ToFileScript),
];

/// Those that are led to an internal service.
const LED: [(&str, Led); 3] = [("to-private", Face::ToPrivate), ("to-private-script", Face::ToPrivateScript), ("hostile", Face::Hostile)];

type Led = fn(SocketAddr) -> Face;

/// The face as the control API writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    pub carrier: crate::carrier::Carrier,
    face: String,
    internal: Option<SocketAddr>,
    #[serde(default)]
    pub next: Option<u64>,
}

impl Wish {
    pub fn face(&self) -> Result<Face, String> {
        if !self.carrier.has_page() {
            return Err(format!("`{}` has no page", self.carrier));
        }
        let named = NAMED.iter().find(|(name, _)| *name == self.face).map(|(_, face)| *face);
        let led = LED.iter().find(|(name, _)| *name == self.face).map(|(_, face)| *face);
        match (named, led, self.internal) {
            (Some(face), _, None) => Ok(face),
            (None, Some(face), Some(internal)) => Ok(face(internal)),
            (None, Some(_), None) => Err(format!("`{}` needs `internal`, an address such as 127.0.0.1:7200", self.face)),
            (Some(_), _, Some(_)) => Err(format!("`{}` is led nowhere: leave `internal` out", self.face)),
            (None, None, _) => Err(format!("no face `{}`: {}", self.face, names().join(" "))),
        }
    }
}

fn names() -> Vec<&'static str> {
    NAMED.iter().map(|(name, _)| *name).chain(LED.iter().map(|(name, _)| *name)).collect()
}
