//! Kept pages mean what they did. Invented: no page of this site was seen.

use posthouse_adapter_deppon_bulletin::Deppon;
use posthouse_sdk::bulletin::{Notices, Page};

fn page(name: &str, content_type: &str) -> Page {
    let body = std::fs::read(format!("{}/pages/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    Page { url: format!("https://site.example/{name}"), content_type: Some(content_type.into()), body, now: 1_768_900_000_000 }
}

#[test]
fn a_list_names_its_announcements() {
    let listed = Deppon::list("open".into(), page("list.html", "text/html; charset=utf-8")).unwrap();
    let told: Vec<_> = listed.iter().map(|l| (l.id.as_str(), l.title.as_str(), l.url.as_deref().unwrap(), l.text.is_none())).collect();
    assert_eq!(
        told,
        [
            ("2026012001", "关于旧版轨迹查询接口下线的公告", "detail/2026012001.html", true),
            ("2026010502", "春节期间服务安排", "detail/2026010502.html", true),
        ]
    );
    assert_eq!(listed[0].published, Some(1_768_838_400_000));
}

#[test]
fn an_announcement_is_its_paragraphs() {
    let notice = Deppon::notice("open".into(), page("detail.html", "text/html")).unwrap();
    assert_eq!(notice.published, Some(1_768_874_400_000), "to the minute");
    let text = notice.text.unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "各合作伙伴：");
    assert_eq!(lines[1], "旧版轨迹查询接口（newTraceQuery）将于2026年3月1日0时下线，请切换到 V3.2 接口，并在请求头中增加 token 字段。");
    assert_eq!(
        &lines[2..],
        ["旧地址", "http://dpapi.example/old", "新地址", "https://dpapi.example/v32", "特此公告。", "德邦快递开放平台"]
    );
}

#[test]
fn another_page_is_never_an_empty_list() {
    assert_eq!(Deppon::list("open".into(), page("captcha.html", "text/html")).unwrap_err().code, "challenge");
    assert_eq!(Deppon::list("open".into(), page("detail.html", "text/html")).unwrap_err().code, "layout-changed");
    assert_eq!(Deppon::notice("open".into(), page("list.html", "text/html")).unwrap_err().code, "layout-changed");
}
