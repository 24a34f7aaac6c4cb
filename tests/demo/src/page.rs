//! The whole board as a page of text.

use std::fmt::Write as _;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use jiff::Timestamp;

use crate::board::{Board, Figures, News, percentile};
use crate::hub::Parcel;

/// A page for a screen of this size: what does not fit is left out, from the news first. Without a
/// height it is whole.
pub fn page(board: &Board, signpost: &[String], width: u16, height: Option<u16>, now: Timestamp) -> String {
    let all = board.figures(None, now);
    let mut text = format!("Posthouse  {}  {} {}/{} read 已查\n", clock(now), bar(all.read, all.parcels), all.read, all.parcels);
    let _ = writeln!(text, "{}", table(board, width, now));
    let mut below = by_hand(board, height.map_or(usize::MAX, |_| SOME));
    below.extend(signatures(board, &all));
    let fixed = text.lines().count() + below.len() + signpost.len() + 2;
    let room = height.map_or(usize::MAX, |height| usize::from(height).saturating_sub(fixed));
    for news in &board.news[board.news.len().saturating_sub(room)..] {
        let _ = writeln!(text, "{}", fit(told(board, news), width));
    }
    let cut = |line: String| if height.is_some() { fit(line, width) } else { line };
    below.into_iter().for_each(|line| text.extend([cut(line), "\n".into()]));
    if !signpost.is_empty() {
        text.push('\n');
    }
    signpost.iter().for_each(|line| text.extend([line, "\n"]));
    text
}

/// Refused rows that a screen shows; the rest is in the sheet that goes back to the clerk.
const SOME: usize = 2;

/// What clerks wrote down of carriers that tell nothing to a machine.
fn by_hand(board: &Board, most: usize) -> Vec<String> {
    let told = &board.by_hand;
    if told.entered + told.repeated + told.refused == 0 {
        return vec![];
    }
    let mut lines = vec![format!(
        "by hand 手工录入  rows entered 已录 {}, known already 重复 {}, refused 退回 {}",
        told.entered, told.repeated, told.refused
    )];
    let newest = &told.mistakes[told.mistakes.len().saturating_sub(most)..];
    lines.extend(newest.iter().map(|(carrier, line, why)| mistake(board, carrier, *line, why)));
    lines
}

/// A refused row, with what to write instead.
pub fn mistake(board: &Board, carrier: &str, line: u32, why: &str) -> String {
    format!("  refused 退回  {} line {line}: {why}", named(board, carrier))
}

/// How far signatures are trusted, and what a customer reads.
fn signatures(board: &Board, all: &Figures) -> Vec<String> {
    let counts = [all.confirmed, all.provisional, all.doubted];
    if counts == [0; 3] {
        return vec![];
    }
    let [confirmed, provisional, doubted] = counts;
    let mut lines = vec![format!("signed 签收  confirmed 可信 {confirmed}, provisional 待核实 {provisional}, doubted 存疑 {doubted}")];
    let open = [("provisional 待核实", board.signed("provisional")), ("doubted 存疑", board.signed("doubted"))];
    lines.extend(open.iter().filter_map(|(level, parcel)| Some(reason(board, level, (*parcel)?))));
    let shown = open[0].1.or(open[1].1).or_else(|| board.signed("confirmed"));
    if let Some(parcel) = shown {
        lines.push(format!("customer reads 客户看到  {} {}", named(board, &parcel.carrier), parcel.number));
        lines.push(format!("  {}", parcel.message.zh));
        lines.push(format!("  {}", parcel.message.en));
    }
    lines
}

fn reason(board: &Board, level: &str, parcel: &Parcel) -> String {
    let reason = parcel.verdict.iter().flat_map(|verdict| &verdict.reasons).next();
    let why = reason.map(|reason| format!(": {} / {}", reason.zh, reason.en)).unwrap_or_default();
    format!("  {level}  {} {}{why}", named(board, &parcel.carrier), parcel.number)
}

fn table(board: &Board, width: u16, now: Timestamp) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    let header = [
        "carrier",
        "parcels",
        "read\n已查",
        "under\nway\n运输中",
        "at the\ndoor\n派送",
        "arrived\n已签收",
        "confirmed\n可信",
        "age\np50",
        "age\np99",
        "sla\nkept",
        "requests",
        "pushes",
    ];
    table.set_header(header);
    for carrier in &board.carriers {
        let name = format!("{} {}", carrier.names.zh, carrier.names.en);
        let mut cells = row(name, &board.figures(Some(&carrier.id), now));
        if carrier.is_by_hand() {
            cells[REQUESTS] = "by hand".into();
        }
        table.add_row(cells);
    }
    table.add_row(row("all".into(), &board.figures(None, now)));
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}

/// The column.
const REQUESTS: usize = 10;

fn row(name: String, of: &Figures) -> Vec<String> {
    let age = |share| percentile(&of.ages, share).map_or("-".into(), seconds);
    let mut cells = vec![name];
    cells.extend([of.parcels, of.read, of.under_way, of.at_the_door, of.arrived, of.confirmed].map(|n| n.to_string()));
    cells.extend([age(0.50), age(0.99), format!("{:.1} %", of.kept_percent())]);
    cells.extend([of.counts.requests, of.counts.pushes.accepted].map(|n| n.to_string()));
    cells
}

fn told(board: &Board, news: &News) -> String {
    // Some carriers say the place in the text, too.
    let place = news.place.as_deref().filter(|p| !p.split(' ').all(|part| news.text.contains(part)));
    let place = place.map(|p| format!("【{p}】")).unwrap_or_default();
    let (at, text) = (clock(news.received_at), news.text.replace('\n', " "));
    format!("{at}  {} {}  {:<18} {place}{text}", named(board, &news.carrier), news.number, news.status)
}

/// What of a line fits. Chinese characters take two columns; half as many of them always fit.
fn fit(line: String, width: u16) -> String {
    let mut columns = 0;
    let fits = |c: &char| {
        columns += if c.is_ascii() { 1 } else { 2 };
        columns < width
    };
    line.chars().take_while(fits).collect()
}

pub fn named<'b>(board: &'b Board, carrier: &'b str) -> &'b str {
    board.names(carrier).map_or(carrier, |names| &names.zh)
}

fn bar(done: usize, all: usize) -> String {
    const LENGTH: usize = 24;
    let full = (done * LENGTH).checked_div(all).unwrap_or(0).min(LENGTH);
    format!("{}{}", "█".repeat(full), "░".repeat(LENGTH - full))
}

/// In China, where the parcels are.
pub fn clock(at: Timestamp) -> String {
    jiff::tz::Offset::constant(8).to_datetime(at).time().round(jiff::Unit::Second).unwrap_or_default().to_string()
}

pub fn seconds(ms: i64) -> String {
    format!("{:.1} s", ms as f64 / 1000.0)
}
