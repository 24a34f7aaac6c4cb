//! One page of a carrier: described by its adapter, rendered by the browser, read where it is drawn.

use std::collections::BTreeMap;
use std::time::Instant as Clock;

use posthouse_sdk::manifest::Manifest;
use reqwest::Url;

use super::Fetched;
use super::browser::{self, Bounds, Browser, Evidence, Pass, Picture, Spec, Taken, Visit};
use super::fill;
use super::ocr::{self, Drawn, Knowledge, Ocr};
use super::robots::Robots;
use crate::config::Config;
use crate::fault::{Fault, Kind};
use crate::sandbox::types::{Cell, Extract, Heard, PageReply, PageRequest, Reply, Step};

/// Renders and reads pages. One for the process; nothing is started before the first page.
pub struct Pages {
    browser: Browser,
    ocr: Ocr,
    robots: Robots,
    bounds: Bounds,
}

/// Steps and fields of one page at most.
const MOST: usize = 64;

impl Pages {
    pub fn new(config: &Config) -> Self {
        let limits = &config.browser;
        let bounds = Bounds { load: limits.load.0, wait: limits.wait.0, whole: limits.whole.0, bytes: limits.page_bytes };
        Self {
            browser: Browser::new(limits, &config.fetch.user_agent),
            ocr: Ocr::new(&config.ocr),
            robots: Robots::new(&config.fetch.user_agent),
            bounds,
        }
    }

    /// Whether robots.txt lets us load an address; `turned-away` if not.
    pub async fn allowed(&self, url: &Url, manifest: &Manifest, overrides: &BTreeMap<String, String>) -> Result<(), Fault> {
        let own = overrides.values().filter_map(|url| place(url)).collect();
        self.robots.allow(url, Pass::new(hosts(manifest, overrides), own, self.bounds.bytes)).await
    }

    /// Renders a page. `overrides` are the operator's endpoints.
    pub async fn perform(&self, request: &PageRequest, manifest: &Manifest, overrides: &BTreeMap<String, String>) -> Fetched {
        let begun = Clock::now();
        let (reply, evidence) = match self.visit(request, manifest, overrides).await {
            Ok(visit) => self.read(request, manifest, visit).await,
            Err(unread) => (Err(unread.fault), unread.evidence),
        };
        let took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        Fetched { reply: reply.map(Reply::Page), evidence, captured: vec![], took_us, peer: None }
    }

    async fn visit(
        &self,
        request: &PageRequest,
        manifest: &Manifest,
        overrides: &BTreeMap<String, String>,
    ) -> Result<Visit, browser::Unread> {
        let unseen = |fault| browser::Unread { fault, evidence: Evidence::default() };
        let (url, spec) = self.spec(request, manifest, overrides).map_err(unseen)?;
        self.robots.allow(&url, spec.pass()).await.map_err(unseen)?;
        self.browser.visit(&spec).await
    }

