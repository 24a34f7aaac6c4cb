//! Webhooks: who is told of what changed. A key sees those that hear of no more than it may see.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::auth::Caller;
use super::{Problem, Shared, rfc3339};
use crate::publish::{BY_HAND, Keys, Message, Scheme, Wants, Webhook};
use crate::store::{Act, WebhookChange};

const LONGEST_NAME: usize = 100;
const LONGEST_URL: usize = 2000;
/// Entries of one list of wishes.
const MOST_WISHES: usize = 200;
/// How long the old key signs beside the new one, unless told.
const OVERLAP_HOURS: u32 = 24;

/// Somebody who wants to be told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// For people; the address's host if left out.
    name: Option<String>,
    /// Where letters are posted to, over https.
    url: String,
    /// `v1`: HMAC-SHA256 with a shared secret. `v1a`: ed25519 with a public key. `v1` if left out.
    signature: Option<String>,
    /// Statuses, or what they begin with: `in_transit` wants `in_transit.linehaul`, too. All if left out.
    #[serde(default)]
    statuses: Vec<String>,
    /// All if left out.
    #[serde(default)]
    carriers: Vec<String>,
    #[serde(default)]
    accounts: Vec<String>,
}

impl NewWebhook {
    fn wants(&mut self) -> WantsView {
        let take = std::mem::take;
        WantsView { statuses: take(&mut self.statuses), carriers: take(&mut self.carriers), accounts: take(&mut self.accounts) }
    }
}

/// What it wants to hear of; an empty list wants all.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct WantsView {
    pub statuses: Vec<String>,
    pub carriers: Vec<String>,
    pub accounts: Vec<String>,
}

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookView {
    pub id: String,
    pub name: String,
    pub url: String,
    #[serde(flatten)]
    pub wants: WantsView,
    /// `v1` or `v1a`.
    pub signature: String,
    /// Told once, when it was made or rotated: `whsec_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// What `v1a` letters are verified with: `whpk_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// Until then the key before the present one signs, too.
    pub old_key_until: Option<String>,
    pub on: bool,
    /// Why it is off, and since when.
    pub off_why: Option<String>,
    pub off_at: Option<String>,
    pub created_at: String,
    /// When it last took a letter.
    pub good_at: Option<String>,
    /// Letters that are on their way, and such that ran out of attempts.
    pub waiting: i64,
    pub dead: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Webhooks {
    pub webhooks: Vec<WebhookView>,
}

/// How long the old key still signs.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotate {
    /// 0 to 720; 24 if left out.
    overlap_hours: Option<u32>,
}

/// What came of a test.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tested {
    /// The message's id.
    pub id: String,
    pub delivered: bool,
    pub status: Option<u16>,
    pub took_ms: i64,
    /// Why it failed.
    pub detail: Option<String>,
}

