//! A site of announcements: lists, pages and a feed, as three bulletins expect them; publishes, edits,
//! removes and refuses as a test says.
//!
//! It has a port of its own. Pages say how often they were read, as such pages do: that is no edit.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Where an announcement is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// HTML: a list, and a page for each; with an ETag.
    Open,
    /// The same site's second list.
    Service,
    /// HTML in GBK: a table, and a page for each; with Last-Modified.
    Regulator,
    /// RSS with whole texts; with an ETag.
    Feed,
}

/// How the site answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    Usual,
    /// A status, and perhaps when to come back.
    Refuses(u16, Option<u32>),
    /// A slider instead of every page.
    Captcha,
}

/// How the HTML of [`Shelf::Open`] is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    List,
    /// The same list, made by a script of the page.
    Script,
    /// As after a new design: cards, and other names for everything.
    Cards,
}

/// One announcement.
#[derive(Debug, Clone, Hash)]
pub struct Item {
    pub id: String,
    pub title: String,
    /// As the site writes it: `2026-01-20 10:00`.
    pub date: String,
    /// A paragraph a line.
    pub text: String,
}

/// The running site. Dropping it closes the port.
pub struct Board {
    pub addr: SocketAddr,
    state: Arc<Mutex<Site>>,
    _stop: DropGuard,
}

struct Site {
    items: Vec<(Shelf, Item)>,
    manner: Manner,
    build: Build,
    robots: &'static str,
    validators: bool,
    /// When something changed last.
    changed: Timestamp,
    requests: Vec<(String, u16)>,
}

impl Board {
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let site = Site {
            items: vec![],
            manner: Manner::Usual,
            build: Build::List,
            robots: "User-agent: *\nDisallow: /admin/\n",
            validators: true,
            changed: Timestamp::from_second(1_700_000_000)?,
            requests: vec![],
        };
        let state = Arc::new(Mutex::new(site));
        let app = Router::new().fallback(answer).with_state(state.clone());
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, app).with_graceful_shutdown(stopped).await });
        Ok(Self { addr, state, _stop: stop.drop_guard() })
    }

    /// The address of a site: `deppon`, `spb`, `jd`.
    pub fn url(&self, site: &str) -> String {
        format!("http://{}/{site}", self.addr)
    }

    /// One whose id is an address lies there, on another site.
    pub fn publish(&self, shelf: Shelf, id: &str, title: &str, date: &str, text: &str) {
        let [id, title, date, text] = [id, title, date, text].map(str::to_owned);
        self.change(|site| site.items.insert(0, (shelf, Item { id, title, date, text })));
    }

    /// Other words for one.
    pub fn edit(&self, id: &str, text: &str) {
        self.change(|site| site.items.iter_mut().filter(|(_, item)| item.id == id).for_each(|(_, item)| item.text = text.to_owned()));
    }

    pub fn remove(&self, id: &str) {
        self.change(|site| site.items.retain(|(_, item)| item.id != id));
    }

    pub fn manner(&self, manner: Manner) {
        self.change(|site| site.manner = manner);
    }

    pub fn build(&self, build: Build) {
        self.change(|site| site.build = build);
    }

    pub fn robots(&self, robots: &'static str) {
        self.change(|site| site.robots = robots);
    }

    /// From now on pages say nothing of whether they changed.
    pub fn forget_validators(&self) {
        self.change(|site| site.validators = false);
    }

    /// Every request since the start: path and status.
    pub fn requests(&self) -> Vec<(String, u16)> {
        self.site().requests.clone()
    }

    /// Requests for paths that end so, answered so.
    pub fn count(&self, end: &str, status: u16) -> usize {
        self.site().requests.iter().filter(|(path, told)| path.ends_with(end) && *told == status).count()
    }

    fn change<T>(&self, change: impl FnOnce(&mut Site) -> T) {
        let mut site = self.site();
        change(&mut site);
        // Last-Modified knows whole seconds only: every change is in another one.
        site.changed += jiff::SignedDuration::from_secs(1);
    }

    fn site(&self) -> std::sync::MutexGuard<'_, Site> {
        self.state.lock().expect("no panic inside")
    }
}

async fn answer(State(state): State<Arc<Mutex<Site>>>, request: Request) -> Response {
    let mut site = state.lock().expect("no panic inside");
    let path = request.uri().path().to_owned();
    let response = site.answer(&path, request.headers());
    site.requests.push((path, response.status().as_u16()));
    response
}

impl Site {
    fn answer(&self, path: &str, asked: &HeaderMap) -> Response {
        if path == "/robots.txt" {
            return self.robots.into_response();
        }
        match &self.manner {
            Manner::Usual => {}
            Manner::Captcha => return html("<html><body><div id=\"nc_1_wrapper\">请按住滑块</div></body></html>".into()),
            Manner::Refuses(status, after) => {
                let status = StatusCode::from_u16(*status).expect("a status");
                return match after {
                    Some(seconds) => (status, [(header::RETRY_AFTER, seconds.to_string())]).into_response(),
                    None => status.into_response(),
                };
            }
        }
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match parts.as_slice() {
            ["deppon", "open", "list.html"] => self.tagged(asked, html(self.list(Shelf::Open))),
            ["deppon", "service", "list.html"] => self.tagged(asked, html(self.list(Shelf::Service))),
            ["deppon", _, "detail", name] => self.of(name).map_or_else(missing, |item| self.tagged(asked, html(self.detail(item)))),
            ["spb", "list.shtml"] => self.dated(asked, gbk(&self.table())),
            ["spb", _, name] => self.of(name).map_or_else(missing, |item| self.dated(asked, gbk(&article(item)))),
            ["jd", "feed.xml"] => {
                let feed = ([(header::CONTENT_TYPE, "application/rss+xml; charset=utf-8")], self.feed()).into_response();
                self.tagged(asked, feed)
            }
            _ => missing(),
        }
    }

