//! What a track is judged by, pinned by value.

use std::sync::Arc;

use posthouse_sdk::manifest::Manifest;
use posthouse_sdk::status;

use super::delay::{Delays, Kind, hour};
use crate::fault::Instant;
use crate::parcel::Scan;

/// Of the deliveries this share was told within the wait; rarer latecomers are not waited for.
const MOST: f64 = 0.95;
/// What a signature waits where the manifest says nothing.
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// The manifest, the house's policy, and what was learned.
#[derive(Clone)]
pub struct Judging {
    pub manifest: Arc<Manifest>,
    /// From this declared value on a picture is needed, in fen.
    pub photo_from: Option<u64>,
    pub delays: Arc<Delays>,
}

impl Judging {
    /// How long this carrier takes to tell what contradicts a signature made at that hour.
    pub fn wait(&self, track: &[Scan], now: Instant) -> Instant {
        let signing = track.iter().rfind(|scan| matches!(scan.event.status, status::DELIVERED | status::SIGNED_BY_THIRD_PARTY));
        let hour = signing.map(|scan| hour(scan.event.at));
        let default = self.manifest.sign.wait.map_or(DAY, |period| period.0);
        let wait = self.delays.length(&self.manifest.id, Kind::Report, hour, MOST, default, now);
        Instant::try_from(wait.length.as_millis()).unwrap_or(Instant::MAX / 4)
    }
}

impl std::fmt::Debug for Judging {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Judging({})", self.manifest.id)
    }
}
