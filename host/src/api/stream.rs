//! The stream: what changed, as server-sent events, from now on or from where a reader left off.
//!
//! It is read from the outbox at the reader's pace. One that takes nothing for a while is let go:
//! it comes back with `Last-Event-ID`, and has missed nothing that is still kept.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendTimeoutError;
use utoipa::IntoParams;

use super::auth::Caller;
use super::webhooks::{self, WantsView};
use super::{Problem, Shared};
use crate::publish::{self, Wants};
use crate::store::Letter;

/// Letters read at once, and kept for a reader that is slow.
const SOME: u32 = 100;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Carriers, statuses and accounts, each separated by commas; all if left out.
    carriers: Option<String>,
    statuses: Option<String>,
    accounts: Option<String>,
    /// The id of the last event that was seen, for readers that cannot send `Last-Event-ID`.
    /// `0`: from the oldest that is kept.
    after: Option<String>,
}

/// What changes, as it changes. Each event's data is what a webhook gets.
#[utoipa::path(get, path = "/v1/events/stream", security(("key" = [])), params(Which, ("Last-Event-ID" = Option<String>, Header)),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 400, body = Problem), (status = 503, body = Problem)))]
pub async fn stream(
    State(house): State<Shared>,
    caller: Caller,
    query: Result<Query<Which>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(which) = query.map_err(|e| Problem::bad("bad-query", e.body_text()))?;
    let list = |text: Option<String>| -> Vec<String> {
        text.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
    };
    let wants = WantsView { statuses: list(which.statuses), carriers: list(which.carriers), accounts: list(which.accounts) };
    let wants = webhooks::wishes(&house, &caller, wants)?;
    let said = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::to_owned).or(which.after);
    let (oldest, newest) = house.store.outbox_ends().await?;
    let after = match said.as_deref() {
        None => newest,
        Some("0") => 0,
        Some(id) => publish::key(house.store.mark_of_outbox(), id)
            .filter(|key| *key <= newest)
            .ok_or_else(|| Problem::bad("last-event-id", "that is no event of this host; leave it out, or say `0` for all that is kept"))?,
    };
    // Something between was dropped with time.
    let gap = after > 0 && oldest > after + 1;
    let full = || Problem::busy(format!("{} readers are here already; come back later", house.config.stream.readers));
    let seat = house.office.seats.clone().try_acquire_owned().map_err(|_| full())?;
    let (give, take) = mpsc::channel(SOME as usize);
    if gap {
        let _ = give.try_send(Event::default().event("gap").data("events of this distance are not kept any more: read the parcels"));
    }
    let reading = Reading { house: house.clone(), caller, wants, give };
    tokio::spawn(async move {
        let _seat = seat;
        reading.on(after).await;
    });
    let beat = KeepAlive::new().interval(house.config.stream.heartbeat.0);
    let mut response = Sse::new(events(take)).keep_alive(beat).into_response();
    // Proxies that gather would hold events back.
    response.headers_mut().insert("x-accel-buffering", header::HeaderValue::from_static("no"));
    Ok(response)
}

fn events(take: mpsc::Receiver<Event>) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold(take, |mut take| async move { take.recv().await.map(|event| (Ok(event), take)) })
}

struct Reading {
    house: Arc<crate::app::House>,
    caller: Caller,
    wants: Wants,
    give: mpsc::Sender<Event>,
}

impl Reading {
    /// Until the reader goes, is too slow, or the host ends.
    async fn on(self, mut after: i64) {
        let mut newest = self.house.office.newest();
        loop {
            newest.mark_unchanged();
            let letters = match self.house.store.letters(after, SOME).await {
                Ok(letters) => letters,
                Err(why) => return tracing::error!("a stream ends: {why}"),
            };
            for letter in &letters {
                after = letter.key;
                if self.takes(letter) && !self.tell(letter).await {
                    return;
                }
            }
            if letters.len() == SOME as usize {
                continue;
            }
            tokio::select! {
                // The office is gone: the host ends.
                changed = newest.changed() => if changed.is_err() { return },
                () = self.give.closed() => return,
                () = self.house.office.closed() => return,
            }
        }
    }

    fn takes(&self, letter: &Letter) -> bool {
        self.wants.takes(letter) && self.caller.may(&letter.account.name)
    }

    /// False once nobody listens, or too slowly.
    async fn tell(&self, letter: &Letter) -> bool {
        let mark = self.house.store.mark_of_outbox();
        let event = Event::default().id(publish::id(mark, letter.key)).event(&letter.kind).data(publish::json(mark, letter).to_string());
        tokio::select! {
            given = self.give.send_timeout(event, self.house.config.stream.patience.0) => {
                if matches!(given, Err(SendTimeoutError::Timeout(_))) {
                    metrics::counter!("posthouse_stream_let_go_total").increment(1);
                }
                given.is_ok()
            }
            () = self.house.office.closed() => false,
        }
    }
}
