//! Sin: hands whatever came to a whole HTML parser. A page of twenty rows is a track; a megabyte
//! of elements one inside the other costs the parser the square of their number.

use posthouse_sdk::prelude::*;
use scraper::{ElementRef, Html, Selector};

struct NestBomb;

impl Tracking for NestBomb {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = plain(&task.parcels[0].number);
        Ok(http::get("track", vec![text::field("number", number)]).want())
    }

    fn read(task: Task, reply: Reply) -> Result<Reading, Fault> {
        let reply = reply.http()?;
        let html = str::from_utf8(&reply.body).map_err(|why| fault::unreadable(why, &reply.body))?;
        let document = Html::parse_document(html);
        let number = task.parcels[0].number.clone();
        let events = document.select(&selector("tr")?).filter_map(event).collect();
        Ok(Reading::Tracks(vec![OfOne::track(Track { number, events, signed: None, odd: vec![], extra: vec![] })]))
    }
}

fn selector(css: &str) -> Result<Selector, Fault> {
    Selector::parse(css).map_err(|_| fault::unreadable("no selector", css.as_bytes()))
}

/// A row of a time and a text.
fn event(row: ElementRef<'_>) -> Option<Event> {
    let cells: Vec<String> = row.child_elements().map(|cell| cell.text().collect()).collect();
    let [at, text] = cells.as_slice() else { return None };
    Some(Event { at: time::parse(at)?, code: "10".into(), status: None, text: text.clone(), place: None })
}

posthouse_sdk::export!(NestBomb: tracking);
