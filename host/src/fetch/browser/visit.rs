//! One page: a fresh visitor comes, does what it is told, reads, and is forgotten.

use std::sync::Arc;
use std::time::Duration;

use headless_chrome::protocol::cdp::{Inspector, types::Method};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ears::Ears;
use super::proxy::{Admitted, REFUSED};
use super::wire::{Broken, Wire};
use super::{Evidence, Heard, Picture, QUICK, Spec, Step, Visit, commands};
use crate::fault::{Fault, Kind};

const SCRIPT: &str = include_str!("page.js");
/// Characters of HTML kept as evidence.
const HTML: usize = 256 << 10;
/// Pixels of a picture at most.
const PIXELS: f64 = 12e6;
/// Bytes of a picture kept as evidence at most.
const SCREENSHOT: usize = 512 << 10;

/// A page that was not read, and what it looked like.
#[derive(Debug)]
pub struct Unread {
    pub fault: Fault,
    pub evidence: Evidence,
}

/// What the script in the page says.
#[derive(Debug, Deserialize)]
struct Said {
    status: u16,
    title: String,
    url: String,
    ready: String,
    late: bool,
    marks: Vec<String>,
    #[serde(default)]
    rows: Vec<Vec<Taken>>,
    #[serde(default)]
    facts: Vec<Taken>,
    /// So much that it was not read.
    large: Option<String>,
}

/// Text, or where it is drawn.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Taken {
    Text {
        text: String,
    },
    /// Left, top, width, height on the page, in CSS pixels.
    Drawn {
        #[serde(rename = "box")]
        place: [f64; 4],
    },
}

/// A tab in a context of its own: no cookie, no storage, no cache of another visit.
struct Visitor<'a> {
    wire: &'a Wire,
    context: String,
    page: String,
    frame: String,
    ears: Arc<Ears>,
}

/// Visits a page. The door is open for this visit only.
pub async fn visit(wire: &Wire, door: &Admitted<'_>, spec: &Spec) -> Result<Visit, Unread> {
    let visitor = Visitor::come(wire, door.port(), spec).await.map_err(|why| unseen(host(why)))?;
    let seen = tokio::select! {
        seen = tokio::time::timeout(spec.bounds.whole, visitor.look(spec)) => seen,
        () = visitor.ears.crash() => Ok(Err(Fault::new(Kind::Unreadable, "the page broke its process: too much memory, or a fault of the browser"))),
    };
    // A page that was cut off may look whole.
    let spent = || Fault::new(Kind::Unreadable, format!("the page loads more than {} bytes", spec.bounds.bytes));
    let late = || Fault::new(Kind::Unreachable, "the page was not done in time");
    let fault = match seen {
        _ if door.pass.is_spent() => spent(),
        Ok(Ok(visit)) => return Ok(visit),
        Ok(Err(fault)) => fault,
        Err(_) => late(),
    };
    Err(Unread { evidence: visitor.evidence(true).await, fault })
}

impl<'a> Visitor<'a> {
    async fn come(wire: &'a Wire, port: u16, spec: &Spec) -> Result<Self, Broken> {
        let context = wire.call(None, commands::context(port), QUICK).await?.browser_context_id;
        let mut visitor = Self { wire, context, page: String::new(), frame: String::new(), ears: Arc::default() };
        // The frame of a new tab has the tab's name.
        visitor.frame = wire.call(None, commands::tab(&visitor.context), QUICK).await?.target_id;
        visitor.page = wire.call(None, commands::attach(&visitor.frame), QUICK).await?.session_id;
        visitor.ears = Ears::open(wire, &visitor.page, spec.hears.clone());
        let downloads = wire.call(None, commands::no_downloads(&visitor.context), QUICK);
        let (denied, watched) = tokio::join!(downloads, visitor.say(Inspector::Enable(None)));
        denied?;
        watched?;
        if spec.is_drawn() {
            visitor.say(commands::twice_as_fine()).await?;
        }
        if !spec.hears.is_empty() {
            visitor.say(commands::answers_of(&spec.hears)).await?;
        }
        Ok(visitor)
    }

    async fn look(&self, spec: &Spec) -> Result<Visit, Fault> {
        self.go(spec).await?;
        for step in &spec.steps {
            if !self.run("act", &spec.step(step), spec).await? {
                let (Step::Fill(selector, _) | Step::Click(selector)) = step;
                return Err(Fault::new(Kind::LayoutChanged, format!("no `{selector}` on the page")));
            }
        }
        let said: Said = self.run("settle", &spec.wait(), spec).await?;
        readable(&said, spec)?;
        let plain = said.marks.is_empty() && said.status < 400;
        let heard = if plain { self.all_heard(spec).await } else { self.ears.heard() };
        let picture = self.picture(&said).await?;
        let evidence = self.evidence(!plain || picture.is_some()).await;
        let Said { status, title, url, marks, rows, facts, .. } = said;
        Ok(Visit { status, title, url, marks, rows, facts, heard, picture, evidence })
    }

    async fn go(&self, spec: &Spec) -> Result<(), Fault> {
        let went = self.wire.call(Some(&self.page), commands::go_to(&spec.url), spec.bounds.load).await;
        match went.map(|went| went.error_text) {
            Ok(None) => Ok(()),
            Ok(Some(why)) if why.contains("ABORTED") => Err(Fault::new(Kind::Unreadable, "the address is a download, not a page")),
            Ok(Some(why)) if why.contains("UNSAFE_REDIRECT") || why.contains("UNKNOWN_URL_SCHEME") => Err(led_away(&why)),
            Ok(Some(why)) => Err(Fault::new(Kind::Unreachable, why)),
            Err(Broken::Late(_)) => Err(Fault::new(Kind::Unreachable, "the page does not begin to load")),
            Err(why) => Err(host(why)),
        }
    }

