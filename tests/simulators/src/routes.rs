//! The paths of the carriers, and how a mood comes over an answer.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{MethodRouter, post};
use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use crate::answer::{Answer, Ask};
use crate::carrier::Carrier;
use crate::mood::Mood;
use crate::world::{World, now_ms};
use crate::{control, deppon, jt_api, pages, sf, sto_api, yto, zto};

#[derive(Clone)]
pub struct House {
    pub world: Arc<World>,
    pub addr: SocketAddr,
    pub stop: CancellationToken,
}

pub fn all(world: Arc<World>, addr: SocketAddr, stop: CancellationToken) -> Router {
    let deppon = "/deppon/dop-interface-sync";
    Router::new()
        .route("/sf/std/service", carrier(Carrier::Sf, sf::service))
        .route("/sf/oauth2/accessToken", carrier(Carrier::Sf, sf::access_token))
        .route("/zto/zto.merchant.waybill.track.query", carrier(Carrier::Zto, zto::query))
        .route("/zto/zto.merchant.waybill.track.subsrcibe", carrier(Carrier::Zto, zto::subscribe))
        .route("/yto/open/track_query_adapter/v1/{user}/{customer}", yto_path(yto::query))
        .route("/yto/open/subscribe_adapter/v1/{user}/{customer}", yto_path(yto::subscribe))
        .route(&format!("{deppon}/standard-query/newTraceQuery.action"), carrier(Carrier::Deppon, deppon::query))
        .route(&format!("{deppon}/dop-nonstandard-extension/standTraceSubscribe.action"), carrier(Carrier::Deppon, deppon::subscribe))
        .route("/deppon/oauth/token", carrier(Carrier::Deppon, deppon::token))
        .route(jt_api::PATH, carrier(Carrier::Jt, jt_api::trace))
        .route(jt_api::SUBSCRIBE_PATH, carrier(Carrier::Jt, jt_api::subscribe))
        .route(sto_api::PATH, carrier(Carrier::Sto, sto_api::link))
        .merge(pages::routes())
        .nest("/control", control::routes())
        .with_state(House { world, addr, stop })
}

fn carrier(carrier: Carrier, answer: fn(&World, &Ask) -> Answer) -> MethodRouter<House> {
    post(
        move |State(house): State<House>, headers: HeaderMap, body: Bytes| async move { house.respond(carrier, headers, body, answer).await },
    )
}

fn yto_path(answer: fn(&World, &yto::Path, &Ask) -> Answer) -> MethodRouter<House> {
    post(move |State(house): State<House>, Path(path): Path<yto::Path>, headers: HeaderMap, body: Bytes| async move {
        house.respond(Carrier::Yto, headers, body, |world, ask| answer(world, &path, ask)).await
    })
}

impl House {
    /// The question is judged when it arrives; a mood comes over the answer afterwards.
    pub async fn respond(
        &self,
        carrier: Carrier,
        headers: HeaderMap,
        body: Bytes,
        answer: impl FnOnce(&World, &Ask) -> Answer,
    ) -> Response {
        let mood = self.greet(carrier);
        if let Some(response) = mood.instead() {
            return response;
        }
        let answer = answer(&self.world, &Ask { headers, body, now_ms: now_ms() });
        if let Some(reason) = answer.refused {
            self.world.desk(carrier).tally.refuse(reason);
        }
        self.linger(mood).await;
        mood.spoil(answer)
    }

    /// Counts a request and tells the mood that it meets.
    pub fn greet(&self, carrier: Carrier) -> Mood {
        let desk = self.world.desk(carrier);
        desk.tally.requests.one();
        let mood = desk.weather().take();
        if mood != Mood::Normal {
            desk.tally.moods.one();
        }
        mood
    }

    pub async fn linger(&self, mood: Mood) {
        match mood {
            Mood::Slow(by) => tokio::time::sleep(by).await,
            Mood::Hang => self.stop.cancelled().await,
            _ => {}
        }
    }
}
