//! What clerks type: rows, sheets of them, times as they write them; and sheets that nobody should open.

use std::fs;
use std::io::Write as _;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use jiff::Timestamp;
use jiff::tz::Offset;
use reqwest::Method;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use crate::{Reply, TestHost};

/// A moment in seconds since the epoch, as China's clocks show it: `2026-01-20 14:30:00`.
pub fn china(at: i64) -> String {
    let civil = Offset::constant(8).to_datetime(Timestamp::from_second(at).expect("a time of today"));
    format!("{} {}", civil.date(), civil.time())
}

/// So many minutes before now, as China's clocks show it; after now if negative.
pub fn minutes_ago(minutes: i64) -> String {
    china(Timestamp::now().as_second() - minutes * 60)
}

/// Types rows in; the call must be good, the rows need not be.
pub async fn enter(host: &TestHost, carrier: &str, rows: &[Value]) -> Value {
    let request = host.request(Method::POST, "/v1/entries").json(&json!({ "carrier": carrier, "rows": rows }));
    let reply = host.send(request).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

/// Posts a sheet.
pub async fn sheet(host: &TestHost, query: &[(&str, &str)], bytes: Vec<u8>) -> Reply {
    host.send(host.request(Method::POST, "/v1/entries/sheet").query(query).body(bytes)).await
}

/// A workbook of texts, the headings first.
pub fn workbook<'c>(rows: impl IntoIterator<Item = [&'c str; 3]>) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).expect("there is room");
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}

/// The same as CSV, with the line ends of spreadsheet programs.
pub fn csv<'c>(rows: impl IntoIterator<Item = [&'c str; 3]>) -> String {
    rows.into_iter().map(|cells| cells.join(",") + "\r\n").collect()
}

/// A "workbook" of one part with so many zeros, which is listed so many times under other names: a few
/// kilobytes that unpack to gigabytes. Each listing says that it unpacks to `claimed` bytes.
pub fn bomb(zeros: u32, listed: u16, claimed: u32) -> Vec<u8> {
    let content = vec![0; zeros as usize];
    let mut packer = DeflateEncoder::new(vec![], Compression::best());
    packer.write_all(&content).expect("memory takes it");
    let packed = packer.finish().expect("memory takes it");
    let mut crc = Crc::new();
    crc.update(&content);
    // Packed by deflate, on the first day of 1980; a name of eight letters and nothing beside it.
    let facts = |unpacked: u32| {
        let sizes = [crc.sum(), u32::try_from(packed.len()).expect("it is small"), unpacked];
        [&[20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0][..], sizes.map(u32::to_le_bytes).as_flattened(), &[8, 0, 0, 0]].concat()
    };
    let mut bytes = [&b"PK\x03\x04"[..], &facts(zeros), b"xl/00000", &packed].concat();
    let start = bytes.len();
    for nth in 0..listed {
        bytes.extend([&b"PK\x01\x02\x14\0"[..], &facts(claimed), &[0; 14], format!("xl/{nth:05}").as_bytes()].concat());
    }
    let list = [bytes.len() - start, start].map(|size| u32::try_from(size).expect("it is small").to_le_bytes());
    let counts = [listed, listed].map(u16::to_le_bytes);
    bytes.extend([&b"PK\x05\x06\0\0\0\0"[..], counts.as_flattened(), list.as_flattened(), &[0; 2]].concat());
    bytes
}

/// The most memory that the host's process held so far, in megabytes.
pub fn peak_mb(host: &TestHost) -> u64 {
    let config = host.config();
    let words = [&b"serve"[..], config.as_os_str().as_encoded_bytes()];
    let is_host = |entry: &fs::DirEntry| {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        words.iter().all(|word| line.split(|byte| *byte == 0).any(|given| given == *word))
    };
    let process = fs::read_dir("/proc").expect("a list").flatten().find(is_host).expect("the host runs");
    let status = fs::read_to_string(process.path().join("status")).expect("it still runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")).expect("a figure");
    peak.parse::<u64>().expect("a number") >> 10
}
