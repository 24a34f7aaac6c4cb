//! Which codes recorded answers show, and which of them the manifest knows.

use std::collections::BTreeSet;

use posthouse_sdk::manifest::Manifest;
use posthouse_sdk::replay::Meaning;
use serde::Serialize;

/// The carrier's codes.
#[derive(Debug, Default, Serialize)]
pub struct Dictionary {
    /// In the manifest.
    pub known: usize,
    /// In the manifest and in a recorded answer.
    pub shown: usize,
    /// In a recorded answer and not in the manifest: read by their wording.
    pub unmapped: BTreeSet<String>,
    #[serde(skip)]
    seen: BTreeSet<String>,
}

impl Dictionary {
    /// Takes note of a recorded answer.
    pub fn saw(&mut self, meaning: &Meaning) {
        let codes = meaning.tracks.iter().flat_map(|track| &track.events).map(|event| event.code.clone());
        self.seen.extend(codes.filter(|code| !code.is_empty()));
    }

    /// Compares what was seen with what is written.
    pub fn conclude(&mut self, manifest: &Manifest, notes: &mut Vec<String>) {
        let seen = std::mem::take(&mut self.seen);
        self.known = manifest.status.len();
        let (mapped, unmapped): (Vec<_>, Vec<_>) = seen.into_iter().partition(|code| manifest.status.contains_key(code));
        self.shown = mapped.len();
        self.unmapped = unmapped.into_iter().collect();
        if !self.unmapped.is_empty() {
            let codes = self.unmapped.iter().cloned().collect::<Vec<_>>().join(", ");
            notes.push(format!("codes that [status] does not name are read by their wording: {codes}"));
        }
    }
}
