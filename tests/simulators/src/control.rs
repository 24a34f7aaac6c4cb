//! The control API: what a test or a benchmark decides and asks.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::carrier::Carrier;
use crate::deppon::V32Token;
use crate::mood::Wish;
use crate::parcel::{Pace, Parcel, Shown};
use crate::quota::Limits;
use crate::routes::House;
use crate::world::{Batch, World};
use crate::{jt_api, pages, sto_api};

const MOST_PARCELS: usize = 1_000_000;

pub fn routes() -> Router<House> {
    Router::new()
        .route("/parcels", post(create))
        .route("/truth", get(whole_truth))
        .route("/truth/{carrier}/{number}", get(truth))
        .route("/advance", post(advance))
        .route("/mood", post(mood))
        .route("/page", post(page))
        .route("/robots", post(robots))
        .route("/quota", post(quota))
        .route("/push-target", post(push_target))
        .route("/speed", post(speed))
        .route("/lag", post(lag))
        .route("/tokens/expire", post(expire_tokens))
        .route("/deppon/v32", post(deppon_v32))
        .route("/stats", get(stats))
        .route("/accounts", get(accounts))
        .route("/endpoints", get(endpoints))
}

/// What was wrong with a wish.
struct Wrong(StatusCode, String);

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

fn bad(why: impl Into<String>) -> Wrong {
    Wrong(StatusCode::BAD_REQUEST, why.into())
}

fn find(world: &World, carrier: &str, number: &str) -> Result<Arc<Parcel>, Wrong> {
    let carrier: Carrier = carrier.parse().map_err(bad)?;
    let parcel = world.parcel(carrier, number);
    parcel.ok_or_else(|| Wrong(StatusCode::NOT_FOUND, format!("no parcel `{number}` of `{carrier}`")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    carrier: Carrier,
    #[serde(default = "one")]
    count: usize,
    #[serde(default)]
    complete: bool,
    #[serde(default)]
    events: Option<u32>,
    #[serde(default)]
    phone_tail: bool,
}

fn one<N: From<u8>>() -> N {
    1.into()
}

impl Order {
    fn batch(&self) -> Result<Batch, Wrong> {
        let pace = match (self.complete, self.events) {
            (true, Some(_)) => {
                return Err(bad("`complete` shows all events and `events` some: name one"));
            }
            (true, None) => Pace::Complete,
            (false, Some(n)) => Pace::Held(n),
            (false, None) => Pace::Story,
        };
        if self.count > MOST_PARCELS {
            return Err(bad(format!("`count` is at most {MOST_PARCELS}")));
        }
        if self.phone_tail && !self.carrier.asks_for_phone_tail() {
            return Err(bad(format!("`{}` never asks for a phone tail", self.carrier)));
        }
        Ok(Batch { count: self.count, pace, phone_tail: self.phone_tail })
    }
}

#[derive(Serialize)]
struct Made<'a> {
    carrier: Carrier,
    number: &'a str,
    phone_tail: Option<&'a str>,
}

async fn create(State(house): State<House>, Json(order): Json<Order>) -> Result<Response, Wrong> {
    let made = house.world.create_parcels(order.carrier, order.batch()?);
    let parcels: Vec<_> =
        made.iter().map(|p| Made { carrier: p.carrier, number: &p.number, phone_tail: p.phone_tail.as_deref() }).collect();
    Ok(Json(json!({ "parcels": parcels })).into_response())
}

async fn truth(State(house): State<House>, Path((carrier, number)): Path<(String, String)>) -> Result<Response, Wrong> {
    let parcel = find(&house.world, &carrier, &number)?;
    Ok(Json(Truth::of(&parcel, house.world.story())).into_response())
}

#[derive(Serialize)]
struct Truth<'a> {
    carrier: Carrier,
    number: &'a str,
    events: Vec<Shown<'a>>,
    /// All events are visible.
    done: bool,
}

impl<'a> Truth<'a> {
    fn of(parcel: &'a Parcel, story: f64) -> Self {
        let events = parcel.shown(story);
        Truth { carrier: parcel.carrier, number: &parcel.number, done: events.len() == parcel.events.len(), events }
    }
}

async fn whole_truth(State(house): State<House>) -> Response {
    let tell = move || {
        let parcels: Vec<_> = Carrier::ALL.into_iter().flat_map(|c| house.world.parcels(c)).collect();
        let story = house.world.story();
        let all: Vec<_> = parcels.iter().map(|p| Truth::of(p, story)).collect();
        Json(json!({ "parcels": all })).into_response()
    };
    // Hundreds of thousands of parcels take seconds; the carriers go on answering.
    tokio::task::spawn_blocking(tell).await.expect("telling the truth does not panic")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    carrier: String,
    number: String,
    #[serde(default = "one")]
    events: u32,
}

async fn advance(State(house): State<House>, Json(wish): Json<Advance>) -> Result<Json<Value>, Wrong> {
    let parcel = find(&house.world, &wish.carrier, &wish.number)?;
    let visible = house.world.advance(&parcel, wish.events);
    Ok(Json(json!({ "visible": visible, "of": parcel.events.len() })))
}

