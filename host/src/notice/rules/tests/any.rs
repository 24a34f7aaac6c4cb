//! What holds for any text at all.

use std::time::{Duration, Instant};

use super::super::{Effective, Reading, Told, read};

const PUBLISHED: i64 = 1_772_416_800_000;

/// Pieces that make a parser stumble when they meet.
const PIECES: &[&str] = &[
    "2026年",
    "13月",
    "2月",
    "30日",
    "31日",
    "0",
    "99",
    "零",
    "十",
    "廿",
    "二〇二六",
    "至",
    "-",
    "—",
    "～",
    ":",
    "：",
    "(",
    "（",
    ")",
    "起",
    "前",
    "24:00",
    "25时",
    "点半",
    "分",
    "即日起",
    "本周",
    "下周日",
    "次日",
    "月底",
    "年底",
    "999个工作日内",
    "个月后",
    "，",
    "。",
    "\n",
    " ",
    "　",
    "接口",
    "停用",
    "由",
    "变更为",
    "→",
    "“",
    "”",
    "「",
    "V3.2",
    "https://",
    "a.b.cn/",
    "密钥",
    "😀",
    "\u{0}",
    "é",
    "{\"a\":",
    "20261399",
    "9999-12-31",
    "2099年12月31日24:00",
    "春节",
    "维护",
    "２０２６",
    "优惠",
];

/// A small linear congruence: the texts are the same on every run.
fn texts(count: usize, pieces: usize) -> impl Iterator<Item = String> {
    let mut state: u64 = 20_260_204;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    (0..count).map(move |_| (0..pieces).map(|_| PIECES[next() % PIECES.len()]).collect())
}

fn told<'a>(title: &'a str, text: &'a str) -> Told<'a> {
    Told { carrier: None, published: Some(PUBLISHED), seen: PUBLISHED, title, text }
}

#[test]
fn no_text_breaks_the_reading() {
    for text in texts(300, 40) {
        for reading in read(&told(&text[..text.floor_char_boundary(60)], &text)) {
            assert!((0.0..=1.0).contains(&reading.confidence), "{text}");
            assert!(reading.quotes.iter().all(|quote| text.contains(quote.as_str())), "{text}");
            assert!(reading.until.is_none_or(|until| reading.effective.is_some_and(|from| from.date <= until.date)), "{text}");
        }
    }
}

#[test]
fn clocks_of_any_size_are_survived() {
    for seen in [i64::MIN, -1, 0, i64::MAX] {
        let text = "自2月4日起接口停用，3个工作日内完成，下月1日恢复，本周五维护。";
        read(&Told { carrier: None, published: None, seen, title: "接口停用通知", text });
    }
}

#[test]
fn a_hundred_kilobytes_are_read_in_bounded_time() {
    read(&told("", ""));
    let sentences = "自2026年2月4日起，V3.2接口由MD5变更为SHA256，密钥停用，请于3个工作日内完成。\n".repeat(1000);
    let digits = "2026年2月4日10:00-".repeat(4000);
    let one_line = "接口密钥字段域名由将原变更为停用".repeat(2200);
    for text in [sentences, digits, one_line] {
        assert!(text.len() > 80_000);
        let start = Instant::now();
        read(&told("接口升级公告", &text));
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        println!("{:?}", start.elapsed());
    }
}

#[test]
fn a_reading_survives_being_stored() {
    let text = "查询系统将于2月4日凌晨2:00至2026年3月31日24:00维护，接口暂停服务。";
    let readings = read(&told("系统维护公告", text));
    let stored = serde_json::to_string(&readings).expect("json");
    assert!(stored.contains("\"2026-02-04T02:00\"") && stored.contains("\"2026-04-01T00:00\""), "{stored}");
    assert_eq!(serde_json::from_str::<Vec<Reading>>(&stored).expect("readings"), readings);
}

#[test]
fn an_effective_moment_is_chinese_time() {
    let at = |text: &str| text.parse::<Effective>().expect("a moment").instant().to_string();
    assert_eq!(at("2026-02-04"), "2026-02-03T16:00:00Z");
    assert_eq!(at("2026-02-04T02:00"), "2026-02-03T18:00:00Z");
    assert_eq!(at("2026-03-31T24:00"), "2026-03-31T16:00:00Z");
    assert!("2026-02-30".parse::<Effective>().is_err() && "2026-02-04T24:01".parse::<Effective>().is_err());
}
