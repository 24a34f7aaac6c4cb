//! Looks at every source when it is due.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::{Changed, Source, State, announce_state, look, sources};
use crate::alert::{self, AlertKind, Severity, Subject};
use crate::app::House;
use crate::fault::Instant;
use crate::sandbox;
use crate::store::NotStored;

/// How often it is seen what is due, and what is on the shelf.
const GLANCE: Duration = Duration::from_secs(1);
/// The folder is looked through this often.
const AGAIN: Instant = 10_000;

/// Looks until it is stopped. A look that runs then is dropped: it is stored whole or not at all.
pub async fn watch(house: Arc<House>, stop: CancellationToken) {
    if !house.config.notices.watch {
        return;
    }
    let mut looks = Looks { house, running: JoinSet::new(), busy: BTreeSet::new(), again: 0 };
    if let Err(why) = looks.remind().await {
        error!("how sources were doing before the start is told later: {why}");
    }
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
    /// When the folder was looked through last.
    again: Instant,
}

impl Looks {
    /// After a start: what was told of sources and is not an alert, and alerts of sources that are gone.
    async fn remind(&self) -> Result<(), NotStored> {
        let places = self.house.store.notice_places().await?;
        let all = sources(&self.house);
        for source in &all {
            if let Some(place) = places.get(&source.id) {
                let (is, since) = place.told;
                let why = place.detail.clone().unwrap_or_else(|| place.outcome.clone());
                tell(&self.house, Changed { source: source.id.clone(), was: is, is, since, why }).await?;
            }
        }
        let exists = |key: &str| all.iter().any(|source| key.strip_prefix("source:") == Some(&source.id));
        alert::recover_others(&self.house, AlertKind::Source, exists).await
    }

    async fn glance(&mut self) -> Result<(), NotStored> {
        while let Some(done) = self.running.try_join_next() {
            match done {
                Ok(source) => _ = self.busy.remove(&source),
                // Which one is not told; each begins anew when it is due.
                Err(_) => self.busy.clear(),
            }
        }
        // A newer bulletin in the folder is the one that looks next. Files that are refused are read each time.
        if self.house.now() - self.again >= AGAIN {
            self.again = self.house.now();
            sandbox::aside(|| self.house.shelf.look_again());
        }
        let (now, places) = (self.house.now(), self.house.store.notice_places().await?);
        for source in sources(&self.house) {
            let place = places.get(&source.id);
            let due = place.is_none_or(|place| place.stopped_at.is_none() && place.next_at <= now);
            if due && self.busy.insert(source.id.clone()) {
                self.start(source);
            }
        }
        for changed in announce_state(&self.house).await? {
            tell(&self.house, changed).await?;
        }
        Ok(())
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

/// A source that is not read is an alert: what it would announce is missed.
async fn tell(house: &House, changed: Changed) -> Result<(), NotStored> {
    let Changed { source, is, why, .. } = changed;
    let key = format!("source:{source}");
    let (zh, severity) = match is {
        State::New | State::Good => return alert::recover(house, &key).await,
        State::Silent => ("长时间没有新公告，请确认页面是否已迁移", Severity::Info),
        State::Failing => ("持续读取失败", Severity::Warning),
        State::Stopped => ("拒绝访问或要求人工验证，已停止读取", Severity::Warning),
    };
    let subject = Subject {
        kind: AlertKind::Source,
        severity,
        carrier: None,
        account: None,
        headline: (format!("公告来源 {source} {zh}"), format!("announcements of {source} are {}: {why}", is.code())),
        detail: serde_json::json!({ "source": source, "state": is.code() }),
        key,
    };
    alert::raise(house, subject).await
}
