//! What the pages show, as a client without scripts receives it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use posthouse_simulators::{Carrier, Pace};
use serde_json::{Value, json};

use crate::town::{PAGES, Town};

/// The pieces between two marks.
fn all<'t>(page: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    page.split(open).skip(1).map(|rest| rest.split_once(close).expect("what opens closes").0).collect()
}

fn one<'t>(page: &'t str, open: &str, close: &str) -> &'t str {
    let found = all(page, open, close);
    assert_eq!(found.len(), 1, "{open}");
    found[0]
}

fn without_tags(html: &str) -> String {
    let mut pieces = html.split('<');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('>').map_or("", |(_, words)| words))
}

#[tokio::test]
async fn sto_shows_a_table_newest_first_and_four_milestones() {
    let town = Town::open().await;
    let parcel = town.parcel(Carrier::Sto, Pace::Complete);
    let page = town.page(Carrier::Sto, &parcel.number).await;
    assert_eq!(one(&page, "<span id=\"Repeater1_lblBillCode_0\">", "</span>"), parcel.number);
    let times = all(&page, "<td width=\"25%\">", "</td>");
    let texts: Vec<_> = all(&page, "<td width=\"75%\">", "</td>").into_iter().map(without_tags).collect();
    let truth = parcel.events.iter().rev();
    assert_eq!(times, truth.clone().map(|event| event.china_time().replace('-', "/")).collect::<Vec<_>>());
    assert_eq!(texts, truth.map(|event| event.text.to_string()).collect::<Vec<_>>());
    assert!(texts.iter().zip(parcel.events.iter().rev()).all(|(text, event)| text.starts_with(&format!("【{}】", event.code))));
    assert!(page.contains("<a href=") && page.contains("<table class=\"tab_result\">"));
    for (n, word) in [(1, "收件"), (2, "发件"), (3, "派件")] {
        let first = parcel.events.iter().find(|event| event.code == word).unwrap().china_time().replace('-', "/");
        assert_eq!(one(&page, &format!("<span id=\"Repeater1_lblTime{n}_0\">"), "</span>"), first);
    }
}

#[tokio::test]
async fn a_milestone_that_was_not_reached_is_empty() {
    let town = Town::open().await;
    let parcel = town.parcel(Carrier::Sto, Pace::Held(2));
    let page = town.page(Carrier::Sto, &parcel.number).await;
    let milestones = [1, 2, 3, 4].map(|n| !one(&page, &format!("<span id=\"Repeater1_lblTime{n}_0\">"), "</span>").is_empty());
    assert_eq!(milestones, [true, true, false, false]);
}

#[tokio::test]
async fn yunda_writes_gbk_and_lets_a_script_fill_the_table() {
    let town = Town::open().await;
    let parcel = town.parcel(Carrier::Yunda, Pace::Complete);
    let page = town.page(Carrier::Yunda, &parcel.number).await;
    assert_eq!(one(&page, "<span id=\"wen_no\">", "</span>"), parcel.number);
    assert!(page.contains("<table id=\"showTable\"></table>") && page.contains("}, 100);"));
    let answer = one(&page, "var answer = \"", "\"");
    let steps: Vec<_> = answer.split(';').map(|step| step.split_once(',').unwrap()).collect();
    let truth: Vec<_> = parcel.events.iter().map(|event| (event.china_time(), event.text.to_string())).collect();
    assert_eq!(steps, truth.iter().map(|(time, text)| (time.as_str(), text.as_str())).collect::<Vec<_>>());
}

#[tokio::test]
async fn jt_draws_what_no_document_says() {
    let town = Town::open().await;
    let parcel = town.parcel(Carrier::Jt, Pace::Complete);
    let page = town.page(Carrier::Jt, &parcel.number).await;
    assert!(!page.contains(&parcel.number) && !page.contains(parcel.events[0].code), "nothing can be read without drawing");
    let packed = STANDARD.decode(one(&page, "atob('", "')")).unwrap();
    let track: Value = serde_json::from_slice(&packed).unwrap();
    assert_eq!(track["bill"], parcel.number);
    let scans: Vec<_> = parcel.shown(0.0).into_iter().rev().map(|event| (event.code.to_owned(), event.place.into_owned())).collect();
    let drawn: Vec<_> = track["scans"].as_array().unwrap().iter().map(|s| (s["status"].clone(), s["city"].clone())).collect();
    assert_eq!(drawn, scans.into_iter().map(|(code, city)| (json!(code), json!(city))).collect::<Vec<_>>());
    assert_eq!(track["scans"][0]["time"], parcel.events.last().unwrap().china_time());
    for name in ["'bill'", "'scan'", "'time'", "'city'", "'status'", "'empty'", "const how = 'canvas'"] {
        assert!(page.contains(name), "{name}");
    }
}

