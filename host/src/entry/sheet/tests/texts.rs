//! CSV as it is found, and CSV that goes back to the clerk.

use encoding_rs::{BIG5, GB18030, WINDOWS_1252};

use super::fixtures::{refusal, rows, text};
use crate::entry::sheet::{Bounds, Cell, MISTAKE, Refused, Row, errors_sheet, open};

const CHINESE: &str = "运单号,状态,地点\r\nTEST1,已揽收,虚构市𠮷祥路\r\n";

fn utf16(text: &str, little: bool) -> Vec<u8> {
    let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
    format!("\u{FEFF}{text}").encode_utf16().flat_map(bytes).collect()
}

#[test]
fn every_encoding_of_spreadsheet_programs_is_read_alike() {
    let gb18030 = GB18030.encode(CHINESE).0.into_owned();
    assert!(std::str::from_utf8(&gb18030).is_err());
    let marked = format!("\u{FEFF}{CHINESE}").into_bytes();
    for bytes in [CHINESE.as_bytes().to_vec(), marked, utf16(CHINESE, true), utf16(CHINESE, false), gb18030] {
        let seen = rows(bytes);
        assert_eq!(seen, [Row { line: 2, cells: vec![text("TEST1"), text("已揽收"), text("虚构市𠮷祥路")] }]);
    }
}

#[test]
fn a_text_half_understood_is_refused() {
    let refused = |bytes: &[u8]| refusal(bytes.to_vec());
    assert!(matches!(refused(b"\xEF\xBB\xBFa,b\xFF\n"), Refused::Encoding));
    assert!(matches!(refused(b"a,b\xFF\n"), Refused::Encoding));
    assert!(matches!(refused(&GB18030.encode(CHINESE).0[..3]), Refused::Encoding));
    assert!(matches!(refused(&utf16("a,b\n", true)[..7]), Refused::Encoding));
    assert!(matches!(refused(b"\xFF\xFEa\x00\x00\xD8b\x00"), Refused::Encoding));
    assert!(matches!(refused("a,b\nc,\u{FFFD}d\n".as_bytes()), Refused::LostCharacter { line: 2 }));
    assert!(matches!(refused(b"a,b\nc\x01,d\n"), Refused::LostCharacter { line: 2 }));
    assert!(matches!(refused(b"a,b\0\n"), Refused::Nul));
    assert!(matches!(refused(&utf16("a,b\n", true)[2..]), Refused::Nul));
    // Accents of Western text are valid GB18030, and nonsense.
    assert!(matches!(refused(&WINDOWS_1252.encode("numéro,état\n").0), Refused::Encoding));
    assert!(matches!(refused(&BIG5.encode("運單號,狀態,地點\n臺灣,繁體,號碼\n").0), Refused::Encoding | Refused::NotASheet));
}

#[test]
fn what_is_no_sheet_is_named() {
    for bytes in [&b"<html><table>"[..], b"%PDF-1.7", b"{\"a\": 1}"] {
        assert!(matches!(refusal(bytes.to_vec()), Refused::NotASheet));
    }
    assert!(matches!(refusal(Vec::new()), Refused::NoHeadings));
    assert!(matches!(refusal(b"\n ,, \n\n".to_vec()), Refused::NoHeadings));
}

#[test]
fn the_headings_tell_what_separates_cells() {
    for sign in [",", ";", "\t"] {
        let sheet = format!("\n{sign}\n\"a,b;\tc\"{sign}b{sign}c\n1,1{sign}2;2{sign}\"3\t3\"\n")
            .replace("1,1", "\"1,1\"")
            .replace("2;2", "\"2;2\"");
        let seen = open(sheet.into_bytes(), Bounds::default()).unwrap();
        assert_eq!(seen.headings(), ["a,b;\tc", "b", "c"], "{sign:?}");
    }
    assert_eq!(open(b"alone\n1\n".to_vec(), Bounds::default()).unwrap().headings(), ["alone"]);
}

#[test]
fn lines_are_counted_as_a_spreadsheet_shows_them() {
    for end in ["\n", "\r\n", "\r"] {
        let sheet = "\n\nno,note\n1,\"two\nlines\n\nof text\"\n\n,\n2,\"he said \"\"no\"\"\"\n\n3,5\" pipe".replace('\n', end);
        let seen = rows(sheet.into_bytes());
        assert_eq!(seen.iter().map(|row| row.line).collect::<Vec<_>>(), [4, 7, 9], "{end:?}");
        assert_eq!(seen[0].cells, [text("1"), text("two\nlines\n\nof text")]);
        assert_eq!(seen[1].cells[1], text("he said \"no\""));
        assert_eq!(seen[2].cells[1], text("5\" pipe"));
    }
}

