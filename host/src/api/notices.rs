//! Announcements and where they come from.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::auth::Monitor;
use super::{Problem, Shared, input, rfc3339};
use crate::notice::rules::Kind;
use crate::notice::{self, delay, text};
use crate::store::{Notice, NoticeFilter, Version};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// About this carrier, those for everybody included.
    carrier: Option<String>,
    /// With a reading of this kind: `retirement`, `host-change`, `auth-change`, `field-change`, `limit-change`, `outage`, `holiday`.
    kind: Option<String>,
    /// Only what is on its site still, and of several with one text the first.
    #[serde(default)]
    open: bool,
    /// Of one source: `acme-bulletin.open`.
    source: Option<String>,
    /// 1 to 200, 50 if left out.
    limit: Option<u32>,
    /// From `next` of the page before.
    cursor: Option<String>,
}

/// An announcement, as its site shows it now.
#[derive(Serialize, ToSchema)]
pub struct NoticeView {
    pub id: String,
    pub source: String,
    /// Carriers it is about; none: everybody.
    pub carriers: Vec<String>,
    pub title: String,
    pub url: Option<String>,
    /// By the page. A bare date is midnight in China.
    pub published_at: Option<String>,
    /// The look that showed it first.
    pub seen_at: String,
    /// When its words had been read.
    pub read_at: String,
    /// From publication to `seen_at` and to `read_at`; null for what was there before the first look.
    pub published_to_seen_ms: Option<i64>,
    pub published_to_read_ms: Option<i64>,
    pub seen_to_read_ms: i64,
    /// The version the site shows, of so many.
    pub version: i64,
    pub versions: i64,
    /// How often the site went back to a version it had shown before: that is told here, and nowhere else.
    pub flips: i64,
    pub flipped_at: Option<String>,
    /// The first announcement of the same text, which is the one that was read.
    pub same_as: Option<String>,
    /// The site does not show it any more.
    pub gone_at: Option<String>,
    /// What it says, by its rules.
    #[schema(value_type = Vec<Object>)]
    pub readings: Value,
}

#[derive(Serialize, ToSchema)]
pub struct Notices {
    pub notices: Vec<NoticeView>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next: Option<String>,
}

/// One version of an announcement.
#[derive(Serialize, ToSchema)]
pub struct VersionView {
    pub n: i64,
    /// When a look showed it first.
    pub at: String,
    pub title: String,
    pub text: String,
    /// The bulletin that read the page.
    pub release: String,
    #[schema(value_type = Vec<Object>)]
    pub readings: Value,
}

/// A line of a difference.
#[derive(Serialize, ToSchema)]
pub struct LineView {
    /// `+`, `-`, or a blank.
    pub sign: char,
    pub text: String,
}

/// From one version to another, without what is decoration of the page.
#[derive(Serialize, ToSchema)]
pub struct DifferenceView {
    pub from: i64,
    pub to: i64,
    pub lines: Vec<LineView>,
}

/// An announcement in every version.
#[derive(Serialize, ToSchema)]
pub struct NoticeWhole {
    #[serde(flatten)]
    pub notice: NoticeView,
    pub text: String,
    /// Oldest first.
    pub history: Vec<VersionView>,
    /// Null if there is one version only.
    pub difference: Option<DifferenceView>,
}