    /// Calls one of the script's functions, again if the page went on to another document meanwhile.
    async fn run<T: DeserializeOwned>(&self, function: &str, argument: &Value, spec: &Spec) -> Result<T, Fault> {
        loop {
            match self.try_run(function, argument, spec.bounds.wait + QUICK).await {
                Ok(value) => return serde_json::from_value(value).map_err(|e| Fault::new(Kind::Host, format!("the page script: {e}"))),
                Err(Broken::Refused(_, why)) if moved_on(&why) => tokio::time::sleep(Duration::from_millis(20)).await,
                Err(Broken::Refused(_, why)) => return Err(Fault::contract(why)),
                Err(Broken::Late(_)) => return Err(Fault::new(Kind::Unreachable, "the page's script does not end")),
                Err(Broken::Gone) => return Err(host(Broken::Gone)),
            }
        }
    }

    async fn try_run(&self, function: &str, argument: &Value, limit: Duration) -> Result<Value, Broken> {
        let world = self.wire.call(Some(&self.page), commands::world(&self.frame), limit).await?.execution_context_id;
        let call = commands::evaluate(world, format!("({SCRIPT}).{function}({argument})"));
        let done = self.wire.call(Some(&self.page), call, limit).await?;
        let Some(wrong) = done.exception_details else { return Ok(done.result.value.unwrap_or_default()) };
        let why = wrong.exception.and_then(|e| e.description).unwrap_or(wrong.text);
        Err(Broken::Refused("page", why.lines().next().unwrap_or_default().to_owned()))
    }

    async fn all_heard(&self, spec: &Spec) -> Vec<Heard> {
        // What does not come is missing in the answer.
        let _ = tokio::time::timeout(spec.bounds.wait, self.ears.all_of(&spec.hears)).await;
        self.ears.heard()
    }

    /// The part of the page where something is drawn.
    async fn picture(&self, said: &Said) -> Result<Option<Picture>, Fault> {
        let place = |taken: &Taken| match taken {
            Taken::Drawn { place: [x, y, w, h] } => Some([*x, *y, x + w, y + h]),
            Taken::Text { .. } => None,
        };
        let all = said.rows.iter().flatten().chain(&said.facts).filter_map(place).reduce(union);
        let Some([left, top, right, bottom]) = all else { return Ok(None) };
        let (width, height) = (right - left, bottom - top);
        if width * height * 4.0 > PIXELS {
            return Err(Fault::new(Kind::NotEligible, "what is drawn is too large to be read"));
        }
        let shot = self.say(commands::picture([left, top, width, height])).await.map_err(host)?;
        Ok(decoded(&shot.data).map(|png| Picture { png, left, top }))
    }

    /// HTML always, a picture where something may be wrong; both bounded, and no fault if the page
    /// does not give them.
    async fn evidence(&self, suspicious: bool) -> Evidence {
        let html = self.try_run("html", &json!(HTML), QUICK).await.ok();
        let html = html.and_then(|v| v.as_str().map(str::to_owned));
        if !suspicious || html.is_none() {
            return Evidence { html, screenshot: None };
        }
        let shot = self.say(commands::snapshot()).await.ok().and_then(|shot| decoded(&shot.data));
        Evidence { html, screenshot: shot.filter(|jpeg| jpeg.len() <= SCREENSHOT) }
    }

    async fn say<M: Method + Serialize>(&self, command: M) -> Result<M::ReturnObject, Broken> {
        self.wire.call(Some(&self.page), command, QUICK).await
    }
}

impl Drop for Visitor<'_> {
    /// Takes cookies, storage, workers and hung scripts with it.
    fn drop(&mut self) {
        self.wire.forget(&self.page);
        let (wire, context) = (self.wire.clone(), std::mem::take(&mut self.context));
        tokio::spawn(async move { wire.call(None, commands::forget(context), QUICK).await });
    }
}

/// Whether what was found is the page that was asked for, as a whole.
fn readable(said: &Said, spec: &Spec) -> Result<(), Fault> {
    if said.status == REFUSED || !spec.is_ours(&said.url) {
        return Err(led_away(&origin(&said.url)));
    }
    if let Some(much) = &said.large {
        return Err(Fault::new(Kind::Unreadable, format!("the page is too large to be read: {much}")));
    }
    if !said.late || said.status >= 400 {
        return Ok(());
    }
    let (kind, why) = match said.ready.as_str() {
        "loading" => (Kind::Unreachable, "the page does not stop loading"),
        _ => (Kind::LayoutChanged, "nothing that was waited for is on the page"),
    };
    Err(Fault::new(kind, format!("{why}: {:?}", said.title)))
}

fn led_away(to: &str) -> Fault {
    Fault::new(Kind::LayoutChanged, format!("the page leads to where its adapter may not go: {to}"))
}

fn unseen(fault: Fault) -> Unread {
    Unread { fault, evidence: Evidence::default() }
}

fn union(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

pub(super) fn decoded(base64: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(base64).ok()
}

/// The document a call was made in is not there any more.
fn moved_on(why: &str) -> bool {
    ["context", "navigated", "Inspected target", "Promise was collected", "No frame"].iter().any(|word| why.contains(word))
}

fn origin(url: &str) -> String {
    reqwest::Url::parse(url).map_or_else(|_| "nowhere".into(), |u| u.origin().ascii_serialization())
}

fn host(why: Broken) -> Fault {
    Fault::new(Kind::Host, format!("the browser: {why}"))
}
