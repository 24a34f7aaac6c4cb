//! Workbooks as clerks save them.

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use super::fixtures::{cell, good, parts, refusal, rows, text, with_cells, zipped};
use crate::entry::sheet::{Bounds, Cell, Refused, open};

/// A workbook of one column, as the cells below its heading come out.
fn column(write: impl Fn(&mut rust_xlsxwriter::Worksheet)) -> Vec<Cell> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write(0, 0, "heading").unwrap();
    write(sheet);
    rows(workbook.save_to_buffer().unwrap()).into_iter().map(|mut row| row.cells.swap_remove(0)).collect()
}

#[test]
fn a_good_workbook_gives_headings_lines_and_what_the_clerk_sees() {
    let mut sheet = open(good(), Bounds::default()).unwrap();
    assert_eq!(sheet.headings(), ["运单号", "时间", "状态", "地点"]);
    let first = sheet.rows().unwrap().next().unwrap().unwrap();
    assert_eq!(first.line, 2);
    assert_eq!(first.cells, [text("TEST000000001"), text("2025-10-14 12:00:00"), text("已揽收"), text("虚构市第一营业部")]);
    assert_eq!(sheet.rows().unwrap().count(), 5);
    assert_eq!(sheet.count(), 5);
}

#[test]
fn a_file_beyond_the_bound_is_refused() {
    let narrow = Bounds { bytes: 100, ..Bounds::default() };
    assert!(matches!(open(good(), narrow), Err(Refused::TooLarge { bound: 100 })));
}

#[test]
fn numbers_are_told_with_all_digits_or_not_at_all() {
    let numbers = [73_123_456_789_012.0, 123_456_789_012_345.0, 1_234_567_890_123_456.0, 123_456_789_012_345_000.0, 12.5, 0.1 + 0.2, -0.0];
    let seen = column(|sheet| {
        for (row, number) in numbers.iter().enumerate() {
            sheet.write(row as u32 + 1, 0, *number).unwrap();
        }
    });
    let rounded = |text: &str| Cell::Rounded(text.to_owned());
    assert_eq!(
        seen,
        [
            text("73123456789012"),
            text("123456789012345"),
            rounded("1.23456789012346E+15"),
            rounded("1.23456789012345E+17"),
            text("12.5"),
            text("0.3"),
            text("0"),
        ]
    );
}

