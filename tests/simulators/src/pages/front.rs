//! Which face a carrier's page has now, and had for whom.

use std::collections::HashMap;

use super::Face;

/// A face, for how many more visits it lasts, and what was shown last for each number: what a page
/// fetches afterwards agrees with it.
#[derive(Debug, Default)]
pub struct Front {
    face: Face,
    left: Option<u64>,
    shown: HashMap<String, Face>,
}

impl Front {
    pub fn set(&mut self, face: Face, next: Option<u64>) {
        (self.face, self.left) = (face, next);
    }

    /// The face for one visit.
    pub(super) fn show(&mut self, number: &str) -> Face {
        match &mut self.left {
            None => {}
            Some(0) => self.set(Face::Normal, None),
            Some(left) => *left -= 1,
        }
        if self.face == Face::Normal {
            self.shown.remove(number);
        } else {
            self.shown.insert(number.to_owned(), self.face);
        }
        self.face
    }

    /// The face that a page for this number had last.
    pub(super) fn shown(&self, number: &str) -> Face {
        self.shown.get(number).copied().unwrap_or_default()
    }
}
