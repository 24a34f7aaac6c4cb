//! Kept pages mean what they did. Invented: no page of this site was seen.

use posthouse_adapter_jd_bulletin::Jd;
use posthouse_sdk::bulletin::{Notices, Page};

fn page(name: &str, content_type: &str) -> Page {
    let body = std::fs::read(format!("{}/pages/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    Page { url: format!("https://site.example/{name}"), content_type: Some(content_type.into()), body, now: 1_768_900_000_000 }
}

#[test]
fn a_feed_has_whole_texts() {
    let listed = Jd::list("open".into(), page("feed.xml", "application/rss+xml; charset=utf-8")).unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!((listed[0].id.as_str(), listed[0].title.as_str()), ("jdl-20260115-1", "轨迹查询限流调整"));
    assert_eq!(listed[0].published, Some(1_768_435_200_000));
    let text = listed[0].text.as_deref().unwrap();
    assert_eq!(text, "自2026年2月1日起，轨迹查询接口单账号限流由每秒20次调整为每秒10次。\n请合理安排调用。");
    // Without a name of its own an item is its link.
    assert_eq!(listed[1].id, "https://open.jdl.com/notice/jdl-20260102-1");
    assert!(listed[1].text.as_deref().unwrap().ends_with("不可用 & 推送延迟。"));
}

#[test]
fn what_is_no_feed_is_said() {
    let mut other = page("feed.xml", "application/rss+xml");
    other.body = b"<html><body>404</body></html>".to_vec();
    assert_eq!(Jd::list("open".into(), other.clone()).unwrap_err().code, "layout-changed");
    other.body = b"<rss><channel>".to_vec();
    assert_eq!(Jd::list("open".into(), other).unwrap_err().code, "unreadable");
}
