//! Looks at every source when it is due.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::{Source, announce_state, look, sources};
use crate::app::House;
use crate::sandbox;
use crate::store::NotStored;

/// How often it is seen what is due, and what is on the shelf.
const GLANCE: Duration = Duration::from_secs(1);

/// Looks until it is stopped. A look that runs then is dropped: it is stored whole or not at all.
pub async fn watch(house: Arc<House>, stop: CancellationToken) {
    if !house.config.notices.watch {
        return;
    }
    let mut looks = Looks { house, running: JoinSet::new(), busy: BTreeSet::new() };
    let glance = GLANCE.min(looks.house.config.notices.every.0 / 2);
    loop {
        if let Err(why) = looks.glance().await {
            error!("announcements are not looked at: {why}");
        }
        tokio::select! {
            () = tokio::time::sleep(glance) => {}
            () = stop.cancelled() => return,
        }
    }
}

struct Looks {
    house: Arc<House>,
    running: JoinSet<String>,
    busy: BTreeSet<String>,
}

impl Looks {
    async fn glance(&mut self) -> Result<(), NotStored> {
        while let Some(done) = self.running.try_join_next() {
            match done {
                Ok(source) => _ = self.busy.remove(&source),
                // Which one is not told; each begins anew when it is due.
                Err(_) => self.busy.clear(),
            }
        }
        // A newer bulletin in the folder is the one that looks next.
        sandbox::aside(|| self.house.shelf.look_again());
        let (now, places) = (self.house.now(), self.house.store.notice_places().await?);
        for source in sources(&self.house) {
            let place = places.get(&source.id);
            let due = place.is_none_or(|place| place.stopped_at.is_none() && place.next_at <= now);
            if due && self.busy.insert(source.id.clone()) {
                self.start(source);
            }
        }
        announce_state(&self.house).await.map(drop)
    }

    fn start(&mut self, source: Source) {
        let house = self.house.clone();
        self.running.spawn(async move {
            if let Err(why) = look(&house, &source).await {
                error!(notice.source = source.id, "a look at `{}` was not stored and will be repeated: {why}", source.id);
            }
            source.id
        });
    }
}
