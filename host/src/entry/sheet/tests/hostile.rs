//! Workbooks made to take memory, time or trust.

use super::fixtures::{cell, good, parts, refusal, small, with_cells, with_sheet, zipped};
use crate::entry::sheet::{Bounds, Refused, open};

fn with_part(name: &'static str, content: String) -> Vec<u8> {
    let mut parts = parts(&format!(r#"<worksheet><sheetData><row r="1">{}</row></sheetData></worksheet>"#, cell("A1", "a")));
    parts.retain(|(other, _)| *other != name);
    parts.push((name, content));
    zipped(&parts)
}

fn word(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

/// One entry, listed many times: a few kilobytes that unpack to gigabytes. Each listing claims `claim` bytes if given.
pub fn bomb(inflated: usize, listed: usize, claim: Option<u32>) -> Vec<u8> {
    let one = zipped(&[("xl/a.bin", "\0".repeat(inflated))]);
    let end = one.len() - 22;
    let start = word(&one, end + 16);
    let mut bytes = one[..start].to_vec();
    for number in 0..listed {
        let mut entry = one[start..end].to_vec();
        let name = format!("xl/{number:05}");
        entry[46..54].copy_from_slice(name.as_bytes());
        if let Some(claim) = claim {
            entry[24..28].copy_from_slice(&claim.to_le_bytes());
        }
        bytes.extend(entry);
    }
    let size = bytes.len() - start;
    let mut tail = one[end..].to_vec();
    tail[8..10].copy_from_slice(&(listed as u16).to_le_bytes());
    tail[10..12].copy_from_slice(&(listed as u16).to_le_bytes());
    tail[12..16].copy_from_slice(&(size as u32).to_le_bytes());
    bytes.extend(tail);
    bytes
}

#[test]
fn a_bomb_is_refused_whether_it_boasts_or_lies() {
    let boasting = bomb(1 << 20, 400, None);
    assert!(boasting.len() < 42_000, "{}", boasting.len());
    assert!(matches!(refusal(boasting), Refused::UnpacksToTooMuch { .. }));
    let lying = refusal(bomb(1 << 20, 400, Some(10)));
    assert!(matches!(lying, Refused::UnpacksToTooMuch { .. } | Refused::Broken { .. }), "{lying}");
    let listed = refusal(bomb(1, 5_000, None));
    assert!(matches!(listed, Refused::UnpacksToTooMuch { .. }), "{listed}");
    // A part that is read as XML is weighed the same.
    let spaces = with_cells(&" <row/>".repeat(800_000));
    assert!(spaces.len() < 42_000);
    assert!(matches!(refusal(spaces), Refused::UnpacksToTooMuch { .. }));
}

/// Whatever the list of entries said before.
#[test]
fn what_comes_out_is_counted_as_it_comes() {
    use crate::entry::sheet::part;
    assert_eq!(part::skip(&[0; 100][..], 101).unwrap(), Some(1));
    assert_eq!(part::skip(std::io::repeat(0), 1 << 20).unwrap(), None);
    assert_eq!(part::read(&b"<a> </a>"[..], 100).unwrap(), Some(100 - 8 - 16));
    let endless = std::io::Read::chain(&b"<a>"[..], std::io::repeat(b' '));
    assert_eq!(part::read(endless, 1 << 19).unwrap(), None);
    let endless = std::io::Read::chain(&b"<a>"[..], std::io::repeat(b' '));
    assert!(matches!(part::read(endless, 1 << 22), Err(Refused::Broken { reason }) if reason == "a cell is endless"));
}

#[test]
fn what_the_reader_would_keep_is_charged() {
    let styles = format!("<styleSheet><cellXfs>{}</cellXfs></styleSheet>", "<xf/>".repeat(3_000));
    assert!(matches!(refusal(with_part("xl/styles.xml", styles)), Refused::UnpacksToTooMuch { .. }));
    let texts = format!("<sst>{}</sst>", "<si/>".repeat(100_000));
    assert!(matches!(refusal(with_part("xl/sharedStrings.xml", texts)), Refused::UnpacksToTooMuch { .. }));
    for count in ["40000000000", "18446744073709551615"] {
        let texts = format!(r#"<sst uniqueCount="{count}"><si><t>a</t></si></sst>"#);
        assert!(matches!(refusal(with_part("xl/sharedStrings.xml", texts)), Refused::UnpacksToTooMuch { .. }));
    }
    let font = format!(r#"<styleSheet><fonts><font><name val="{}"/></font></fonts></styleSheet>"#, "x".repeat(2_000));
    assert!(matches!(refusal(with_part("xl/styles.xml", font)), Refused::Broken { .. }));
}

#[test]
fn a_cell_has_an_end() {
    let endless = "x".repeat(2 << 20);
    let pieces = "<r><t>x&amp;</t></r>".repeat(100_000);
    for content in [endless.clone(), format!("<!--{endless}-->"), format!("<![CDATA[{endless}]]>")] {
        let refused = refusal(with_cells(&format!(r#"<row r="1"><c r="A1" t="inlineStr"><is><t>{content}</t></is></c></row>"#)));
        assert!(matches!(&refused, Refused::Broken { reason } if reason == "a cell is endless"), "{refused}");
    }
    let rich = with_cells(&format!(r#"<row r="1"><c r="A1" t="inlineStr"><is>{pieces}</is></c></row>"#));
    assert!(matches!(refusal(rich), Refused::Broken { reason } if reason == "a cell is endless"));
    let deep = with_cells(&"<row>".repeat(10_000));
    assert!(matches!(refusal(deep), Refused::Broken { reason } if reason == "a part is nested too deep"));
}

#[test]
fn a_sheet_that_claims_too_many_rows_is_refused_unread() {
    let heading = format!(r#"<row r="1">{}</row>"#, cell("A1", "a"));
    let sparse = format!(r#"{heading}<row r="1048576">{}</row>"#, cell("A1048576", "x"));
    assert!(matches!(open(with_cells(&sparse), Bounds::default()), Err(Refused::TooManyRows { bound: 50_000 })));
    let blank = format!(r#"{heading}<row r="60"><c r="A60" s="1"/></row>"#);
    assert!(matches!(refusal(with_cells(&blank)), Refused::TooManyRows { bound: 20 }));
    let claimed = format!(r#"<worksheet><dimension ref="A1:C1048576"/><sheetData>{heading}</sheetData></worksheet>"#);
    assert!(matches!(open(with_sheet(&claimed), Bounds::default()), Err(Refused::TooManyRows { .. })));
    // Twenty rows below headings in line 3 are twenty rows.
    let row = |line: usize| format!(r#"<row r="{line}">{}</row>"#, cell(&format!("A{line}"), "x"));
    assert_eq!(open(with_cells(&(3..=23).map(row).collect::<String>()), small()).unwrap().count(), 20);
    assert!(matches!(refusal(with_cells(&(3..=24).map(row).collect::<String>())), Refused::TooManyRows { .. }));
    let wide = with_cells(&format!(r#"<row r="1">{}{}</row>"#, cell("A1", "a"), cell("XFD1", "x")));
    assert!(matches!(refusal(wide), Refused::TooManyColumns { bound: 8, line: 1 }));
}

#[test]
fn places_that_do_not_exist_are_refused_not_counted_with() {
    for place in ["ZZZZZZZZZZZZ1", "A99999999999", "A", "1", "", "A0", "A-1", "Ä1"] {
        let refused = refusal(with_cells(&format!(r#"<row r="1"><c r="{place}"><v>1</v></c></row>"#)));
        assert!(matches!(refused, Refused::Broken { .. }), "{place}: {refused}");
    }
    let backwards = r#"<worksheet><dimension ref="B2:A1"/><sheetData/></worksheet>"#;
    assert!(matches!(refusal(with_sheet(backwards)), Refused::Broken { .. }));
    let disordered = format!(r#"<row r="2">{}</row><row r="1">{}</row>"#, cell("A2", "x"), cell("A1", "a"));
    assert!(matches!(refusal(with_cells(&disordered)), Refused::Broken { .. }));
    let shared = format!(r#"<row r="1">{}<c r="B1"><f t="shared" si="18446744073709551615" ref="B1">1</f></c></row>"#, cell("A1", "a"));
    assert!(matches!(refusal(with_cells(&shared)), Refused::Heading { column: 2 }));
}

#[test]
fn entities_are_not_declared_and_not_expanded() {
    let mut bomb = String::from(r#"<!DOCTYPE x [<!ENTITY a0 "lol">"#);
    for n in 1..10 {
        bomb += &format!(r#"<!ENTITY a{n} "{}">"#, format!("&a{};", n - 1).repeat(10));
    }
    let sheet = format!(r#"{bomb}]><worksheet><sheetData><row r="1">{}</row></sheetData></worksheet>"#, cell("A1", "&a9;"));
    assert!(matches!(refusal(with_sheet(&sheet)), Refused::Declarations));
    let outside = r#"<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><worksheet><sheetData/></worksheet>"#;
    assert!(matches!(refusal(with_sheet(outside)), Refused::Declarations));
    let undeclared = with_cells(&format!(r#"<row r="1">{}</row>"#, cell("A1", "&a9;")));
    assert!(matches!(refusal(undeclared), Refused::Broken { .. }));
}

#[test]
fn other_formats_and_locked_workbooks_are_named() {
    let compound = |name: &str| {
        let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
        bytes.resize(1_024, 0);
        bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    };
    assert!(matches!(refusal(compound("Workbook")), Refused::OtherFormat { format: "an old .xls" }));
    assert!(matches!(refusal(compound("EncryptedPackage")), Refused::Encrypted));
    let zip = |names: &[&'static str]| zipped(&names.iter().map(|name| (*name, "<a/>".to_owned())).collect::<Vec<_>>());
    assert!(matches!(refusal(zip(&["mimetype", "content.xml"])), Refused::OtherFormat { format: "an .ods" }));
    assert!(matches!(refusal(zip(&["xl/workbook.bin"])), Refused::OtherFormat { format: "an .xlsb" }));
    assert!(matches!(refusal(zip(&["word/document.xml"])), Refused::NotASheet));
    assert!(matches!(refusal(zip(&[])), Refused::NotASheet));
    assert!(matches!(refusal(zip(&["xl/other.xml"])), Refused::Broken { .. }));
    // The flag of a locked entry, in both places where it stands.
    let mut locked = zip(&["xl/workbook.xml"]);
    let start = word(&locked, locked.len() - 22 + 16);
    locked[6] |= 1;
    locked[start + 8] |= 1;
    assert!(matches!(refusal(locked), Refused::Encrypted));
    let whole = good();
    assert!(matches!(open(whole[..whole.len() / 2].to_vec(), Bounds::default()), Err(Refused::Broken { .. })));
}

#[test]
fn a_worksheet_hides_in_no_other_part() {
    let mut parts = parts("<worksheet/>");
    parts[1].1 = parts[1].1.replace("sheet1.xml", "sheet1.png");
    assert!(matches!(refusal(zipped(&parts)), Refused::Broken { .. }));
}

#[test]
fn a_lost_character_in_a_workbook_is_refused() {
    let lost = |text: &str| refusal(with_cells(&format!(r#"<row r="1">{}</row>"#, cell("A1", text))));
    for text in ["a\u{FFFD}", "_xD800_", "_x0000_", "_x0007_"] {
        assert!(matches!(lost(text), Refused::LostCharacter { line: 1 }), "{text}");
    }
}
