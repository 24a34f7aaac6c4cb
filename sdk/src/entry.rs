//! A row that a clerk typed or pasted, as an adapter of tier C reads it ([`Entry`](crate::Entry)).
//!
//! The host hands over what stood in the sheet, under the names below; nothing of it is checked yet.
//! Whoever reads a fault here can mend the row: its detail names the field, the value and what to
//! write instead, in Chinese first.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::typed::{fold, tidy};
use crate::{Event, Fault, Pair, Track, fault, signature, status, time, typed};

pub use crate::typed::number;

/// The waybill number.
pub const NUMBER: &str = "number";
/// When the step was scanned, in China's time.
pub const TIME: &str = "time";
/// The carrier's own word or code for the step.
pub const NODE: &str = "node";
/// The carrier's wording.
pub const TEXT: &str = "text";
/// Where it was scanned.
pub const PLACE: &str = "place";
/// Who signed.
pub const SIGNER: &str = "signer";
/// The clerk's own words. They stay in the row: an event tells what the carrier said.
pub const NOTE: &str = "note";

/// Every field of a row: its name, what a clerk calls it, how many characters it may have.
pub const FIELDS: &[(&str, &str, usize)] = &[
    (NUMBER, "运单号", 40),
    (TIME, "时间", 40),
    (NODE, "节点", 40),
    (TEXT, "说明", 500),
    (PLACE, "地点", 100),
    (SIGNER, "签收人", 40),
    (NOTE, "备注", 200),
];

/// Signing nodes beside such words are two stories; only the clerk knows which is right.
const NOT_SIGNED: &[&str] = &["拒收", "拒签", "未签收", "准备签收"];
/// What comes back is signed by the sender.
const BACK: &[&str] = &["返货", "退回", "退件签收", "退货签收"];

/// What an adapter knows of its carrier's rows.
pub struct Rules {
    /// The carrier's name for a clerk: `跨越速运`.
    pub carrier: &'static str,
    /// The forms of a waybill number: letters, then so many digits. The manifest's `numbers` say the same.
    pub numbers: &'static [(&'static str, RangeInclusive<usize>)],
    /// Nodes that mean signed; the manifest's `sign.codes`.
    pub signed: &'static [&'static str],
}

