//! Notices of the postal regulator (国家邮政局): tables of links in GBK, and a page for each.

use posthouse_sdk::bulletin::{self, Fault, Listed, Notices, Page};
use posthouse_sdk::html::{self, ElementRef, Html, selector};

/// The bulletin.
pub struct Spb;

impl Notices for Spb {
    fn list(_source: String, page: Page) -> Result<Vec<Listed>, Fault> {
        let document = Html::parse_document(&bulletin::text(&page)?);
        let rows = selector("table.tzgg tr:has(a[href])");
        let listed: Vec<Listed> = document.select(&rows).map(row).collect::<Result<_, _>>()?;
        if listed.is_empty() { Err(bulletin::layout_changed("no rows in table.tzgg")) } else { Ok(listed) }
    }

    fn notice(_source: String, page: Page) -> Result<Listed, Fault> {
        let document = Html::parse_document(&bulletin::text(&page)?);
        let meta = |name: &str| {
            let found = document.select(&selector(&format!("meta[name={name}]"))).next()?;
            found.value().attr("content").map(str::to_owned)
        };
        let words = document.select(&selector("#zoom")).next().ok_or_else(|| bulletin::layout_changed("no #zoom"))?;
        let title = meta("ArticleTitle").ok_or_else(|| bulletin::layout_changed("no meta ArticleTitle"))?;
        let published = meta("PubDate").and_then(|date| bulletin::day(&date));
        Ok(Listed { id: String::new(), url: None, title, published, text: Some(html::paragraphs(words)) })
    }
}

fn row(row: ElementRef<'_>) -> Result<Listed, Fault> {
    let link = row.select(&selector("a[href]")).next().ok_or_else(|| bulletin::layout_changed("a row without a link"))?;
    let url = link.value().attr("href").unwrap_or_default().to_owned();
    // `202601/t20260120_5123.shtml`: the name is the site's own, and stays.
    let id = url.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default().to_owned();
    let date = row.select(&selector("td:last-child")).next().and_then(|cell| bulletin::day(&html::line(cell)));
    Ok(Listed { id, url: Some(url), title: html::line(link), published: date, text: None })
}

posthouse_sdk::export!(Spb: notices);