#[tokio::test]
async fn the_other_pages_have_what_a_reader_waits_for_and_ask_for_their_rows() {
    let town = Town::open().await;
    let marks = [
        (Carrier::Ems, vec!["list.id = 'trackList'", "'apple/getMailNoRoutes'", "'POST'"]),
        (
            Carrier::Jd,
            vec!["<input id=\"waybill\"", "<button id=\"query\"", "'waybill-no'", "'trace-time'", "'trace-title'", "'trace-text'"],
        ),
        (Carrier::Zjs, vec!["table.id = 'result'", "'api/tracking.jspx'", "method: 'POST'", "orderNos:"]),
        (Carrier::Danniao, vec!["detail.id = 'detail'", "'logisticsDetails/lpcPackPubQuery?mailNoList='"]),
    ];
    for (carrier, marks) in marks {
        let parcel = town.parcel(carrier, Pace::Complete);
        let page = town.page(carrier, &parcel.number).await;
        assert!(!page.contains(&*parcel.events[0].text), "{carrier} fetches its rows");
        assert_eq!(page.contains(&parcel.number), carrier != Carrier::Jd, "JD wants the number typed");
        marks.iter().for_each(|mark| assert!(page.contains(mark), "{carrier}: {mark}"));
    }
}

#[tokio::test]
async fn unknown_and_untouched_are_told_apart_in_the_carriers_words() {
    let town = Town::open().await;
    for (carrier, unknown, untouched) in [
        (Carrier::Sto, "<div class=\"no_result\">没有查到此单号的信息</div>", "<td colspan=\"2\">该单号暂无物流信息</td>"),
        (Carrier::Yunda, "none = \"此单号无物流信息记录\"", "none = \"该单号暂无物流信息\""),
    ] {
        let none = town.page(carrier, "770000").await;
        assert!(none.contains(unknown) && !none.contains(untouched), "{none}");
        let parcel = town.parcel(carrier, Pace::Held(0));
        let empty = town.page(carrier, &parcel.number).await;
        assert!(empty.contains(untouched) && !empty.contains(unknown), "{empty}");
    }
}

#[tokio::test]
async fn a_number_cannot_break_out_of_a_page() {
    let town = Town::open().await;
    for (carrier, _) in PAGES {
        let page = town.page(carrier, "%22%3E%3C/script%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
        assert!(!page.contains("alert(1)</script>"), "{carrier}");
    }
}

#[tokio::test]
async fn what_happens_to_parcels_is_in_the_carriers_words() {
    let town = Town::open().await;
    let words = [
        (Carrier::Sto, vec!["请您准备签收", "丰巢柜", "取消派件将快件取出", "退回", "【签收】已签收"]),
        (Carrier::Yunda, vec!["请您准备签收", "超市", "取消派件将快件取出", "退回", "签收"]),
        (Carrier::Jt, vec!["请您准备签收", "兔喜", "从代理点取出", "退回", "包裹已签收"]),
        (Carrier::Ems, vec!["准备签收", "自提点", "快件取走", "退回", "投递结果撤销", "已取走邮件", "预计今日投递"]),
        (Carrier::Jd, vec!["请您准备签收", "自提柜", "从自提柜取出", "退回", "签收"]),
        (Carrier::Zjs, vec!["请您准备签收", "自提柜", "取消派件将快件取出", "退回", "客户已取件", "签收人"]),
        (Carrier::Danniao, vec!["请您准备签收", "菜鸟驿站", "从驿站取出", "退回", "已签收"]),
    ];
    for (carrier, words) in words {
        let lives: Vec<_> = (0..150).map(|_| town.parcel(carrier, Pace::Complete)).collect();
        for word in words {
            assert!(lives.iter().any(|life| life.events.iter().any(|event| event.text.contains(word))), "{carrier}: {word}");
        }
    }
}