/// Makes a webhook; it hears of everything from now on. The answer holds its secret, once.
#[utoipa::path(post, path = "/v1/webhooks", request_body = NewWebhook, security(("key" = [])),
    responses((status = 201, body = WebhookView), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn add(
    State(house): State<Shared>,
    caller: Caller,
    body: Result<Json<NewWebhook>, JsonRejection>,
) -> Result<(StatusCode, Json<WebhookView>), Problem> {
    let Json(mut new) = body.map_err(|e| Problem::bad("bad-json", e.body_text()))?;
    let wants = new.wants();
    let scheme = match new.signature.as_deref() {
        None | Some("v1") => Scheme::V1,
        Some("v1a") => Scheme::V1a,
        Some(_) => return Err(Problem::bad("signature", "`signature` is `v1` or `v1a`")),
    };
    let (name, url, wants) = checked(&house, &caller, new.name, &new.url, wants)?;
    let hook = Webhook {
        id: format!("wh_{}", uuid::Uuid::now_v7().simple()),
        name,
        url,
        wants,
        scope: caller.accounts(),
        keys: Keys::fresh(scheme),
        created_at: house.now(),
        sorted: 0,
        off_why: None,
        off_at: None,
        good_at: None,
    };
    house.store.add_webhook(hook.clone(), act(&caller, "webhook.add", &hook.id, &hook.name)).await?;
    house.office.changed();
    Ok((StatusCode::CREATED, Json(view(&house, hook, true).await?)))
}

/// All that the key may see, the oldest first.
#[utoipa::path(get, path = "/v1/webhooks", security(("key" = [])), responses((status = 200, body = Webhooks)))]
pub async fn list(State(house): State<Shared>, caller: Caller) -> Result<Json<Webhooks>, Problem> {
    let mut webhooks = vec![];
    for hook in house.store.webhooks().await? {
        if caller.may_see(&hook) {
            webhooks.push(view(&house, hook, false).await?);
        }
    }
    Ok(Json(Webhooks { webhooks }))
}

#[utoipa::path(get, path = "/v1/webhooks/{id}", security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = WebhookView), (status = 404, body = Problem)))]
pub async fn one(State(house): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<Json<WebhookView>, Problem> {
    let hook = known(&house, &caller, &id).await?;
    Ok(Json(view(&house, hook, false).await?))
}

/// Another address, name or other wishes: what is left out becomes the default. Letters that wait go
/// to the new address.
#[utoipa::path(put, path = "/v1/webhooks/{id}", request_body = NewWebhook, security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = WebhookView), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn set(
    State(house): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    body: Result<Json<NewWebhook>, JsonRejection>,
) -> Result<Json<WebhookView>, Problem> {
    let Json(mut new) = body.map_err(|e| Problem::bad("bad-json", e.body_text()))?;
    let wants = new.wants();
    let hook = known(&house, &caller, &id).await?;
    if new.signature.as_deref().is_some_and(|named| named != name_of(hook.keys.scheme())) {
        return Err(Problem::bad("signature", "`signature` does not change: make another webhook"));
    }
    let (name, url, wants) = checked(&house, &caller, new.name, &new.url, wants)?;
    let change = WebhookChange::Wishes { name, url, wants };
    change_one(&house, &caller, &hook, change, "webhook.set", &hook.name).await?;
    Ok(Json(view(&house, known(&house, &caller, &id).await?, false).await?))
}

/// Takes it away, with the letters that wait for it.
#[utoipa::path(delete, path = "/v1/webhooks/{id}", security(("key" = [])), params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn remove(State(house): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let hook = known(&house, &caller, &id).await?;
    change_one(&house, &caller, &hook, WebhookChange::Gone, "webhook.remove", &hook.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A fresh key; the old one signs beside it for a while, so that the receiver can change over.
#[utoipa::path(post, path = "/v1/webhooks/{id}/rotate", request_body = Rotate, security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = WebhookView), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn rotate(
    State(house): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    body: Option<Json<Rotate>>,
) -> Result<Json<WebhookView>, Problem> {
    let hook = known(&house, &caller, &id).await?;
    let hours = body.and_then(|Json(rotate)| rotate.overlap_hours).unwrap_or(OVERLAP_HOURS);
    if hours > 720 {
        return Err(Problem::bad("overlap", "`overlap_hours` is 0 to 720"));
    }
    let now = house.now();
    let keys = hook.keys.rotated(now + i64::from(hours) * 3_600_000, now);
    let reason = format!("the old key signs for {hours} h more");
    change_one(&house, &caller, &hook, WebhookChange::Keys(keys), "webhook.rotate", &reason).await?;
    Ok(Json(view(&house, known(&house, &caller, &id).await?, true).await?))
}

/// `on`: it gets what waited meanwhile. `off`: what happens is kept for it.
#[utoipa::path(post, path = "/v1/webhooks/{id}/{act}", security(("key" = [])), params(("id" = String, Path), ("act" = String, Path)),
    responses((status = 200, body = WebhookView), (status = 404, body = Problem)))]
pub async fn turn(
    State(house): State<Shared>,
    caller: Caller,
    Path((id, act)): Path<(String, String)>,
) -> Result<Json<WebhookView>, Problem> {
    let hook = known(&house, &caller, &id).await?;
    let (change, name) = match act.as_str() {
        "on" => (WebhookChange::On, "webhook.on"),
        "off" => (WebhookChange::Off(BY_HAND.into()), "webhook.off"),
        _ => return Err(Problem::not_found("a webhook is turned `on` or `off`, or it is tested, rotated or replayed")),
    };
    change_one(&house, &caller, &hook, change, name, &hook.name).await?;
    Ok(Json(view(&house, known(&house, &caller, &id).await?, false).await?))
}