/// The fields of a row that are filled in.
pub struct Row(BTreeMap<&'static str, String>);

impl Row {
    /// Takes a row as it came: blanks at the ends go and those inside become one. Fields this build
    /// does not know are left aside; of one that comes twice the first that is filled in counts.
    pub fn read(row: Vec<Pair>) -> Result<Self, Fault> {
        let mut filled = BTreeMap::new();
        for Pair { name, value } in row {
            let Some((field, label, most)) = FIELDS.iter().find(|(field, ..)| *field == name) else { continue };
            let value = tidy(&value);
            let length = value.chars().count();
            if length > *most {
                return Err(unreadable(format!("{label}太长（{length} 字），最多 {most} 字 ({field}: at most {most} characters)")));
            }
            if length > 0 {
                filled.entry(*field).or_insert(value);
            }
        }
        if filled.is_empty() {
            return Err(unreadable("这一行是空的，请填写运单号、时间和节点，或删去该行 (row: blank)"));
        }
        Ok(Self(filled))
    }

    /// A field, if it is filled in.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// A field that must be filled in.
    pub fn need(&self, field: &str) -> Result<&str, Fault> {
        self.get(field).ok_or_else(|| {
            let label = FIELDS.iter().find(|(name, ..)| *name == field).map_or(field, |(_, label, _)| label);
            unreadable(format!("缺少{label}，请填写这一栏 ({field}: fill it in)"))
        })
    }

    /// The row as one scan, once its number and time are right. Where there is no wording the node
    /// stands for it; a node the dictionary does not know is read by the wording.
    pub fn event(&self, rules: &Rules) -> Result<Event, Fault> {
        self.check_number(rules)?;
        self.scan(rules.signed)
    }

    /// The row as one scan, whatever its number; `signed` are nodes that mean so.
    pub fn scan(&self, signed: &[&str]) -> Result<Event, Fault> {
        let at = self.time()?;
        let code = self.get(NODE).map(fold).unwrap_or_default();
        let Some(said) = self.get(TEXT).or(self.get(NODE)) else {
            return Err(unreadable("缺少节点，请填写节点或说明，如 签收 (node: write the step or its wording)"));
        };
        let coded = signed.contains(&code.as_str());
        if let Some(word) = NOT_SIGNED.iter().find(|word| coded && said.contains(**word)) {
            return Err(unreadable(format!("节点“{code}”与说明中的“{word}”矛盾，请核对后改正其一 (node: the text denies it)")));
        }
        let signing = coded || ["已签收", "签收人"].iter().any(|word| said.contains(word));
        let text = if signing { self.with_signer(said) } else { said.to_owned() };
        let status = if signing { not_the_customer(&text) } else { None };
        Ok(Event { at, code, status, text, place: self.get(PLACE).map(str::to_owned) })
    }

    /// Refuses a number that cannot be this carrier's.
    fn check_number(&self, rules: &Rules) -> Result<(), Fault> {
        let shown = self.need(NUMBER)?;
        let number = number(shown);
        if number.contains("E+") {
            let why = "被表格改成了科学计数，请把该列设为文本后重填 (number: rounded by the sheet, format the column as text)";
            return Err(unreadable(format!("运单号“{shown}”{why}")));
        }
        let digits = |rest: &str, count: &RangeInclusive<usize>| count.contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_digit());
        if rules.numbers.iter().any(|(letters, count)| number.strip_prefix(letters).is_some_and(|rest| digits(rest, count))) {
            return Ok(());
        }
        let forms: Vec<_> = rules.numbers.iter().map(form).collect();
        let (zh, en) = (forms.join("或"), forms.join(" or "));
        let detail = format!("运单号“{shown}”不是{}的单号，应为{zh}位数字，请核对 (number: {en} digits)", rules.carrier);
        Err(Fault::new(fault::NOT_ELIGIBLE, detail))
    }

    fn time(&self) -> Result<time::Instant, Fault> {
        let shown = self.need(TIME)?;
        typed::time(shown).ok_or_else(|| match typed::time(&format!("{shown} 00:00")) {
            Some(_) => unreadable(format!("时间“{shown}”没有几点几分，请写成 2026-01-20 14:30 (time: a scan has a time of day)")),
            None => unreadable(format!("时间“{shown}”无法识别，请写成 2026-01-20 14:30 (time: write 2026-01-20 14:30)")),
        })
    }

    /// An event has no field for who signed, so the wording tells it, as carriers' own wordings do.
    fn with_signer(&self, said: &str) -> String {
        match self.get(SIGNER) {
            Some(signer) if signature::by(said).as_deref() != Some(signer) => format!("{said}，签收人：{signer}"),
            _ => said.to_owned(),
        }
    }
}

/// The track of a parcel's rows. It is signed only where the customer was: by a signing node, or without
/// a node by the wording; not at a station, and not back at the sender's.
pub fn track(number: &str, events: Vec<Event>, signed: &[&str]) -> Track {
    let signed = events.iter().filter(|e| e.status.is_none()).filter_map(|e| signature::of(e, signed)).max_by_key(|s| s.at);
    Track { number: number.into(), events, signed, odd: vec![], extra: vec![] }
}

/// A status of ours where a signature is a station's or the sender's.
fn not_the_customer(text: &str) -> Option<String> {
    let back = BACK.iter().any(|word| text.contains(word));
    if back { Some(status::RETURNED_TO_SENDER.into()) } else { signature::handed_over(text) }
}

/// `KY+13`, `12-15`.
fn form((letters, digits): &(&str, RangeInclusive<usize>)) -> String {
    let plus = if letters.is_empty() { "" } else { "+" };
    let (least, most) = (digits.start(), digits.end());
    if least == most { format!("{letters}{plus}{least}") } else { format!("{letters}{plus}{least}-{most}") }
}

