//! The hub's door: HTTP in, one normalised answer out. The only place with statuses and envelopes.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post, put};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_swagger_ui::SwaggerUi;

use crate::app::House;

mod access;
mod alerts;
mod auth;
mod carriers;
mod credentials;
mod deliveries;
mod dictionary;
mod entries;
mod evidence;
mod incidents;
mod input;
mod limit;
mod notices;
mod pages;
mod parcels;
mod problem;
mod proof;
mod push;
mod quality;
mod recalls;
mod releases;
mod rollouts;
mod sheets;
mod sla;
mod stream;
mod tasks;
mod told;
mod track;
mod views;
mod webhooks;

pub use problem::Problem;
pub use views::rfc3339;

/// What every handler gets.
pub type Shared = Arc<House>;

/// Largest request of a hub: a hundred parcels with all their facts fit several times.
const LARGEST_REQUEST: usize = 1 << 20;
/// Largest push of a carrier.
const LARGEST_PUSH: usize = 4 << 20;

#[derive(OpenApi)]
#[openapi(
    info(title = "Posthouse", description = "One normalised, honest tracking API. Every answer says how fresh it is and when the next look is.", license(name = "Apache-2.0")),
    paths(
        parcels::register, parcels::list, parcels::by_id, parcels::by_number, parcels::events, parcels::erase, evidence::add,
        entries::add, entries::typed, entries::worklist, entries::decide, sheets::add, sheets::list, sheets::errors,
        carriers::detect, dictionary::list, dictionary::set, dictionary::unset, dictionary::apply, dictionary::unmapped, quality::list,
        track::live, carriers::list, push::receive, access::health,
        releases::list, recalls::recalls, recalls::recalled, rollouts::start, rollouts::list, rollouts::by_id, rollouts::act,
        incidents::list, incidents::by_id,
        notices::list, notices::by_id, notices::sources, notices::look, notices::resume,
        alerts::list, alerts::by_id, alerts::ack, alerts::test, alerts::digest, sla::list,
        credentials::add, credentials::list, credentials::retire, credentials::audit,
        proof::show, proof::make,
        webhooks::add, webhooks::list, webhooks::one, webhooks::set, webhooks::remove, webhooks::rotate, webhooks::turn, webhooks::test,
        deliveries::list, deliveries::one, deliveries::replay, deliveries::replay_all, stream::stream,
        tasks::list, tasks::by_id, tasks::ack,
        pages::list, pages::one, pages::snapshots, pages::act,
    ),
    modifiers(&BearerKey),
)]
struct Description;

struct BearerKey;

impl utoipa::Modify for BearerKey {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        openapi.components.get_or_insert_default().add_security_scheme("key", scheme);
    }
}