/// Sends a message of type `webhook.test`, signed as letters are, and says what came of it.
#[utoipa::path(post, path = "/v1/webhooks/{id}/test", security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = Tested), (status = 404, body = Problem)))]
pub async fn test(State(house): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<Json<Tested>, Problem> {
    let hook = known(&house, &caller, &id).await?;
    let (now, id) = (house.now(), format!("evt_test_{}", uuid::Uuid::now_v7().simple()));
    let body = json!({ "type": "webhook.test", "timestamp": rfc3339(now), "data": { "webhook": hook.id } }).to_string();
    let sent = house.office.post.send(&hook.url, &hook.keys, &Message { id: id.clone(), body }, now).await;
    let (status, took_ms, detail) = (sent.status, sent.took_ms, sent.failure);
    Ok(Json(Tested { id, delivered: detail.is_none(), status, took_ms, detail }))
}

/// One that the caller may see.
pub(super) async fn known(house: &Shared, caller: &Caller, id: &str) -> Result<Webhook, Problem> {
    let hook = house.store.webhook(id).await?.filter(|hook| caller.may_see(hook));
    hook.ok_or_else(|| Problem::not_found("no such webhook; see `posthouse webhook list`"))
}

pub(super) fn act(caller: &Caller, act: &'static str, id: &str, reason: &str) -> Act {
    Act { actor: caller.name(), act, subject: id.to_owned(), reason: reason.to_owned(), evidence: None }
}

async fn change_one(
    house: &Shared,
    caller: &Caller,
    hook: &Webhook,
    change: WebhookChange,
    name: &'static str,
    reason: &str,
) -> Result<(), Problem> {
    house.store.change_webhook(&hook.id, change, act(caller, name, &hook.id, reason), house.now()).await?;
    house.office.changed();
    Ok(())
}

fn checked(house: &Shared, caller: &Caller, name: Option<String>, url: &str, wants: WantsView) -> Result<(String, String, Wants), Problem> {
    if url.len() > LONGEST_URL {
        return Err(Problem::bad("url", format!("`url` has at most {LONGEST_URL} bytes")));
    }
    let parsed = house.office.post.check(url).map_err(|why| Problem::bad("url", why.to_string()))?;
    let name = name.unwrap_or_else(|| parsed.host_str().unwrap_or_default().to_owned());
    if name.trim().is_empty() || name.len() > LONGEST_NAME {
        return Err(Problem::bad("name", format!("`name` has 1 to {LONGEST_NAME} bytes")));
    }
    Ok((name, parsed.into(), wishes(house, caller, wants)?))
}

/// Wishes that can come true, or which of them cannot.
pub(super) fn wishes(house: &Shared, caller: &Caller, wants: WantsView) -> Result<Wants, Problem> {
    let WantsView { statuses, carriers, accounts } = wants;
    if [&statuses, &carriers, &accounts].into_iter().any(|list| list.len() > MOST_WISHES) {
        return Err(Problem::bad("too-many", format!("a list of wishes has at most {MOST_WISHES} entries")));
    }
    let is_status = |wish: &String| posthouse_sdk::status::ALL.iter().any(|(code, ..)| code == wish);
    if let Some(wrong) = statuses.iter().find(|wish| !is_status(wish)) {
        return Err(Problem::bad("status", format!("`{}` is none of our statuses", shown(wrong))));
    }
    if let Some(wrong) = carriers.iter().find(|wish| house.adapter(wish).is_none()) {
        return Err(Problem::bad("unknown-carrier", format!("no adapter for carrier `{}`; see `/v1/carriers`", shown(wrong))));
    }
    if let Some(wrong) = accounts.iter().find(|wish| !caller.may(wish)) {
        return Err(Problem::forbidden(format!("the key's scope does not hold account `{}`", shown(wrong))));
    }
    Ok(Wants { statuses, carriers, accounts })
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

fn name_of(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::V1 => "v1",
        Scheme::V1a => "v1a",
    }
}

async fn view(house: &Shared, hook: Webhook, with_secret: bool) -> Result<WebhookView, Problem> {
    let (waiting, dead) = house.store.piled(&hook.id).await?;
    let for_receiver = hook.keys.for_receiver();
    let (secret, public_key) = match hook.keys.scheme() {
        Scheme::V1 => (with_secret.then_some(for_receiver), None),
        Scheme::V1a => (None, Some(for_receiver)),
    };
    let Wants { statuses, carriers, accounts } = hook.wants;
    Ok(WebhookView {
        id: hook.id,
        name: hook.name,
        url: hook.url,
        wants: WantsView { statuses, carriers, accounts },
        signature: name_of(hook.keys.scheme()).to_owned(),
        secret,
        public_key,
        old_key_until: hook.keys.overlap(house.now()).map(rfc3339),
        on: hook.off_why.is_none(),
        off_why: hook.off_why,
        off_at: hook.off_at.map(rfc3339),
        created_at: rfc3339(hook.created_at),
        good_at: hook.good_at.map(rfc3339),
        waiting,
        dead,
    })
}