fn unreadable(detail: impl Into<String>) -> Fault {
    Fault::new(fault::UNREADABLE, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules { carrier: "快易", numbers: &[("AC", 10..=10), ("", 12..=15)], signed: &["签收"] };

    fn enter(fields: &[(&str, &str)]) -> Result<Event, Fault> {
        let row = fields.iter().map(|(name, value)| Pair { name: (*name).into(), value: (*value).into() });
        Row::read(row.collect())?.event(&RULES)
    }

    /// A row that is right but for these fields.
    fn with(fields: &[(&str, &str)]) -> Result<Event, Fault> {
        enter(&[fields, &[("number", "AC0123456789"), ("time", "2026-01-20 14:30")]].concat())
    }

    #[test]
    fn a_row_is_one_scan() {
        let event =
            with(&[("node", " ＡＢ１ "), ("text", "到达  【甲】\n分拨"), ("place", "杭州"), ("note", "电话查询"), ("colour", "red")])
                .unwrap();
        assert_eq!((event.code.as_str(), event.text.as_str(), event.place.as_deref()), ("AB1", "到达 【甲】 分拨", Some("杭州")));
        assert_eq!((event.at, event.status), (1_768_890_600_000, None));
        assert_eq!(with(&[("node", "派送中"), ("text", "")]).unwrap().text, "派送中");
    }

    #[test]
    fn mistakes_say_what_to_write_instead() {
        let long = "长".repeat(501);
        for (fields, told) in [
            (&[("number", "　"), ("time", " ")][..], "这一行是空的，请填写运单号、时间和节点，或删去该行 (row: blank)"),
            (&[("time", "2026-01-20 14:30")], "缺少运单号，请填写这一栏 (number: fill it in)"),
            (&[("number", "AC0123456789")], "缺少时间，请填写这一栏 (time: fill it in)"),
            (&[("number", "AC0123456789"), ("time", "昨天")], "时间“昨天”无法识别，请写成 2026-01-20 14:30 (time: write 2026-01-20 14:30)"),
            (
                &[("number", "AC0123456789"), ("time", "2026年1月20日")],
                "时间“2026年1月20日”没有几点几分，请写成 2026-01-20 14:30 (time: a scan has a time of day)",
            ),
            (&[("text", &long)], "说明太长（501 字），最多 500 字 (text: at most 500 characters)"),
            (
                &[("number", "4.00012E+14")],
                "运单号“4.00012E+14”被表格改成了科学计数，请把该列设为文本后重填 (number: rounded by the sheet, format the column as text)",
            ),
        ] {
            let fault = enter(fields).unwrap_err();
            assert_eq!((fault.code.as_str(), fault.detail.as_str()), (fault::UNREADABLE, told));
        }
        assert_eq!(with(&[]).unwrap_err().detail, "缺少节点，请填写节点或说明，如 签收 (node: write the step or its wording)");
    }

    #[test]
    fn another_carriers_number_is_refused_with_the_forms_of_this_one() {
        for good in ["AC0123456789", "ac 0123456789", "ＡＣ０１２３４５６７８９", "012345678901", "012345678901234"] {
            assert!(enter(&[("number", good), ("time", "2026-01-20 14:30"), ("node", "签收")]).is_ok(), "{good}");
        }
        for bad in ["SF0123456789", "AC012345678", "0123456789012345", "AC01234567八九"] {
            let fault = enter(&[("number", bad), ("time", "2026-01-20 14:30")]).unwrap_err();
            let told = format!("运单号“{bad}”不是快易的单号，应为AC+10或12-15位数字，请核对 (number: AC+10 or 12-15 digits)");
            assert_eq!((fault.code.as_str(), fault.detail), (fault::NOT_ELIGIBLE, told));
        }
    }

    #[test]
    fn only_a_customers_signature_is_one() {
        for (fields, by, status) in [
            (&[("node", "签收"), ("signer", "卫**")][..], Some("卫**"), None),
            (&[("node", "签收"), ("text", "已签收，签收人：卫**"), ("signer", "卫**")], Some("卫**"), None),
            (&[("text", "货物已签收"), ("signer", "卫**")], Some("卫**"), None),
            (&[("node", "签收"), ("signer", "某某驿站")], None, Some(status::DELIVERY_TO_LOCKER)),
            (&[("text", "返货已签收"), ("signer", "发货人")], None, Some(status::RETURNED_TO_SENDER)),
            (&[("node", "派送中"), ("signer", "卫**")], None, None),
        ] {
            let event = with(fields).unwrap();
            assert_eq!(event.status.as_deref(), status, "{event:?}");
            let signed = track("AC0123456789", vec![event], RULES.signed).signed;
            assert_eq!(signed.and_then(|s| s.by).as_deref(), by, "{fields:?}");
        }
        let told = with(&[("node", "签收"), ("text", "客户拒收")]).unwrap_err().detail;
        assert_eq!(told, "节点“签收”与说明中的“拒收”矛盾，请核对后改正其一 (node: the text denies it)");
    }
}