    fn spec(&self, request: &PageRequest, manifest: &Manifest, overrides: &BTreeMap<String, String>) -> Result<(Url, Spec), Fault> {
        if request.steps.len() > MOST || request.fields.len() > MOST || request.facts.len() > MOST || request.marks.len() > MOST {
            return Err(Fault::new(Kind::Limit, format!("more than {MOST} steps, fields or marks")));
        }
        let address = |name: &String| {
            let base = overrides.get(name).or_else(|| manifest.endpoints.get(name));
            base.ok_or_else(|| Fault::contract(format!("no endpoint `{name}` in the manifest")))
        };
        let mut url = fill::at_path(address(&request.endpoint)?, &request.endpoint, &request.path)?;
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(request.query.iter().map(|p| (&p.name, &p.value)));
        }
        let hear = |name: &String| Ok(browser::Hear { endpoint: name.clone(), url: address(name)?.clone() });
        let take = |extract: &Extract| browser::Take { selector: extract.selector.clone(), take: extract.take.clone() };
        let spec = Spec {
            url: url.to_string(),
            steps: request.steps.iter().map(step).collect(),
            wait_for: request.wait_for.clone(),
            marks: request.marks.iter().map(mark).collect(),
            row: request.row.clone(),
            fields: request.fields.iter().map(take).collect(),
            facts: request.facts.iter().map(take).collect(),
            hears: request.hears.iter().map(hear).collect::<Result<_, Fault>>()?,
            hosts: hosts(manifest, overrides),
            own: overrides.values().filter_map(|url| place(url)).collect(),
            bounds: self.bounds,
        };
        Ok((url, spec))
    }

    /// Names what was taken; what is drawn is read, or said to be unsure.
    async fn read(&self, request: &PageRequest, manifest: &Manifest, visit: Visit) -> (Result<PageReply, Fault>, Evidence) {
        let Visit { status, title, url, marks, rows, facts, heard, picture, evidence } = visit;
        let named = rows.iter().map(|row| zip(&request.fields, row)).chain([zip(&request.facts, &facts)]);
        let mut all: Vec<Vec<Cell>> = match self.cells(named.collect(), manifest, picture).await {
            Ok(all) => all,
            Err(fault) => return (Err(fault), evidence),
        };
        let facts = all.pop().unwrap_or_default();
        let heard: Result<Vec<Heard>, Fault> = heard.into_iter().map(|heard| told(heard, manifest.limits.body)).collect();
        (heard.map(|heard| PageReply { status, title, url, marks, rows: all, facts, heard }), evidence)
    }

    async fn cells(
        &self,
        rows: Vec<Vec<(&Extract, &Taken)>>,
        manifest: &Manifest,
        picture: Option<Picture>,
    ) -> Result<Vec<Vec<Cell>>, Fault> {
        let mut drawn = match picture {
            Some(picture) => self.drawn(&rows, manifest, picture).await?,
            None => vec![],
        }
        .into_iter();
        let mut cell = |(extract, taken): (&Extract, &Taken)| {
            let (value, unsure) = match taken {
                Taken::Text { text } => (text.clone(), false),
                Taken::Drawn { .. } => match drawn.next() {
                    Some(Drawn::Sure(text)) => (text, false),
                    Some(Drawn::Unsure(why)) => {
                        tracing::debug!("`{}` is not sure: {why}", extract.name);
                        (String::new(), true)
                    }
                    None => (String::new(), true),
                },
            };
            Cell { name: extract.name.clone(), value, unsure }
        };
        Ok(rows.into_iter().map(|row| row.into_iter().map(&mut cell).collect()).collect())
    }

    /// In the order of the rows.
    async fn drawn(&self, rows: &[Vec<(&Extract, &Taken)>], manifest: &Manifest, picture: Picture) -> Result<Vec<Drawn>, Fault> {
        let mut cells = vec![];
        for (extract, taken) in rows.iter().flatten() {
            let Taken::Drawn { place: [x, y, width, height] } = taken else { continue };
            let kind = ocr::Kind::parse(&extract.take);
            let kind = kind.ok_or_else(|| Fault::contract(format!("`{}` is nothing that is taken from a page", extract.take)))?;
            // Two pixels for one.
            let pixel = |css: f64| (css * 2.0).round().max(0.0) as u32;
            cells.push(ocr::Cell {
                x: pixel(x - picture.left),
                y: pixel(y - picture.top),
                width: pixel(*width),
                height: pixel(*height),
                kind,
            });
        }
        let numbers = manifest.number_patterns();
        let phrases = manifest.page.as_ref().map(|page| page.phrases.as_slice()).unwrap_or_default();
        self.ocr.read(picture.png, &cells, Knowledge { numbers: &numbers, phrases }).await
    }
}

fn zip<'a>(extracts: &'a [Extract], taken: &'a [Taken]) -> Vec<(&'a Extract, &'a Taken)> {
    extracts.iter().zip(taken).collect()
}

fn step(step: &Step) -> browser::Step {
    match step {
        Step::Fill(into) => browser::Step::Fill(into.name.clone(), into.value.clone()),
        Step::Click(selector) => browser::Step::Click(selector.clone()),
    }
}

fn mark(mark: &crate::sandbox::types::Mark) -> browser::Mark {
    browser::Mark { name: mark.name.clone(), selector: mark.selector.clone(), words: mark.words.clone() }
}

fn told(heard: browser::Heard, cap: usize) -> Result<Heard, Fault> {
    if heard.body.len() > cap {
        return Err(Fault::new(Kind::Unreadable, format!("the page fetches an answer of more than {cap} bytes")));
    }
    let charset = heard.content_type.as_deref().and_then(|kind| kind.split("charset=").nth(1)).and_then(|c| c.split(';').next());
    let charset = charset.map(|c| c.trim().trim_matches('"').to_owned());
    Ok(Heard { endpoint: heard.endpoint, status: heard.status, body: heard.body, charset })
}

/// What the manifest names: the hosts of its endpoints, where no operator points elsewhere, and
/// those its pages load from.
fn hosts(manifest: &Manifest, overrides: &BTreeMap<String, String>) -> Vec<String> {
    let endpoints = manifest.endpoints.iter().filter(|(name, _)| !overrides.contains_key(*name)).filter_map(|(_, url)| place(url));
    let more = manifest.page.iter().flat_map(|page| page.hosts.iter().cloned());
    endpoints.map(|(host, _)| host).chain(more).collect()
}

fn place(url: &str) -> Option<(String, u16)> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    Some((host, url.port_or_known_default()?))
}
