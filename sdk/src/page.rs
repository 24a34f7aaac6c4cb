//! Short ways to describe a page. What stood on it is read with the methods of [`PageReply`](crate::PageReply) and the
//! functions here.
//!
//! ```ignore
//! page::at("page")
//!     .with_query("billcode", &parcel.number)
//!     .with_guards()
//!     .with_mark(fault::NOT_FOUND, ".empty", &["暂无记录"])
//!     .with_rows(".trace li", &[("time", ".time", "text"), ("text", ".memo", "text")])
//!     .want()
//! ```
//!
//! A mark whose name is a fault code is that fault: [`PageReply::fault`](crate::PageReply::fault) says which.

use crate::{Extract, Mark, PageRequest, Pair, Step, Want, fault};

pub use crate::shown::{events, line, refused, value};

/// Name, selector and what is taken: `("time", "td.time", "text")`.
pub type Take<'a> = (&'a str, &'a str, &'a str);

/// Words of sliders, pictures and logins. A page that shows one wants a person; nothing here
/// answers it.
pub const CHALLENGES: &[&str] = &["滑块", "拖动", "验证码", "安全验证", "人机验证", "请完成验证", "请先登录", "登录后查询", "短信验证"];

/// Words of a page that does not want to be asked.
pub const REFUSALS: &[&str] =
    &["访问被拒绝", "访问受限", "禁止访问", "访问过于频繁", "操作过于频繁", "请求过于频繁", "Access Denied", "Forbidden"];

/// Words of a page that stands in for the real one.
pub const DECOYS: &[&str] = &["系统维护", "系统升级", "维护中", "服务暂不可用", "稍后再试"];

/// The mark of a challenge that is only spoken of: a footer may offer a login.
pub(crate) const SAID: &str = "challenge-said";

/// Ends the name of a value that is drawn where its text is expected.
pub(crate) const DRAWN: &str = ":drawn";

/// Where challenges stand, beside their words. Not every `slider`: most are banners.
const GUARDS: &str = "[class*=captcha],[id*=captcha],[class*=nc-container],[class*=nc_wrapper],[class*=geetest],[class*=yidun],\
    [class*=slide-verify],[class*=slider-verify],form[action*=login],[class*=login-box]";

/// A page at a declared endpoint.
pub fn at(endpoint: &str) -> PageRequest {
    PageRequest {
        endpoint: endpoint.into(),
        path: String::new(),
        query: vec![],
        steps: vec![],
        wait_for: String::new(),
        marks: vec![],
        row: String::new(),
        fields: vec![],
        facts: vec![],
        hears: vec![],
    }
}

impl PageRequest {
    /// With this path after the endpoint's own.
    pub fn with_path(self, path: &str) -> Self {
        Self { path: path.into(), ..self }
    }

    /// With one more query parameter.
    pub fn with_query(mut self, name: &str, value: &str) -> Self {
        self.query.push(Pair { name: name.into(), value: value.into() });
        self
    }

    /// Types a text into a field.
    pub fn with_fill(mut self, selector: &str, text: &str) -> Self {
        self.steps.push(Step::Fill(Pair { name: selector.into(), value: text.into() }));
        self
    }

    /// Clicks an element.
    pub fn with_click(mut self, selector: &str) -> Self {
        self.steps.push(Step::Click(selector.into()));
        self
    }

    /// Reads these rows, and waits for the first.
    pub fn with_rows(self, row: &str, fields: &[Take<'_>]) -> Self {
        let wait_for = if self.wait_for.is_empty() { row.to_owned() } else { self.wait_for.clone() };
        Self { row: row.into(), fields: takes(fields), wait_for, ..self }
    }

    /// Also reads what is drawn where text is expected: the same fields and facts, by a kind of
    /// drawn text each (`("time", "ocr:time")`). [`value`] tells it where there is no text.
    pub fn with_drawn(mut self, kinds: &[(&str, &str)]) -> Self {
        let twins = |of: &[Extract]| {
            let kind = |extract: &&Extract| kinds.iter().find(|(name, _)| *name == extract.name).map(|(_, kind)| *kind);
            of.iter().filter_map(|extract| Some(drawn(extract, kind(&extract)?))).collect::<Vec<_>>()
        };
        self.fields.extend(twins(&self.fields));
        self.facts.extend(twins(&self.facts));
        self
    }

    /// Waits for this instead of the first row: a frame that stands even without rows.
    pub fn with_wait(self, selector: &str) -> Self {
        Self { wait_for: selector.into(), ..self }
    }

    /// Takes a value out of the whole page.
    pub fn with_fact(mut self, take: Take<'_>) -> Self {
        self.facts.extend(takes(&[take]));
        self
    }

    /// Looks for something that may stand there instead.
    pub fn with_mark(mut self, name: &str, selector: &str, words: &[&str]) -> Self {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        self.marks.push(Mark { name: name.into(), selector: selector.into(), words });
        self
    }

    /// Looks for challenges, refusals and stand-ins, wherever they are. What is only said somewhere
    /// counts less than rows of the parcel: [`PageReply::fault_beside_rows`](crate::PageReply::fault_beside_rows).
    pub fn with_guards(self) -> Self {
        self.with_mark(fault::CHALLENGE, GUARDS, &[])
            .with_mark(SAID, "body", CHALLENGES)
            .with_mark(fault::TURNED_AWAY, "body", REFUSALS)
            .with_mark(fault::DECOY, "body", DECOYS)
    }

    /// Takes the answer that the page fetches from this endpoint, as the page received it.
    pub fn with_heard(mut self, endpoint: &str) -> Self {
        self.hears.push(endpoint.into());
        self
    }

    /// As the answer to `ask`.
    pub fn want(self) -> Want {
        Want::Page(self)
    }
}

fn takes(fields: &[Take<'_>]) -> Vec<Extract> {
    let take = |(name, selector, take): &Take<'_>| Extract { name: (*name).into(), selector: (*selector).into(), take: (*take).into() };
    fields.iter().map(take).collect()
}

/// What may be drawn inside an element, under a name of its own.
fn drawn(extract: &Extract, take: &str) -> Extract {
    let Extract { name, selector, .. } = extract;
    Extract { name: twin(name), selector: format!("{selector} canvas,{selector} img"), take: take.into() }
}

/// The name of a value that is drawn where its text is expected.
pub(crate) fn twin(name: &str) -> String {
    format!("{name}{DRAWN}")
}
