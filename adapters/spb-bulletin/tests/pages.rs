//! Kept pages mean what they did. Invented: no page of this site was seen.

use posthouse_adapter_spb_bulletin::Spb;
use posthouse_sdk::bulletin::{Notices, Page};

fn page(name: &str, content_type: &str) -> Page {
    let body = std::fs::read(format!("{}/pages/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    Page { url: format!("https://site.example/{name}"), content_type: Some(content_type.into()), body, now: 1_768_900_000_000 }
}

#[test]
fn a_list_in_gbk_names_its_notices() {
    // The answer says nothing of its charset, the document does.
    let listed = Spb::list("notices".into(), page("list.html", "text/html")).unwrap();
    let told: Vec<_> = listed.iter().map(|l| (l.id.as_str(), l.title.as_str(), l.url.as_deref().unwrap())).collect();
    assert_eq!(
        told,
        [
            ("t20260118_5123", "关于规范快递数据接口安全管理的通知", "202601/t20260118_5123.shtml"),
            ("t20251230_5098", "关于做好元旦期间寄递服务保障工作的通知", "202512/t20251230_5098.shtml"),
        ]
    );
    assert!(listed.iter().all(|l| l.published.is_some()));
}

#[test]
fn a_notice_is_its_paragraphs() {
    let notice = Spb::notice("notices".into(), page("detail.html", "text/html; charset=GBK")).unwrap();
    assert_eq!((notice.title.as_str(), notice.published), ("关于规范快递数据接口安全管理的通知", Some(1_768_699_800_000)));
    assert_eq!(
        notice.text.unwrap(),
        "各省、自治区、直辖市邮政管理局，各主要快递企业：\n自2026年4月1日起，各企业对外数据接口须停用明文传输。"
    );
}

#[test]
fn another_page_is_never_an_empty_list() {
    assert_eq!(Spb::list("notices".into(), page("detail.html", "text/html")).unwrap_err().code, "layout-changed");
    assert_eq!(Spb::list("notices".into(), page("detail.html", "text/html; charset=utf-8")).unwrap_err().code, "unreadable");
}
