//! The table against invented texts (`texts.toml`), and against what no text may do to it.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Texts {
    text: Vec<Text>,
}

#[derive(Deserialize)]
struct Text {
    status: String,
    text: String,
    place: Option<String>,
    zh: Option<String>,
}

fn texts() -> Vec<Text> {
    toml::from_str::<Texts>(include_str!("texts.toml")).unwrap().text
}

fn told(status: &str, text: &str, place: Option<&str>) -> Plain {
    explain(&[], Said { status, code: "", text, place })
}

#[test]
fn texts_are_told_as_a_consumer_app_would() {
    let wrong: Vec<String> = texts()
        .iter()
        .filter_map(|t| {
            let plain = told(&t.status, &t.text, t.place.as_deref());
            let zh = t.zh.as_ref()?;
            (*zh != plain.zh).then(|| format!("{}\n  want {zh}\n  told {}", t.text, plain.zh))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nine_of_ten_texts_are_known_to_a_rule() {
    let texts = texts();
    let unknown: Vec<&str> =
        texts.iter().filter(|t| !told(&t.status, &t.text, t.place.as_deref()).by_rule).map(|t| t.text.as_str()).collect();
    assert!(unknown.len() * 10 <= texts.len(), "{} of {}: {unknown:#?}", unknown.len(), texts.len());
}

#[test]
fn no_person_and_no_number_is_repeated() {
    for t in texts() {
        let plain = told(&t.status, &t.text, t.place.as_deref());
        for sentence in [&plain.zh, &plain.en] {
            let leaks = ["卢", "卫小", "Finn", "*", "139", "YC19"];
            assert!(!leaks.iter().any(|word| sentence.contains(word)), "{} -> {sentence}", t.text);
            assert!(!name::has_number(sentence, 7) && sentence.chars().count() <= LONGEST, "{sentence}");
            assert!(!sentence.contains(['{', '}', '【']), "{sentence}");
        }
    }
}

#[test]
fn english_is_told_too() {
    for (status, text, place, en) in [
        ("departed_from_hub", "快件已发往【广州转运中心】", None, "Your parcel is on its way to 广州转运中心"),
        ("departed_from_hub", "快件已发往分拨中心", Some("广州市"), "Your parcel is on its way to 广州分拨中心"),
        ("departed_from_hub", "快件已发往分拨中心", None, "Your parcel is on its way to the sorting centre"),
        ("delivered", "已签收，签收人：门卫", None, "Your parcel was signed for by the gatekeeper"),
        ("delivery_to_locker", "快件已投放至丰巢柜", None, "Your parcel is at the Hive Box locker; please collect it in good time"),
        ("exception", "包裹爆仓滞留", None, "Your parcel is delayed because the carrier is very busy"),
    ] {
        assert_eq!(told(status, text, place).en, en, "{text}");
    }
}

#[test]
fn a_status_is_told_where_no_rule_knows_the_wording() {
    for (code, ..) in status::ALL {
        let plain = told(code, "甲乙丙", None);
        assert!(!plain.by_rule, "{code}: {plain:?}");
    }
    assert_eq!(told("in_transit.rail", "", None).zh, "包裹正在运输途中");
    assert_eq!(told("gone", "", None).zh, "快递公司更新了包裹的状态");
}

#[test]
fn the_adapters_rules_go_first() {
    let row = |text: &str| toml::from_str::<Rule>(text).unwrap();
    let rules = [
        row(r#"codes = ["44"]
               zh = "快递公司正在为您挑选快递员"
               en = "The carrier is choosing a courier for you""#),
        row(r#"words = ["顺路*捎"]
               not = ["没有"]
               zh = "包裹正顺路送往{to}"
               en = "Your parcel is taken along to {to}""#),
    ];
    let said = |code, text| explain(&rules, Said { status: "in_transit", code, text, place: None }).zh;
    assert_eq!(said("44", "快件到达【云港】"), "快递公司正在为您挑选快递员");
    assert_eq!(said("45", "顺路请人捎，发往云港"), "包裹正顺路送往云港");
    assert_eq!(said("45", "顺路请人捎"), "包裹正在运输途中", "without its place the rule is passed over");
    assert_eq!(said("45", "没有顺路捎，发往云港"), "包裹正在去云港的路上");
}

#[test]
fn a_rule_cannot_tell_a_number_or_a_novel() {
    let rule = |zh: &str| Rule { codes: vec!["1".into()], zh: zh.into(), en: "A".into(), ..Rule::default() };
    for zh in ["请致电 139-0000-0000", &"长".repeat(130), "请致电１３９００００００００"] {
        let plain = explain(&[rule(zh)], Said { status: "delivered", code: "1", text: "", place: None });
        assert_eq!(plain.zh, "包裹已签收", "{zh}");
    }
}

#[test]
fn places_are_tidied_for_people() {
    for (raw, zh) in [
        ("【广东深圳公司福田区海滨分拨中心】", "广东深圳福田区海滨转运站"),
        ("云港黄村转运站处理中心", "云港黄村转运站"),
        ("云港市邮政速递物流分公司金湾揽投部", "云港市金湾快递网点"),
        ("江河集团有限公司云港市建设路支局", "江河集团云港市建设路邮局"),
        ("云港九湾网点-卢大海", "云港九湾快递网点"),
        ("云港西区网点（经转）", "云港西区快递网点"),
        ("处理中心", "转运站"),
    ] {
        let name = name::tidy(&Table::default_one().words, raw).map(|name| name.zh);
        assert_eq!(name.as_deref(), Some(zh), "{raw}");
    }
    for raw in ["", "【】", "***营业部", "卢**", "下一站", "您的地址", "0999-0000000", "后将尽快安排派送"] {
        assert_eq!(name::tidy(&Table::default_one().words, raw), None, "{raw}");
    }
}

#[test]
fn any_text_is_survived() {
    let long = "发往".repeat(3_000);
    let name = format!("快件到达【{}】", "云".repeat(500));
    let texts = [
        "",
        " ",
        "【",
        "】【",
        "【【【到达】】】",
        "发往：",
        "发往【",
        "\u{0}\u{1b}[31m到达\u{202e}云港",
        "🍌到达🍌🍌发往🍌",
        "到达*",
        "{place}{to}",
        &long,
        &name,
    ];
    for text in texts {
        for (code, ..) in status::ALL {
            let plain = told(code, text, Some(text));
            for sentence in [&plain.zh, &plain.en] {
                assert!(!sentence.is_empty() && sentence.chars().count() <= LONGEST, "{text:.40}: {sentence}");
                assert!(!sentence.contains(|c: char| c.is_control() || c == '\u{202e}' || c == '{'), "{text:.40}: {sentence}");
            }
        }
    }
}
