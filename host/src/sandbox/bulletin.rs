//! The calls of a reader of announcements. It is given a page and nothing else: no secret, no import.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::adapter::{Adapter, Part, lookup};
use super::call::{Given, Signatures};
use super::notices::{Fault as Said, Listed, Page};
use crate::fault::Fault;
use crate::vault::Secrets;

impl Adapter {
    /// `notices.list`.
    pub fn list(&self, source: &str, page: &Page) -> Result<Vec<Listed>, Fault> {
        let (listed, _) = self.guarded(&self.no_secrets(), given(page), Part::Whole, |linked, store, instance| {
            lookup(&linked.list)?.call(store, instance, (source, page))
        });
        listed?.map_err(|said| of_guest(&said, page))
    }

    /// `notices.notice`.
    pub fn notice(&self, source: &str, page: &Page) -> Result<Listed, Fault> {
        let (notice, _) = self.guarded(&self.no_secrets(), given(page), Part::Whole, |linked, store, instance| {
            lookup(&linked.notice)?.call(store, instance, (source, page))
        });
        notice?.map_err(|said| of_guest(&said, page))
    }

    fn no_secrets(&self) -> Arc<Secrets> {
        Arc::new(Secrets::new(0, self.manifest.clone(), BTreeMap::new()))
    }
}

fn given(page: &Page) -> Given<'static> {
    Given { now: page.now, seed: &[], signatures: Signatures::Checked }
}

fn of_guest(said: &Said, page: &Page) -> Fault {
    Fault::from_guest(&said.code, &said.detail, None, page.now)
}
