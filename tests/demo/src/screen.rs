//! The board as people see it: redrawn in place on a terminal, one line a second elsewhere.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _, stdout};

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use jiff::Timestamp;

use crate::board::{Board, Figures, News, percentile};

pub struct Screen {
    signpost: Vec<String>,
    live: bool,
    /// The demo ends by itself and leaves the table behind.
    once: bool,
}

const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

impl Screen {
    pub fn open(signpost: Vec<String>, once: bool) -> Self {
        let live = stdout().is_terminal() && !once;
        if live {
            print!("{ENTER}");
        } else {
            signpost.iter().for_each(|line| println!("{line}"));
        }
        Self { signpost, live, once }
    }

    pub fn draw(&mut self, board: &Board) -> anyhow::Result<()> {
        let now = Timestamp::now();
        if !self.live {
            return Ok(writeln!(stdout(), "{}", line(board, now))?);
        }
        let (width, height) = terminal_size::terminal_size().map_or((140, 40), |(w, h)| (w.0, h.0));
        let mut text = String::from("\x1b[H");
        let whole = page(board, &self.signpost, width, now);
        for line in whole.lines().take(usize::from(height).saturating_sub(1)) {
            let _ = write!(text, "{line}\x1b[K\r\n");
        }
        text.push_str("\x1b[J");
        let mut out = stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    /// Leaves the last state on the terminal.
    pub fn close(&mut self, board: &Board) -> anyhow::Result<()> {
        if self.once {
            let width = terminal_size::terminal_size().map_or(140, |(w, _)| w.0);
            write!(stdout(), "{}", page(board, &[], width, Timestamp::now()))?;
        }
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.live {
            print!("{LEAVE}");
            let _ = stdout().flush();
        }
    }
}

fn line(board: &Board, now: Timestamp) -> String {
    let all = board.figures(None, now);
    let age = |share| percentile(&all.ages, share).map_or("-".into(), seconds);
    let mut text = format!(
        "{}  read {}/{}  under way {}  at the door {}  arrived {}  age p50 {} p99 {}  sla {:.1}%  requests {}  pushes {}",
        clock(now),
        all.read,
        all.parcels,
        all.under_way,
        all.at_the_door,
        all.arrived,
        age(0.50),
        age(0.99),
        all.kept_percent(),
        all.counts.requests,
        all.counts.pushes.accepted,
    );
    if let Some(news) = board.news.last() {
        let _ = write!(text, "  | {} {} {}", named(board, &news.carrier), news.number, news.text);
    }
    text
}

fn page(board: &Board, signpost: &[String], width: u16, now: Timestamp) -> String {
    let all = board.figures(None, now);
    let mut text = format!("Posthouse  {}  {} {}/{} read 已查\n", clock(now), bar(all.read, all.parcels), all.read, all.parcels);
    let _ = writeln!(text, "{}", table(board, width, now));
    for news in &board.news {
        let _ = writeln!(text, "{}", told(board, news, usize::from(width)));
    }
    if !signpost.is_empty() {
        text.push('\n');
    }
    for line in signpost {
        let _ = writeln!(text, "{line}");
    }
    text
}

fn table(board: &Board, width: u16, now: Timestamp) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    let header = [
        "carrier",
        "parcels",
        "read\n已查",
        "under way\n运输中",
        "at the door\n派送",
        "arrived\n已签收",
        "age p50",
        "age p99",
        "sla kept",
        "requests",
        "pushes",
    ];
    table.set_header(header);
    for carrier in &board.carriers {
        let name = format!("{} {}", carrier.names.zh, carrier.names.en);
        table.add_row(row(name, &board.figures(Some(&carrier.id), now)));
    }
    table.add_row(row("all".into(), &board.figures(None, now)));
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}

fn row(name: String, of: &Figures) -> Vec<String> {
    let age = |share| percentile(&of.ages, share).map_or("-".into(), seconds);
    let mut cells = vec![name];
    cells.extend([of.parcels, of.read, of.under_way, of.at_the_door, of.arrived].map(|n| n.to_string()));
    cells.extend([age(0.50), age(0.99), format!("{:.1} %", of.kept_percent())]);
    cells.extend([of.counts.requests, of.counts.pushes.accepted].map(|n| n.to_string()));
    cells
}

fn told(board: &Board, news: &News, width: usize) -> String {
    // Some carriers say the place in the text, too.
    let place = news.place.as_deref().filter(|p| !p.split(' ').all(|part| news.text.contains(part)));
    let place = place.map(|p| format!("【{p}】")).unwrap_or_default();
    let text = format!(
        "{}  {} {}  {:<18} {place}{}",
        clock(news.received_at),
        named(board, &news.carrier),
        news.number,
        news.status,
        news.text.replace('\n', " ")
    );
    // Chinese characters take two columns; half as many of them always fit.
    let mut columns = 0;
    let fits = |c: &char| {
        columns += if c.is_ascii() { 1 } else { 2 };
        columns < width
    };
    text.chars().take_while(fits).collect()
}

fn named<'b>(board: &'b Board, carrier: &'b str) -> &'b str {
    board.names(carrier).map_or(carrier, |names| &names.zh)
}

fn bar(done: usize, all: usize) -> String {
    const LENGTH: usize = 24;
    let full = (done * LENGTH).checked_div(all).unwrap_or(0).min(LENGTH);
    format!("{}{}", "█".repeat(full), "░".repeat(LENGTH - full))
}

/// In China, where the parcels are.
fn clock(at: Timestamp) -> String {
    jiff::tz::Offset::constant(8).to_datetime(at).time().round(jiff::Unit::Second).unwrap_or_default().to_string()
}

fn seconds(ms: i64) -> String {
    format!("{:.1} s", ms as f64 / 1000.0)
}
