//! What holds for any person and any secret.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn name() -> impl Strategy<Value = String> {
    let surname = prop::sample::select("张王李赵陈林黄周吴徐孙马朱胡郭何高罗".chars().collect::<Vec<_>>());
    let given =
        prop::collection::vec(prop::sample::select("伟娜敏静丽强磊洋艳勇军杰娟涛超秀霞刚桂英斌波栋园".chars().collect::<Vec<_>>()), 1..3);
    (surname, given).prop_map(|(surname, given)| [surname].into_iter().chain(given).collect())
}

fn phone() -> impl Strategy<Value = String> {
    ("1[389][0-9]", "[0-9]{4}", "[0-9]{4}").prop_map(|parts| format!("{}{}{}", parts.0, parts.1, parts.2))
}

/// A carrier's answer in a text, in a form and in XML.
fn bodies(name: &str, phone: &str, secret: &str) -> Vec<String> {
    let inner = json!({
        "billCode": "SF1900000000001", "signMan": name, "courierPhone": phone, "time": "2026-01-18 10:20:09", "weight": 1.5,
        "traces": [{ "desc": format!("派件员【{name}】({phone})正在派件") }, { "desc": format!("已由{name}签收") }, { "desc": "本人签收" }],
        "echo": format!("key={secret}"), "seen": STANDARD.encode(secret),
    });
    let text = inner.to_string();
    vec![
        text.clone(),
        json!({ "apiResultData": text, "ok": true }).to_string(),
        format!("data={}&msg_type=Traces", posthouse_sdk::http::form_encode(&text)),
        format!("<Response><empName>{name}</empName><remark>快递员：{name}，电话{phone}</remark></Response>"),
        json!({ "content": STANDARD.encode(&text) }).to_string(),
        format!("<html><body><p>签收人：{name}，电话 {phone}</p><script>var a = {text};</script></body></html>"),
    ]
}

/// All that a reader could find without a key.
fn unfolded(text: &str) -> String {
    let mut all = text.to_owned();
    let plain = percent(text);
    for word in plain.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c))).filter(|word| word.len() > 7) {
        if let Some(inner) = STANDARD.decode(word).ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
            let _ = write!(all, "\n{inner}");
        }
    }
    all + "\n" + &plain
}

fn percent(text: &str) -> String {
    let pairs: Value = Value::from(text);
    let text = pairs.as_str().unwrap_or_default();
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let two: Option<[u8; 2]> = (byte == b'%').then(|| bytes.clone().next_chunk_of_two()).flatten();
        match two.and_then(|two| u8::from_str_radix(std::str::from_utf8(&two).ok()?, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                bytes.nth(1);
            }
            None => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

trait Two {
    fn next_chunk_of_two(self) -> Option<[u8; 2]>;
}

impl<I: Iterator<Item = u8>> Two for I {
    fn next_chunk_of_two(mut self) -> Option<[u8; 2]> {
        Some([self.next()?, self.next()?])
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn nothing_of_a_person_or_a_secret_remains(name in name(), phone in phone(), secret in "[A-Za-z0-9+/&中]{10,24}") {
        let redactor = Redactor::new(SALT, vec![("key".to_owned(), secret.clone())], vec!["SF1900000000001".to_owned()]);
        for body in bodies(&name, &phone, &secret) {
            let found = String::from_utf8(redactor.body(body.as_bytes())).unwrap();
            let seen = unfolded(&found);
            for gone in [&name, &phone, &secret, &STANDARD.encode(&secret), &phone[3..].to_owned()] {
                prop_assert!(!seen.contains(gone.as_str()), "{gone} in\n{found}");
            }
            let again = Redactor::new(SALT, vec![("key".to_owned(), secret.clone())], vec!["SF1900000000001".to_owned()]);
            prop_assert_eq!(String::from_utf8(again.body(found.as_bytes())).unwrap(), found);
        }
    }

    #[test]
    fn the_same_person_is_the_same_everywhere(name in name(), phone in phone()) {
        let body: Value = serde_json::from_str(&bodies(&name, &phone, "none-of-them")[0]).unwrap();
        let found: Value = serde_json::from_slice(&redactor(SALT).body(body.to_string().as_bytes())).unwrap();
        same_shape(&body, &found);
        let (who, number) = (found["signMan"].as_str().unwrap(), found["courierPhone"].as_str().unwrap());
        prop_assert_eq!(who.chars().count(), name.chars().count());
        prop_assert!(number.len() == 11 && (number.ends_with(&phone[7..]) == phone.ends_with("1234")));
        prop_assert_eq!(found["traces"][0]["desc"].as_str().unwrap(), format!("派件员【{who}】({number})正在派件"));
        prop_assert_eq!(found["traces"][1]["desc"].as_str().unwrap(), format!("已由{who}签收"));
        prop_assert_eq!((&found["billCode"], &found["time"], &found["weight"]), (&body["billCode"], &body["time"], &body["weight"]));
        let another = redactor(SALT).body(format!("{{\"operatorName\":\"{name}\"}}").as_bytes());
        prop_assert_eq!(String::from_utf8(another).unwrap(), format!("{{\"operatorName\":\"{who}\"}}"));
    }

    #[test]
    fn another_salt_gives_other_stand_ins(name in name(), phone in phone()) {
        let line = format!("派件员【{name}】({phone})正在派件");
        let two = |salt| [redactor(salt).text(&line), redactor(salt).field("phone", &phone)];
        prop_assert_ne!(two(SALT), two([8; 32]));
    }

    #[test]
    fn any_text_stays_readable_and_settles(text in "[ -~张三李四签收人：由【】的员派件路号室*0-9138]{0,60}") {
        let body = json!({ "remark": text, "name": text, "address": text, "phone": text, "list": [text, 1.50, null] });
        let found = redactor(SALT).body(body.to_string().as_bytes());
        let after: Value = serde_json::from_slice(&found).unwrap();
        same_shape(&body, &after);
        let again: Value = serde_json::from_slice(&redactor(SALT).body(&found)).unwrap();
        prop_assert_eq!(again, after);
    }
}
