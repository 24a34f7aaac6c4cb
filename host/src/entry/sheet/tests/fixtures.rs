//! Workbooks written by a library, and workbooks put together part by part where no library would.

use std::io::{Cursor, Write};

use rust_xlsxwriter::{Format, Workbook};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::entry::sheet::{Bounds, Cell, Refused, Row, open};

/// Small enough that a test which reaches them is quick without optimisation, too.
pub fn small() -> Bounds {
    Bounds { bytes: 1 << 20, unpacked: 4 << 20, rows: 20, columns: 8, cell: 50 }
}

pub fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

pub fn rows(bytes: Vec<u8>) -> Vec<Row> {
    let mut sheet = open(bytes, Bounds::default()).unwrap();
    let rows: Vec<Row> = sheet.rows().unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len(), sheet.count());
    rows
}

pub fn refusal(bytes: Vec<u8>) -> Refused {
    open(bytes, small()).unwrap_err()
}

/// A workbook as Excel would save it: headings, texts, a number, a moment.
pub fn good() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, heading) in ["运单号", "时间", "状态", "地点"].iter().enumerate() {
        sheet.write(0, column as u16, *heading).unwrap();
    }
    let moment = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    for row in 1..6 {
        sheet.write(row, 0, format!("TEST{row:09}")).unwrap();
        sheet.write_with_format(row, 1, 45_943.5 + f64::from(row), &moment).unwrap();
        sheet.write(row, 2, "已揽收").unwrap();
        sheet.write(row, 3, "虚构市第一营业部").unwrap();
    }
    workbook.save_to_buffer().unwrap()
}

/// A workbook whose only worksheet has this content within `sheetData`.
pub fn with_cells(cells: &str) -> Vec<u8> {
    zipped(&parts(&format!("<worksheet><sheetData>{cells}</sheetData></worksheet>")))
}

pub fn with_sheet(sheet: &str) -> Vec<u8> {
    zipped(&parts(sheet))
}

pub type Part = (&'static str, String);

/// The fewest parts that are a workbook.
pub fn parts(sheet: &str) -> Vec<Part> {
    const KIND: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relation = |id, kind, target| format!(r#"<Relationship Id="{id}" Type="{KIND}/{kind}" Target="{target}"/>"#);
    let relations = |inner: String| format!("<Relationships>{inner}</Relationships>");
    vec![
        ("_rels/.rels", relations(relation("r1", "officeDocument", "xl/workbook.xml"))),
        ("xl/_rels/workbook.xml.rels", relations(relation("r1", "worksheet", "worksheets/sheet1.xml"))),
        ("xl/workbook.xml", r#"<workbook><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>"#.to_owned()),
        ("xl/worksheets/sheet1.xml", sheet.to_owned()),
    ]
}

pub fn zipped(parts: &[Part]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(*name, options).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// One cell with a text in it.
pub fn cell(place: &str, text: &str) -> String {
    format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}
