//! Where the pages are, what they fetch of their own, and where hostile ones lead.

use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, any, get, on, post};
use bytes::Bytes;
use futures::{StreamExt, stream};

use super::look::Look;
use super::sheet::{Sheet, visit};
use super::{danniao, ems, jd, zjs};
use crate::answer::{Answer, Ask};
use crate::carrier::Carrier;
use crate::routes::House;
use crate::world::now_ms;

/// A page, and the query's parameter that names the parcel.
pub const PAGES: [(Carrier, &str, &str); 7] = [
    (Carrier::Sto, "/sto/track.aspx", "wen"),
    (Carrier::Yunda, "/yunda/go.php", "wen"),
    (Carrier::Jt, "/jt/trajectory", "billCode"),
    (Carrier::Ems, "/ems/queryList", "mailNum"),
    (Carrier::Jd, "/jd/trackQuery", ""),
    (Carrier::Zjs, "/zjs/tracking", "orderNos"),
    (Carrier::Danniao, "/danniao/logisticsDetails", "mailNo"),
];

/// Those that a reader is to hear; JD's are its page's own affair.
pub const TOLD_LOOKUPS: [(Carrier, &str); 3] =
    [(Carrier::Ems, ems::LOOKUP), (Carrier::Zjs, zjs::LOOKUP), (Carrier::Danniao, danniao::LOOKUP)];

/// What a page fetches of its own.
struct Lookup {
    carrier: Carrier,
    path: &'static str,
    method: MethodFilter,
    number: fn(&Ask, &str) -> Option<String>,
    answer: fn(&Look) -> Answer,
}

const LOOKUPS: [Lookup; 4] = [
    Lookup { carrier: Carrier::Ems, path: ems::LOOKUP, method: MethodFilter::POST, number: ems::number, answer: ems::lookup },
    Lookup { carrier: Carrier::Jd, path: jd::LOOKUP, method: MethodFilter::POST, number: jd::number, answer: jd::lookup },
    Lookup { carrier: Carrier::Zjs, path: zjs::LOOKUP, method: MethodFilter::POST, number: zjs::number, answer: zjs::lookup },
    Lookup {
        carrier: Carrier::Danniao,
        path: danniao::LOOKUP,
        method: MethodFilter::GET,
        number: danniao::number,
        answer: danniao::lookup,
    },
];

pub fn routes() -> Router<House> {
    let pages = PAGES.into_iter().fold(Router::new(), |router, (carrier, path, parameter)| router.route(path, page(carrier, parameter)));
    let lookups = LOOKUPS.into_iter().fold(pages, |router, lookup| router.route(lookup.path, self::lookup(lookup)));
    let all = Carrier::PAGES.into_iter().fold(lookups, hostile);
    all.route("/robots.txt", get(robots).fallback(nowhere))
}

fn page(carrier: Carrier, parameter: &'static str) -> MethodRouter<House> {
    let look = move |State(house): State<House>, RawQuery(query): RawQuery, headers: HeaderMap| async move {
        let asked = parameter_of(query.as_deref().unwrap_or_default(), parameter).unwrap_or_default();
        house.visit(carrier, &asked, &headers).await
    };
    get(look).fallback(nowhere)
}

fn lookup(lookup: Lookup) -> MethodRouter<House> {
    let Lookup { carrier, method, number, answer, .. } = lookup;
    let ask = move |State(house): State<House>, RawQuery(query): RawQuery, headers: HeaderMap, body: Bytes| async move {
        let found = |world: &crate::world::World, ask: &Ask| {
            let desk = world.desk(carrier);
            desk.tally.lookups.one();
            let asked = number(ask, query.as_deref().unwrap_or_default()).unwrap_or_default();
            // JD's page does not know the number when it is opened.
            let face = desk.face().shown(if carrier == Carrier::Jd { "" } else { &asked });
            answer(&Look::at(world, carrier, &asked, face))
        };
        house.respond(carrier, headers, body, found).await
    };
    on(method, ask).fallback(nowhere)
}

/// Where the scripts of hostile pages lead to, and tell that they remember a visitor.
fn hostile(router: Router<House>, carrier: Carrier) -> Router<House> {
    let worker = ([(header::CONTENT_TYPE, "text/javascript")], include_str!("../../pages/attacks/worker.js"));
    let file = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CONTENT_DISPOSITION, "attachment; filename=\"waybill.sh\"")];
    let away = |RawQuery(query): RawQuery| async move {
        let internal = parameter_of(query.as_deref().unwrap_or_default(), "to").unwrap_or_default();
        elsewhere(&format!("http://{internal}/redirected-fetch"))
    };
    let remembered = move |State(house): State<House>| async move { house.world.desk(carrier).tally.remembered.one() };
    router
        .route(&format!("/{carrier}/worker.js"), get(worker))
        .route(&format!("/{carrier}/attachment"), get((file, "#!/bin/sh\necho downloaded\n")))
        .route(&format!("/{carrier}/away"), any(away))
        .route(&format!("/{carrier}/remembered"), post(remembered))
}

async fn robots(State(house): State<House>) -> Response {
    Carrier::PAGES.into_iter().for_each(|carrier| house.world.desk(carrier).tally.robots.one());
    house.world.robots().answer()
}

async fn nowhere() -> StatusCode {
    StatusCode::NOT_FOUND
}

impl House {
    async fn visit(&self, carrier: Carrier, asked: &str, headers: &HeaderMap) -> Response {
        let tally = &self.world.desk(carrier).tally;
        tally.pages.one();
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        tally.visited_by(text(header::USER_AGENT));
        if text(header::COOKIE).is_some_and(|cookies| cookies.contains("parcel-visitor=")) {
            tally.remembered.one();
        }
        let mood = self.greet(carrier);
        if let Some(response) = mood.instead() {
            return response;
        }
        let sheet = visit(&self.world, carrier, asked, now_ms());
        self.linger(mood).await;
        match sheet {
            Sheet::Whole(answer) => {
                answer.refused.into_iter().for_each(|reason| tally.refuse(reason));
                mood.spoil(answer)
            }
            Sheet::Stalled(answer) => self.stalled(answer),
            Sheet::Huge(answer) => huge(answer),
            Sheet::Elsewhere(url) => elsewhere(&url),
        }
    }

    fn stalled(&self, answer: Answer) -> Response {
        let half = Bytes::copy_from_slice(&answer.body[..answer.body.len() / 2]);
        let stop = self.stop.clone();
        let end = async move {
            stop.cancelled().await;
            Err(std::io::Error::other("the carrier is gone"))
        };
        let body = Body::from_stream(stream::iter([Ok(half)]).chain(stream::once(end)));
        ([(header::CONTENT_TYPE, answer.content_type)], body).into_response()
    }
}

fn elsewhere(url: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, url)]).into_response()
}

/// Fifty megabytes before the end of the document, a block at a time.
fn huge(answer: Answer) -> Response {
    const BLOCKS: usize = 800;
    const END: &[u8] = b"</body>";
    let block = Bytes::from(format!("<p class=\"ad\">{}</p>\n", "ad ".repeat(65_536 / 3)));
    let page = Bytes::from(answer.body);
    let end = page.windows(END.len()).rposition(|piece| piece == END).expect("every page has a body");
    let blocks = stream::repeat(block).take(BLOCKS);
    let pieces = stream::iter([page.slice(..end)]).chain(blocks).chain(stream::iter([page.slice(end..)]));
    ([(header::CONTENT_TYPE, answer.content_type)], Body::from_stream(pieces.map(Ok::<_, std::io::Error>))).into_response()
}

fn parameter_of(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
}
