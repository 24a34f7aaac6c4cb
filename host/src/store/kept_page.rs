//! A page as it is kept: what was read, and what it looked like.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::fetch::Exchange;
use crate::sandbox::types::{Cell, Heard, PageReply, Reply};

/// A page that was read, or could not be.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct KeptPage {
    pub status: Option<u16>,
    pub title: String,
    pub url: String,
    pub marks: Vec<String>,
    pub rows: Vec<Vec<KeptCell>>,
    pub facts: Vec<KeptCell>,
    pub heard: Vec<KeptHeard>,
    pub html: Option<String>,
    /// JPEG in Base64. What it shows is nobody's text: it is not masked, but sealed and dropped like the rest.
    pub screenshot: Option<String>,
}

/// Name and value; without a value it was not sure.
#[derive(Debug, Serialize, Deserialize)]
pub struct KeptCell(String, Option<String>);

/// What the page fetched itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct KeptHeard {
    endpoint: String,
    status: u16,
    body: String,
    charset: Option<String>,
}

impl KeptPage {
    pub fn of(exchange: &Exchange) -> Option<Self> {
        let evidence = &exchange.evidence;
        let screenshot = evidence.screenshot.as_ref().map(|jpeg| STANDARD.encode(jpeg));
        let looks = Self { html: evidence.html.clone(), screenshot, ..Self::default() };
        match &exchange.reply {
            Some(Reply::Page(page)) => Some(Self::read(page, looks)),
            _ => (looks.html.is_some() || looks.screenshot.is_some()).then_some(looks),
        }
    }

    fn read(page: &PageReply, looks: Self) -> Self {
        let cells = |cells: &Vec<Cell>| cells.iter().map(|c| KeptCell(c.name.clone(), (!c.unsure).then(|| c.value.clone()))).collect();
        let heard = |h: &Heard| KeptHeard {
            endpoint: h.endpoint.clone(),
            status: h.status,
            body: String::from_utf8_lossy(&h.body).into_owned(),
            charset: h.charset.clone(),
        };
        Self {
            status: Some(page.status),
            title: page.title.clone(),
            url: page.url.clone(),
            marks: page.marks.clone(),
            rows: page.rows.iter().map(cells).collect(),
            facts: cells(&page.facts),
            heard: page.heard.iter().map(heard).collect(),
            ..looks
        }
    }

    /// The page as an adapter reads it; none if it was never read.
    pub fn reply(self) -> Option<PageReply> {
        let cell = |KeptCell(name, value): KeptCell| Cell { name, unsure: value.is_none(), value: value.unwrap_or_default() };
        let cells = |cells: Vec<KeptCell>| cells.into_iter().map(cell).collect::<Vec<_>>();
        let heard = |h: KeptHeard| Heard { endpoint: h.endpoint, status: h.status, body: h.body.into_bytes(), charset: h.charset };
        Some(PageReply {
            status: self.status?,
            title: self.title,
            url: self.url,
            marks: self.marks,
            rows: self.rows.into_iter().map(cells).collect(),
            facts: cells(self.facts),
            heard: self.heard.into_iter().map(heard).collect(),
        })
    }
}
