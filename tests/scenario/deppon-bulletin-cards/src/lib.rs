//! Deppon's announcements after a new design of the site: cards instead of a list. What the site calls
//! each announcement stayed.

use posthouse_sdk::bulletin::{self, Fault, Listed, Notices, Page};
use posthouse_sdk::html::{self, Html, selector};

/// The bulletin.
pub struct Deppon;

impl Notices for Deppon {
    fn list(_source: String, page: Page) -> Result<Vec<Listed>, Fault> {
        let document = Html::parse_document(&bulletin::text(&page)?);
        let cards = selector("main.cards article[data-key]");
        let listed = document.select(&cards).filter_map(|card| {
            let link = card.select(&selector("h3 a[href]")).next()?;
            let date = card.select(&selector("time")).next().and_then(|date| bulletin::day(&html::line(date)));
            let (id, url) = (card.value().attr("data-key")?.to_owned(), link.value().attr("href")?.to_owned());
            Some(Listed { id, url: Some(url), title: html::line(link), published: date, text: None })
        });
        let listed: Vec<Listed> = listed.collect();
        if listed.is_empty() { Err(bulletin::layout_changed("no cards")) } else { Ok(listed) }
    }

    fn notice(_source: String, page: Page) -> Result<Listed, Fault> {
        let document = Html::parse_document(&bulletin::text(&page)?);
        let one = |css: &str| document.select(&selector(css)).next().ok_or_else(|| bulletin::layout_changed(format!("no {css}")));
        let published = bulletin::day(&html::line(one("main.card time")?));
        let (title, text) = (html::line(one("main.card h2")?), html::paragraphs(one("main.card section")?));
        Ok(Listed { id: String::new(), url: None, title, published, text: Some(text) })
    }
}

posthouse_sdk::export!(Deppon: notices);