#[test]
fn a_quotation_mark_that_is_never_closed_swallows_nothing() {
    for sheet in ["a,b\n1,\"2\n3,4\n", "a,b\n1,\"2", "a,b\n1,\"2\n"] {
        assert!(matches!(refusal(sheet.into()), Refused::OpenQuote { line: 2 }));
    }
    assert_eq!(rows(b"a,b\n1,\"2\n\"\n".to_vec())[0].cells, [text("1"), text("2")]);
    assert_eq!(rows(b"a,b\n1,\"\"".to_vec())[0].cells, [text("1"), Cell::Empty]);
}

#[test]
fn digits_that_were_lost_before_are_mistakes() {
    let seen = rows(b"no\n7.31234E+14\n#N/A\n########\n=A1\n\"=\"\"00123\"\"\"\n00123\t\nE+5\n#1\n".to_vec());
    let seen: Vec<Cell> = seen.into_iter().map(|mut row| row.cells.swap_remove(0)).collect();
    let error = |text: &str| Cell::Error(text.to_owned());
    let rounded = Cell::Rounded("7.31234E+14".to_owned());
    assert_eq!(seen, [rounded, error("#N/A"), error("########"), Cell::Formula, text("00123"), text("00123"), text("E+5"), text("#1")]);
}

#[test]
fn bounds_hold_for_text() {
    let lines = |count: usize| format!("no\n{}", "1\n".repeat(count)).into_bytes();
    assert!(matches!(refusal(lines(21)), Refused::TooManyRows { bound: 20 }));
    assert!(open(lines(20), super::fixtures::small()).is_ok());
    assert!(matches!(refusal(b"a\n1,,,,,,,,9\n".to_vec()), Refused::TooManyColumns { bound: 8, line: 2 }));
    assert!(matches!(refusal(format!("a\n{}\n", ",".repeat(20_000)).into_bytes()), Refused::TooManyColumns { .. }));
    assert!(matches!(refusal(vec![b'a'; (1 << 20) + 1]), Refused::TooLarge { .. }));
}

#[test]
fn refused_rows_go_back_harmless_and_come_back_the_same() {
    let cells = ["=1+1", "+86", "-", "@x", "\tx", "'=x", "'plain", "a\n\"b\",c"].map(text).to_vec();
    let mistakes = vec![Cell::Formula, Cell::TooLong, Cell::Rounded("-1.2E+17".to_owned()), Cell::Error("#N/A".to_owned())];
    let headings: Vec<String> = (1..=8).map(|n| format!("h{n}")).collect();
    let first = Row { line: 2, cells };
    let second = Row { line: 3, cells: mistakes };
    let bytes = errors_sheet(&headings, [(&first, "=oops"), (&second, "rounded")].into_iter());

    let plain = String::from_utf8(bytes.clone()).unwrap();
    assert!(plain.starts_with('\u{FEFF}') && plain.ends_with("\r\n"));
    assert!(plain.contains("'=1+1,'+86,'-,'@x,'\tx,''=x,'plain,"), "{plain}");

    let mut sheet = open(bytes, Bounds::default()).unwrap();
    assert_eq!(sheet.headings()[8], MISTAKE);
    let back: Vec<Row> = sheet.rows().unwrap().map(Result::unwrap).collect();
    assert_eq!(back[0].cells[..8], first.cells);
    assert_eq!(back[0].cells[8], text("=oops"));
    assert_eq!(back[1].cells[..4], second.cells);

    // A second round: the column of mistakes is replaced, what stands beside the headings stays there.
    let mut beside = back[0].clone();
    beside.cells.push(text("beside"));
    let again = errors_sheet(sheet.headings(), [(&beside, "still wrong")].into_iter());
    let mut again = open(again, Bounds::default()).unwrap();
    assert_eq!(again.headings().len(), 9);
    let row = again.rows().unwrap().next().unwrap().unwrap();
    assert_eq!(row.cells[8..], [text("still wrong"), text("beside")]);
}