/// What was announced, the newest first.
#[utoipa::path(get, path = "/v1/notices", security(("key" = [])), params(Which),
    responses((status = 200, body = Notices), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn list(State(house): State<Shared>, _: Monitor, Query(which): Query<Which>) -> Result<Json<Notices>, Problem> {
    let most = input::limit(which.limit)?;
    if let Some(kind) = &which.kind {
        let known = serde_json::from_value::<Kind>(json!(kind)).is_ok();
        known.then_some(()).ok_or_else(|| Problem::bad("bad-kind", format!("`{kind}` is no kind of reading; see /docs")))?;
    }
    let Which { carrier, kind, open, source, .. } = which;
    let filter = NoticeFilter { carrier, kind, open, source, before: input::cursor(which.cursor)? };
    let found = house.store.notices(&filter, most).await?;
    let next = found.last().filter(|_| found.len() == most as usize).map(|last| input::next(last.key));
    Ok(Json(Notices { notices: found.into_iter().map(|notice| view(&notice)).collect(), next }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Between {
    /// Versions to compare; the last two if left out.
    from: Option<i64>,
    to: Option<i64>,
}

/// One of them, with every version of it, and what changed between two.
#[utoipa::path(get, path = "/v1/notices/{id}", security(("key" = [])), params(("id" = String, Path), Between),
    responses((status = 200, body = NoticeWhole), (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn by_id(
    State(house): State<Shared>,
    _: Monitor,
    Path(id): Path<String>,
    Query(between): Query<Between>,
) -> Result<Json<NoticeWhole>, Problem> {
    let known = house.store.notice(&id).await?;
    let notice = known.ok_or_else(|| Problem::not_found(format!("no notice `{id}`; see `posthouse notice list`")))?;
    let versions = house.store.notice_versions(notice.key).await?;
    let difference = difference(&versions, &between)?;
    let text = notice.current.text.clone();
    Ok(Json(NoticeWhole { notice: view(&notice), text, history: versions.into_iter().map(version).collect(), difference }))
}

fn difference(versions: &[Version], between: &Between) -> Result<Option<DifferenceView>, Problem> {
    let last = versions.last().map_or(1, |version| version.n);
    let to = between.to.unwrap_or(last);
    let from = between.from.unwrap_or(to - 1);
    if between.from.is_none() && between.to.is_none() && last == 1 {
        return Ok(None);
    }
    let of = |n: i64| versions.iter().find(|version| version.n == n);
    let (Some(old), Some(new)) = (of(from), of(to)) else {
        return Err(Problem::bad("no-version", format!("its versions are 1 to {last}")));
    };
    let mut lines = vec![];
    if old.title != new.title {
        lines.extend([('-', &old.title), ('+', &new.title)].map(|(sign, text)| LineView { sign, text: text.clone() }));
    }
    lines.extend(text::difference(&old.text, &new.text).into_iter().map(|text::Line { sign, text }| LineView { sign, text }));
    Ok(Some(DifferenceView { from, to, lines }))
}

fn view(notice: &Notice) -> NoticeView {
    let Notice { published_at, unseen_until, seen_at, read_at, .. } = *notice;
    NoticeView {
        id: notice.id.clone(),
        source: notice.source.clone(),
        carriers: notice.carriers.clone(),
        title: notice.current.title.clone(),
        url: notice.url.clone(),
        published_at: published_at.map(rfc3339),
        seen_at: rfc3339(seen_at),
        read_at: rfc3339(read_at),
        published_to_seen_ms: delay::published_to_seen(published_at, unseen_until, seen_at),
        published_to_read_ms: delay::published_to_read(published_at, unseen_until, read_at),
        seen_to_read_ms: read_at - seen_at,
        version: notice.current.n,
        versions: notice.versions,
        flips: notice.flips,
        flipped_at: notice.flipped_at.map(rfc3339),
        same_as: notice.same_as.clone(),
        gone_at: notice.gone_at.map(rfc3339),
        readings: json!(notice.current.readings),
    }
}

fn version(version: Version) -> VersionView {
    let Version { n, at, title, text, release, readings } = version;
    VersionView { n, at: rfc3339(at), title, text, release, readings: json!(readings) }
}

/// A page or feed of announcements, and how it is doing.
#[derive(Serialize, ToSchema)]
pub struct SourceView {
    pub source: String,
    /// The bulletin that reads it next.
    pub release: String,
    pub url: String,
    /// Carriers it announces for; none: everybody.
    pub about: Vec<String>,
    pub headless: bool,
    /// `new`, `good`, `silent`, `failing`, `stopped`.
    pub state: &'static str,
    pub looked_at: Option<String>,
    /// The last look that was read to its end, or found nothing changed.
    pub good_at: Option<String>,
    pub next_at: Option<String>,
    /// `read`, `not-modified`, or a fault's code.
    pub outcome: Option<String>,
    pub detail: Option<String>,
    pub failing_since: Option<String>,
    pub stopped_at: Option<String>,
    /// When its newest announcement was published, or one was edited.
    pub newest_at: Option<String>,
    pub looks: i64,
    pub not_modified: i64,
    pub notices: i64,
}

#[derive(Serialize, ToSchema)]
pub struct Sources {
    pub sources: Vec<SourceView>,
}

/// Where announcements come from, and how each source is doing.
#[utoipa::path(get, path = "/v1/notices/sources", security(("key" = [])), responses((status = 200, body = Sources), (status = 403, body = Problem)))]
pub async fn sources(State(house): State<Shared>, _: Monitor) -> Result<Json<Sources>, Problem> {
    let (places, counts) = (house.store.notice_places().await?, house.store.notice_counts().await?);
    let view = |source: &notice::Source| {
        let count = counts.get(&source.id).copied().unwrap_or(0);
        source_view(&house, source, places.get(&source.id), count)
    };
    Ok(Json(Sources { sources: notice::sources(&house).iter().map(view).collect() }))
}

fn source_view(house: &Shared, source: &notice::Source, place: Option<&notice::Place>, notices: i64) -> SourceView {
    let says = source.says();
    let now = house.now();
    let state = place.map_or(notice::State::New, |place| notice::state(place, source, house.config.notices.failing_after.0, now));
    SourceView {
        source: source.id.clone(),
        release: source.release(),
        url: says.url.clone(),
        about: says.about.0.clone(),
        headless: says.headless,
        state: state.code(),
        looked_at: place.map(|place| rfc3339(place.looked_at)),
        good_at: place.and_then(|place| place.ok_at).map(rfc3339),
        next_at: place.filter(|place| place.stopped_at.is_none()).map(|place| rfc3339(place.next_at)),
        outcome: place.map(|place| place.outcome.clone()),
        detail: place.and_then(|place| place.detail.clone()),
        failing_since: place.and_then(|place| place.failing_since).map(rfc3339),
        stopped_at: place.and_then(|place| place.stopped_at).map(rfc3339),
        newest_at: place.and_then(|place| place.newest_at).map(rfc3339),
        looks: place.map_or(0, |place| place.looks),
        not_modified: place.map_or(0, |place| place.not_modified),
        notices,
    }
}

/// Looks at a source now, and tells how it is doing then.
#[utoipa::path(post, path = "/v1/notices/sources/{source}/look", security(("key" = [])), params(("source" = String, Path)),
    responses((status = 200, body = SourceView), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn look(State(house): State<Shared>, _: Monitor, Path(source): Path<String>) -> Result<Json<SourceView>, Problem> {
    // Of the newest bulletin in the folder, as when it is due.
    crate::sandbox::aside(|| house.shelf.look_again());
    let source = named(&house, &source)?;
    if house.store.notice_place(&source.id).await?.is_some_and(|place| place.stopped_at.is_some()) {
        return Err(Problem::conflict(format!("`{0}` refused and is not asked again before `posthouse notice resume {0}`", source.id)));
    }
    let place = notice::look(&house, &source).await?;
    let count = house.store.notice_counts().await?.get(&source.id).copied().unwrap_or(0);
    Ok(Json(source_view(&house, &source, Some(&place), count)))
}

/// Why a source may be asked again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    pub reason: String,
}

/// A person has looked at a source that refused or asked for a person: it is asked again.
#[utoipa::path(post, path = "/v1/notices/sources/{source}/resume", security(("key" = [])), params(("source" = String, Path)), request_body = Resume,
    responses((status = 204), (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn resume(
    State(house): State<Shared>,
    monitor: Monitor,
    Path(source): Path<String>,
    Json(why): Json<Resume>,
) -> Result<axum::http::StatusCode, Problem> {
    let source = named(&house, &source)?;
    notice::resume(&house, &source, input::reason(&why.reason)?, &monitor.name()).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

fn named(house: &Shared, id: &str) -> Result<notice::Source, Problem> {
    notice::source(house, id).ok_or_else(|| Problem::not_found(format!("no source `{id}`; see `posthouse notice sources`")))
}