#[test]
fn moments_are_told_in_both_systems_of_dates() {
    let moment = Format::new().set_num_format("yyyy/m/d h:mm");
    let duration = Format::new().set_num_format("[h]:mm:ss");
    let seen = column(|sheet| {
        let date = ExcelDateTime::parse_from_str("2024-02-29T23:59:59").unwrap();
        sheet.write_with_format(1, 0, &date, &moment).unwrap();
        // Fourteen thirty, as five digits keep it.
        sheet.write_with_format(2, 0, 45943.60417, &moment).unwrap();
        sheet.write_with_format(3, 0, 0.5, &moment).unwrap();
        sheet.write_with_format(4, 0, 1.5, &duration).unwrap();
        sheet.write_with_format(5, 0, -1.0, &moment).unwrap();
    });
    let wrong = Cell::Error("########".to_owned());
    assert_eq!(seen, [text("2024-02-29 23:59:59"), text("2025-10-13 14:30:00"), text("12:00:00"), text("36:00:00"), wrong]);

    let styles = r#"<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>"#;
    let mut parts = parts(&format!(
        r#"<worksheet><sheetData><row r="1">{}</row><row r="2"><c r="A2" s="1"><v>44481.5</v></c></row></sheetData></worksheet>"#,
        cell("A1", "时间")
    ));
    parts[2].1 = parts[2].1.replace("<sheets>", r#"<workbookPr date1904="1"/><sheets>"#);
    parts.push(("xl/styles.xml", styles.to_owned()));
    assert_eq!(rows(zipped(&parts))[0].cells, [text("2025-10-13 12:00:00")]);
}

#[test]
fn a_formula_is_never_believed() {
    let seen = column(|sheet| {
        sheet.write(1, 0, Formula::new("=1+1").set_result("2")).unwrap();
        sheet.write(2, 0, "=1+1").unwrap();
        sheet.write(3, 0, "+86 10 0000").unwrap();
    });
    assert_eq!(seen, [Cell::Formula, Cell::Formula, text("+86 10 0000")]);
    // A shared formula stands in its first cell; the others only point at it.
    let shared = r#"<row r="2"><c r="A2"><f t="shared" ref="A2:A3" si="0">1+1</f><v>2</v></c></row>
        <row r="3"><c r="A3"><f t="shared" si="0"/><v>2</v></c></row><row r="4"><c r="A4"><f/><v>2</v></c></row>"#;
    let seen = rows(with_cells(&format!(r#"<row r="1">{}</row>{shared}"#, cell("A1", "heading"))));
    assert!(seen.iter().all(|row| row.cells == [Cell::Formula]), "{seen:?}");
    assert_eq!(seen.len(), 3);
    // The second cell of an array formula looks like a value.
    let array = r#"<row r="1"><c r="A1"><f t="array" ref="A1:A2">B1:B2</f><v>2</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>"#;
    assert!(matches!(refusal(with_cells(array)), Refused::ArrayFormula));
}

#[test]
fn truth_errors_and_blanks_come_out_as_seen() {
    let cells = format!(
        r#"<row r="3">{}{}</row>
        <row r="5"><c r="A5" t="b"><v>1</v></c><c r="B5" t="e"><v>#N/A</v></c></row>
        <row r="6"><c r="A6" s="1"/>{}</row>
        <row r="9">{}{}{}</row>"#,
        cell("A3", "one"),
        cell("B3", "two"),
        cell("B6", "&#160; \u{3000}"),
        cell("A9", "\u{FEFF}&#160;left\u{200B} over&#160;"),
        cell("B9", &"x".repeat(2_001)),
        cell("D9", "beside"),
    );
    let rows = rows(with_cells(&cells));
    assert_eq!(rows[0].cells, [text("TRUE"), Cell::Error("#N/A".to_owned())]);
    assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [5, 9]);
    assert_eq!(rows[1].cells, [text("left over"), Cell::TooLong, Cell::Empty, text("beside")]);
}

#[test]
fn the_first_visible_worksheet_is_read_and_macros_lie_still() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_hidden(true).write(0, 0, "hidden").unwrap();
    workbook.add_worksheet().set_active(true).write(0, 0, "seen").unwrap();
    workbook.add_worksheet().write(0, 0, "third").unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    assert_eq!(open(bytes, Bounds::default()).unwrap().headings(), ["seen"]);

    let mut parts = parts(&format!(r#"<worksheet><sheetData><row r="1">{}</row></sheetData></worksheet>"#, cell("A1", "seen")));
    parts.push(("xl/vbaProject.bin", "Sub Auto_Open()".to_owned()));
    parts.push(("xl/externalLinks/externalLink1.xml", "<externalLink/>".to_owned()));
    let link = r#"<Relationships><Relationship Id="r1" Type="x/externalLinkPath" Target="https://example.invalid/a.xlsx" TargetMode="External"/></Relationships>"#;
    parts.push(("xl/externalLinks/_rels/externalLink1.xml.rels", link.to_owned()));
    assert_eq!(open(zipped(&parts), Bounds::default()).unwrap().headings(), ["seen"]);

    parts[2].1 = parts[2].1.replace("sheetId", r#"state="veryHidden" sheetId"#);
    assert!(matches!(refusal(zipped(&parts)), Refused::NoWorksheet));
}

#[test]
fn headings_stand_once_and_are_text() {
    let headings = |cells: &str| refusal(with_cells(&format!(r#"<row r="1">{cells}</row>"#)));
    assert!(matches!(headings(""), Refused::NoHeadings));
    assert!(matches!(headings(&(cell("A1", "No") + &cell("C1", " NO "))), Refused::HeadingTwice { heading } if heading == "NO"));
    assert!(matches!(headings(r#"<c r="B1"><f>1</f><v>1</v></c>"#), Refused::Heading { column: 2 }));
    let blank = with_cells(&format!(r#"<row r="1">{}{}</row>"#, cell("A1", "a"), cell("D1", "d")));
    assert_eq!(open(blank, Bounds::default()).unwrap().headings(), ["a", "", "", "d"]);
}