async fn mood(State(house): State<House>, Json(wish): Json<Wish>) -> Result<Json<Value>, Wrong> {
    let mood = wish.mood().map_err(bad)?;
    house.world.desk(wish.carrier).weather().set(mood, wish.next);
    Ok(done())
}

async fn page(State(house): State<House>, Json(wish): Json<pages::Wish>) -> Result<Json<Value>, Wrong> {
    let face = wish.face().map_err(bad)?;
    house.world.desk(wish.carrier).face().set(face, wish.next);
    Ok(done())
}

async fn robots(State(house): State<House>, Json(wish): Json<pages::Robots>) -> Result<Json<Value>, Wrong> {
    wish.status().map_err(bad)?;
    *house.world.robots() = wish;
    Ok(done())
}

#[derive(Deserialize)]
struct QuotaWish {
    carrier: Carrier,
    #[serde(flatten)]
    limits: Limits,
}

async fn quota(State(house): State<House>, Json(wish): Json<QuotaWish>) -> Json<Value> {
    house.world.set_limits(wish.carrier, wish.limits);
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    carrier: Carrier,
    url: Option<String>,
}

async fn push_target(State(house): State<House>, Json(wish): Json<Target>) -> Result<Json<Value>, Wrong> {
    if !wish.carrier.pushes() {
        return Err(bad(format!("`{}` does not push", wish.carrier)));
    }
    if let Some(url) = &wish.url {
        reqwest::Url::parse(url).map_err(|e| bad(format!("`{url}` is not a URL: {e}")))?;
    }
    house.world.desk(wish.carrier).set_push_target(wish.url);
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Speed {
    speed: f64,
}

async fn speed(State(house): State<House>, Json(wish): Json<Speed>) -> Result<Json<Value>, Wrong> {
    if !(0.0..1e12).contains(&wish.speed) {
        return Err(bad("`speed` is story seconds per real second, from 0 on"));
    }
    house.world.set_speed(wish.speed);
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LagWish {
    carrier: Carrier,
    /// None: what happens is told at once.
    seconds: Option<u64>,
}

async fn lag(State(house): State<House>, Json(wish): Json<LagWish>) -> Result<Json<Value>, Wrong> {
    house.world.desk(wish.carrier).set_lag(wish.seconds.map(Duration::from_secs)).map_err(bad)?;
    Ok(done())
}

async fn expire_tokens(State(house): State<House>) -> Json<Value> {
    house.world.sf.expire_tokens();
    house.world.v32.expire_token();
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct V32Wish {
    token: V32Token,
    #[serde(default)]
    outage_ms: u64,
}

async fn deppon_v32(State(house): State<House>, Json(wish): Json<V32Wish>) -> Json<Value> {
    house.world.change_deppon(wish.token, Duration::from_millis(wish.outage_ms));
    done()
}

async fn stats(State(house): State<House>) -> Response {
    let desks = Carrier::ALL.map(|c| (c, house.world.desk(c)));
    let mut figures = Map::from_iter(desks.map(|(c, desk)| (c.name().to_owned(), json!(desk.tally.figures(desk.count())))));
    figures[Carrier::Deppon.name()]["v32"] = json!(house.world.v32.change());
    Json(figures).into_response()
}

async fn accounts(State(house): State<House>) -> Response {
    let accounts = &house.world.accounts;
    let mut shown = json!(accounts);
    if let Some(change) = house.world.v32.change() {
        shown["deppon_v32"] = accounts.deppon_v32.credential(change.token);
    }
    Json(shown).into_response()
}

async fn endpoints(State(house): State<House>) -> Json<Value> {
    let at = |path: &str| format!("http://{}{path}", house.addr);
    let deppon = |path: &str| at(&format!("/deppon/dop-interface-sync/{path}"));
    let mut shown = json!({
        "sf": { "service": at("/sf/std/service"), "oauth": at("/sf/oauth2/accessToken") },
        "zto": { "query": at("/zto/zto.merchant.waybill.track.query"), "subscribe": at("/zto/zto.merchant.waybill.track.subsrcibe") },
        "yto": { "query": at("/yto/open/track_query_adapter/v1"), "subscribe": at("/yto/open/subscribe_adapter/v1") },
        "deppon": {
            "query": deppon("standard-query/newTraceQuery.action"),
            "subscribe": deppon("dop-nonstandard-extension/standTraceSubscribe.action"),
            "token": at("/deppon/oauth/token"),
        },
    });
    for (carrier, path, _) in pages::PAGES {
        shown[carrier.name()] = json!({ "page": at(path) });
    }
    shown["jt"]["api"] = at(jt_api::PATH).into();
    shown["jt"]["subscribe"] = at(jt_api::SUBSCRIBE_PATH).into();
    shown["sto"]["api"] = at(sto_api::PATH).into();
    for (carrier, path) in pages::TOLD_LOOKUPS {
        shown[carrier.name()]["lookup"] = at(path).into();
    }
    Json(shown)
}

fn done() -> Json<Value> {
    Json(json!({ "done": true }))
}
