//! Announcements of JD Logistics (京东物流): a feed in RSS 2.0 that holds whole texts.

use posthouse_sdk::bulletin::{self, Fault, Listed, Notices, Page};
use posthouse_sdk::xml::{self, Element};

/// The bulletin.
pub struct Jd;

impl Notices for Jd {
    fn list(_source: String, page: Page) -> Result<Vec<Listed>, Fault> {
        let feed = xml::parse(&bulletin::text(&page)?).map_err(|why| bulletin::unreadable(why.detail))?;
        let channel = feed.first("channel").filter(|_| feed.name == "rss");
        let channel = channel.ok_or_else(|| bulletin::layout_changed("not a feed in RSS"))?;
        // A feed without items says itself that there is nothing.
        channel.all("item").map(item).collect()
    }

    fn notice(_source: String, _page: Page) -> Result<Listed, Fault> {
        Err(bulletin::layout_changed("the feed has whole texts, so no page is read"))
    }
}

fn item(item: &Element) -> Result<Listed, Fault> {
    let some = |name: &str| Some(item.text_of(name)).filter(|text| !text.is_empty()).map(str::to_owned);
    let url = some("link");
    let id = some("guid").or_else(|| url.clone()).ok_or_else(|| bulletin::layout_changed("an item without guid and link"))?;
    let title = some("title").ok_or_else(|| bulletin::layout_changed("an item without a title"))?;
    // `encoded` is what readers show; `description` may be its beginning only.
    let text = some("encoded").or_else(|| some("description")).ok_or_else(|| bulletin::layout_changed("an item without a text"))?;
    Ok(Listed { id, url, title, published: bulletin::day(item.text_of("date")), text: Some(text) })
}

posthouse_sdk::export!(Jd: notices);
