//! Announcements of Deppon Express (德邦快递): a list of titles, and a page for each.

use posthouse_sdk::bulletin::{self, Fault, Listed, Notices, Page};
use posthouse_sdk::html::{self, ElementRef, Html, selector};

/// The bulletin.
pub struct Deppon;

impl Notices for Deppon {
    fn list(_source: String, page: Page) -> Result<Vec<Listed>, Fault> {
        let document = document(&page)?;
        let list = document.select(&selector("ul.notice-list")).next().ok_or_else(|| bulletin::layout_changed("no ul.notice-list"))?;
        let listed: Vec<Listed> = list.select(&selector("li")).map(row).collect::<Result<_, _>>()?;
        let is_empty = list.value().attr("data-total") == Some("0");
        if listed.is_empty() && !is_empty { Err(bulletin::layout_changed("ul.notice-list holds nothing")) } else { Ok(listed) }
    }

    fn notice(_source: String, page: Page) -> Result<Listed, Fault> {
        let document = document(&page)?;
        let one = |css: &str| document.select(&selector(css)).next();
        let words = one(".notice-detail .content").ok_or_else(|| bulletin::layout_changed("no .notice-detail .content"))?;
        let title = one(".notice-detail h1").ok_or_else(|| bulletin::layout_changed("no .notice-detail h1"))?;
        Ok(Listed {
            id: String::new(),
            url: None,
            title: html::line(title),
            published: one(".notice-detail .meta").and_then(|meta| bulletin::day(&html::line(meta))),
            text: Some(html::paragraphs(words)),
        })
    }
}

/// The page, if it is not one that asks who is there.
fn document(page: &Page) -> Result<Html, Fault> {
    let document = Html::parse_document(&bulletin::text(page)?);
    match document.select(&selector("#nc_1_wrapper, .slider-captcha, form.verify")).next() {
        Some(_) => Err(bulletin::challenge("a slider stands before the page")),
        None => Ok(document),
    }
}

fn row(row: ElementRef<'_>) -> Result<Listed, Fault> {
    let link = row.select(&selector("a[href]")).next().ok_or_else(|| bulletin::layout_changed("a row without a link"))?;
    let url = link.value().attr("href").unwrap_or_default().to_owned();
    // The number of the row; older rows have none, and their page's name is as good.
    let name = || url.rsplit('/').next()?.split('.').next().map(str::to_owned);
    let id = row.value().attr("data-id").map(str::to_owned).or_else(name).unwrap_or_default();
    let date = row.select(&selector(".date")).next().and_then(|date| bulletin::day(&html::line(date)));
    // The title is cut short with dots in the list, and whole in the link's own.
    let title = link.value().attr("title").map_or_else(|| html::line(link), str::to_owned);
    Ok(Listed { id, url: Some(url), title, published: date, text: None })
}

posthouse_sdk::export!(Deppon: notices);