/// The OpenAPI document.
pub fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// Every route.
pub fn router(house: Shared, metrics: metrics_exporter_prometheus::PrometheusHandle) -> Router {
    let pushes = Router::new()
        .route("/v1/push/{carrier}/{account}/{secret}", post(push::receive).get(push::receive))
        .layer(DefaultBodyLimit::disable())
        .layer(axum::middleware::from_fn_with_state(LARGEST_PUSH, limit::body));
    let sheets = Router::new()
        .route("/v1/entries/sheet", post(sheets::add))
        .layer(DefaultBodyLimit::disable())
        .layer(axum::middleware::from_fn_with_state(sheets::LARGEST, limit::body));
    Router::new()
        .route("/v1/parcels", post(parcels::register).get(parcels::list))
        .route("/v1/parcels/{id}", get(parcels::by_id).delete(parcels::erase))
        .route("/v1/parcels/{id}/events", get(parcels::events))
        .route("/v1/parcels/{id}/evidence", post(evidence::add))
        .route("/v1/parcels/{id}/entries", get(entries::typed))
        .route("/v1/parcels/by-number/{carrier}/{number}", get(parcels::by_number))
        .route("/v1/track/{carrier}/{number}", get(track::live))
        .route("/v1/entries", post(entries::add))
        .route("/v1/entries/{entry}/{act}", post(entries::decide))
        .route("/v1/worklist", get(entries::worklist))
        .route("/v1/sheets", get(sheets::list))
        .route("/v1/sheets/{id}/errors", get(sheets::errors))
        .route("/v1/carriers", get(carriers::list))
        .route("/v1/carriers/detect", post(carriers::detect))
        .route("/v1/dictionary/{carrier}", get(dictionary::list))
        .route("/v1/dictionary/{carrier}/unmapped", get(dictionary::unmapped))
        .route("/v1/dictionary/{carrier}/codes/{code}", put(dictionary::set).delete(dictionary::unset))
        .route("/v1/dictionary/{carrier}/codes/{code}/apply", post(dictionary::apply))
        .route("/v1/quality", get(quality::list))
        .route("/v1/releases", get(releases::list))
        .route("/v1/recalls", get(recalls::recalls))
        .route("/v1/recalls/{id}/parcels", get(recalls::recalled))
        .route("/v1/rollouts", post(rollouts::start).get(rollouts::list))
        .route("/v1/rollouts/{id}", get(rollouts::by_id))
        .route("/v1/rollouts/{id}/{act}", post(rollouts::act))
        .route("/v1/credentials", post(credentials::add).get(credentials::list))
        .route("/v1/credentials/{carrier}/{account}/{generation}/retire", post(credentials::retire))
        .route("/v1/incidents", get(incidents::list))
        .route("/v1/incidents/{id}", get(incidents::by_id))
        .route("/v1/credentials/{carrier}/{account}/{generation}/proof", get(proof::show).post(proof::make))
        .route("/v1/pages", get(pages::list))
        .route("/v1/pages/{carrier}", get(pages::one))
        .route("/v1/pages/{carrier}/snapshots", get(pages::snapshots))
        .route("/v1/pages/{carrier}/{act}", post(pages::act))
        .route("/v1/audit", get(credentials::audit))
        .route("/healthz", get(access::health))
        .route("/metrics", get(move || async move { metrics.render() }))
        .merge(told())
        .layer(DefaultBodyLimit::disable())
        .layer(axum::middleware::from_fn_with_state(LARGEST_REQUEST, limit::body))
        .merge(pushes)
        .merge(sheets)
        .merge(SwaggerUi::new("/docs").url("/openapi.json", description()))
        .fallback(|| async { Problem::not_found("there is nothing at this address; the interface is described at /docs") })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(axum::middleware::from_fn(access::log))
        .layer(CatchPanicLayer::new())
        .with_state(house)
}

/// Who is told of what: webhooks, the stream, alerts, announcements and the tasks they make.
fn told() -> Router<Shared> {
    Router::new()
        .route("/v1/webhooks", post(webhooks::add).get(webhooks::list))
        .route("/v1/webhooks/{id}", get(webhooks::one).put(webhooks::set).delete(webhooks::remove))
        .route("/v1/webhooks/{id}/rotate", post(webhooks::rotate))
        .route("/v1/webhooks/{id}/test", post(webhooks::test))
        .route("/v1/webhooks/{id}/replay", post(deliveries::replay_all))
        .route("/v1/webhooks/{id}/{act}", post(webhooks::turn))
        .route("/v1/webhooks/{id}/deliveries", get(deliveries::list))
        .route("/v1/webhooks/{id}/deliveries/{event}", get(deliveries::one))
        .route("/v1/webhooks/{id}/deliveries/{event}/replay", post(deliveries::replay))
        .route("/v1/events/stream", get(stream::stream))
        .route("/v1/tasks", get(tasks::list))
        .route("/v1/tasks/{id}", get(tasks::by_id))
        .route("/v1/tasks/{id}/ack", post(tasks::ack))
        .route("/v1/notices", get(notices::list))
        .route("/v1/notices/{id}", get(notices::by_id))
        .route("/v1/notices/sources", get(notices::sources))
        .route("/v1/notices/sources/{source}/look", post(notices::look))
        .route("/v1/notices/sources/{source}/resume", post(notices::resume))
        .route("/v1/alerts", get(alerts::list))
        .route("/v1/alerts/test", post(alerts::test))
        .route("/v1/alerts/digest", get(alerts::digest))
        .route("/v1/alerts/{id}", get(alerts::by_id))
        .route("/v1/alerts/{id}/ack", post(alerts::ack))
        .route("/v1/sla", get(sla::list))
}

/// Serves until `stop` resolves.
pub async fn serve(
    listener: tokio::net::TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
