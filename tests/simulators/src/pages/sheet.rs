//! One visit: from what was asked and the face of the day to what is served.

use axum::http::StatusCode;

use super::look::Look;
use super::notice::Notice;
use super::style::Style;
use super::template::{Data, render};
use super::{Face, danniao, ems, jd, jt, sto, yunda, zjs};
use crate::answer::Answer;
use crate::carrier::Carrier;
use crate::world::World;

pub enum Sheet {
    Whole(Answer),
    /// Half of it, and never the rest.
    Stalled(Answer),
    /// With far too much in it.
    Huge(Answer),
    Elsewhere(String),
}

pub fn visit(world: &World, carrier: Carrier, asked: &str, now_ms: i64) -> Sheet {
    let shown = world.desk(carrier).face().show(asked);
    let face = if world.admit_visitor(carrier, now_ms) { shown } else { Face::TooOften };
    if let Some(notice) = Notice::of(face) {
        let page = notice.page(charset(carrier));
        return Sheet::Whole(Answer { refused: notice.refused, ..html(carrier, notice.status, &page) });
    }
    match face {
        Face::ToFile => return Sheet::Elsewhere("file:///etc/passwd".into()),
        Face::ToPrivate(internal) => return Sheet::Elsewhere(format!("http://{internal}/redirect")),
        _ => {}
    }
    let style = Style::of(face, carrier);
    let (template, data) = template(carrier, &Look::at(world, carrier, asked, face));
    let page = html(carrier, StatusCode::OK, &render(template, &style.data().and(data), style.is_renamed()));
    match face {
        Face::Stalled => Sheet::Stalled(page),
        Face::Huge => Sheet::Huge(page),
        _ => Sheet::Whole(page),
    }
}

fn template(carrier: Carrier, look: &Look) -> (&'static str, Data) {
    match carrier {
        Carrier::Sto => (sto::PAGE, sto::data(look)),
        Carrier::Yunda => (yunda::PAGE, yunda::data(look)),
        Carrier::Jt => (jt::PAGE, jt::data(look)),
        Carrier::Ems => (ems::PAGE, look.frame()),
        Carrier::Jd => (jd::PAGE, jd::data(look)),
        Carrier::Zjs => (zjs::PAGE, look.frame()),
        Carrier::Danniao => (danniao::PAGE, look.frame()),
        Carrier::Sf | Carrier::Zto | Carrier::Yto | Carrier::Deppon => unreachable!("`{carrier}` has no page"),
    }
}

fn charset(carrier: Carrier) -> &'static str {
    if carrier == Carrier::Yunda { "GBK" } else { "utf-8" }
}

fn html(carrier: Carrier, status: StatusCode, page: &str) -> Answer {
    let answer = match carrier {
        Carrier::Yunda => Answer::of("text/html; charset=GBK", encoding_rs::GBK.encode(page).0),
        _ => Answer::of("text/html; charset=utf-8", page),
    };
    Answer { status, ..answer }
}