    /// With an ETag of everything but the counter.
    fn tagged(&self, asked: &HeaderMap, mut response: Response) -> Response {
        let mut hash = DefaultHasher::new();
        self.items.iter().for_each(|(shelf, item)| (*shelf as u8, item).hash(&mut hash));
        (self.build as u8).hash(&mut hash);
        let tag = format!("\"{:016x}\"", hash.finish());
        if !self.validators {
            return response;
        }
        if asked.get(header::IF_NONE_MATCH).is_some_and(|had| had.as_bytes() == tag.as_bytes()) {
            return StatusCode::NOT_MODIFIED.into_response();
        }
        response.headers_mut().insert(header::ETAG, tag.parse().expect("plain text"));
        response
    }

    fn dated(&self, asked: &HeaderMap, mut response: Response) -> Response {
        let date = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&self.changed).expect("a date of today");
        if !self.validators {
            return response;
        }
        if asked.get(header::IF_MODIFIED_SINCE).is_some_and(|had| had.as_bytes() == date.as_bytes()) {
            return StatusCode::NOT_MODIFIED.into_response();
        }
        response.headers_mut().insert(header::LAST_MODIFIED, date.parse().expect("plain text"));
        response
    }

    fn on(&self, shelf: Shelf) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |(own, _)| *own == shelf).map(|(_, item)| item)
    }

    fn of(&self, name: &str) -> Option<&Item> {
        let id = name.split('.').next()?;
        self.items.iter().map(|(_, item)| item).find(|item| item.id == id)
    }

    fn list(&self, shelf: Shelf) -> String {
        let day = |item: &Item| item.date.split(' ').next().unwrap_or_default().to_owned();
        let rows: String = self
            .on(shelf)
            .map(|item| match self.build {
                Build::List | Build::Script => format!(
                    "<li data-id=\"{0}\"><a href=\"{3}\" title=\"{1}\">{1}</a><span class=\"date\">{2}</span></li>",
                    item.id,
                    item.title,
                    day(item),
                    if item.id.contains("://") { item.id.clone() } else { format!("detail/{}.html", item.id) }
                ),
                Build::Cards => format!(
                    "<article data-key=\"{0}\"><time>{2}</time><h3><a href=\"detail/{0}.html\">{1}</a></h3></article>",
                    item.id,
                    item.title,
                    day(item)
                ),
            })
            .collect();
        match self.build {
            Build::List => {
                format!("<html><body><ul class=\"notice-list\" data-total=\"{}\">{rows}</ul></body></html>", self.on(shelf).count())
            }
            Build::Script => {
                let made = format!("<ul class='notice-list'>{}</ul>", rows.replace('"', "'"));
                format!("<html><body><script>setTimeout(() => {{ document.body.innerHTML = \"{made}\"; }}, 50)</script></body></html>")
            }
            Build::Cards => format!("<html><body><main class=\"cards\">{rows}</main></body></html>"),
        }
    }

    fn detail(&self, item: &Item) -> String {
        let Item { title, date, text, .. } = item;
        let (visits, words) = (self.requests.len(), paragraphs(text));
        match self.build {
            Build::List | Build::Script => format!(
                "<html><body><div class=\"notice-detail\"><h1>{title}</h1><div class=\"meta\">发布时间：{date}</div>\
                 <div class=\"content\">{words}<p>阅读次数：{visits}</p></div></div></body></html>"
            ),
            Build::Cards => format!(
                "<html><body><main class=\"card\"><h2>{title}</h2><time>{date}</time><section>{words}<p>浏览量：{visits}</p></section></main></body></html>"
            ),
        }
    }

    fn table(&self) -> String {
        let row = |item: &Item| {
            let day = item.date.split(' ').next().unwrap_or_default();
            format!("<tr><td><a href=\"202601/{}.shtml\">{}</a></td><td>{day}</td></tr>", item.id, item.title)
        };
        let rows: String = self.on(Shelf::Regulator).map(row).collect();
        format!(
            "<html><head><meta charset=\"gb2312\"></head><body><table class=\"tzgg\"><tr><th>标题</th></tr>{rows}</table></body></html>"
        )
    }

    fn feed(&self) -> String {
        let item = |item: &Item| {
            let Item { id, title, date, text } = item;
            format!(
                "<item><guid>{id}</guid><title>{title}</title><link>/jd/{id}</link><dc:date>{date}</dc:date><description>{text}</description></item>"
            )
        };
        let items: String = self.on(Shelf::Feed).map(item).collect();
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>公告</title>{items}</channel></rss>")
    }
}

fn article(item: &Item) -> String {
    let Item { title, date, text, .. } = item;
    format!(
        "<html><head><meta charset=\"gb2312\"><meta name=\"ArticleTitle\" content=\"{title}\"><meta name=\"PubDate\" content=\"{date}\"></head>\
         <body><div id=\"zoom\">{}</div></body></html>",
        paragraphs(text)
    )
}

fn paragraphs(text: &str) -> String {
    text.lines().map(|line| format!("<p>{line}</p>")).collect()
}

fn html(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
}

fn gbk(text: &str) -> Response {
    ([(header::CONTENT_TYPE, "text/html")], encoding_rs::GBK.encode(text).0.into_owned()).into_response()
}

fn missing() -> Response {
    StatusCode::NOT_FOUND.into_response()
}
