//! The board as people see it: redrawn in place on a terminal, one line a second elsewhere.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _, stdout};

use jiff::Timestamp;

use crate::board::{Board, percentile};
use crate::clerk::Report;
use crate::page::{clock, mistake, named, page, seconds};

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
        let whole = page(board, &self.signpost, width, Some(height), now);
        for line in whole.lines().take(usize::from(height).saturating_sub(1)) {
            let _ = write!(text, "{line}\x1b[K\r\n");
        }
        text.push_str("\x1b[J");
        let mut out = stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    /// What the host said to a clerk's sheet. On a terminal the page tells it.
    pub fn hear(&mut self, board: &Board, report: &Report) -> anyhow::Result<()> {
        if self.live {
            return Ok(());
        }
        let Report { carrier, file, dry_run, sheet } = report;
        let (did, enters) = if *dry_run { ("tried 试录", "would enter 可录") } else { ("sent 录入", "entered 已录") };
        let (name, mut out) = (named(board, carrier), stdout().lock());
        let (entered, repeated, refused) = (sheet.entered, sheet.repeated, sheet.refused);
        writeln!(
            out,
            "{}  {name} {file} {did}: rows {enters} {entered}, known already 重复 {repeated}, refused 退回 {refused}",
            clock(Timestamp::now())
        )?;
        // A trial has said it already.
        let mistakes = sheet.mistakes().filter(|_| *dry_run);
        for (line, why) in mistakes {
            writeln!(out, "{}", mistake(board, carrier, line, why))?;
        }
        Ok(())
    }

    /// Leaves the last state on the terminal.
    pub fn close(&mut self, board: &Board) -> anyhow::Result<()> {
        if self.once {
            let width = terminal_size::terminal_size().map_or(140, |(w, _)| w.0);
            write!(stdout(), "{}", page(board, &[], width, None, Timestamp::now()))?;
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
        "{}  read {}/{}  under way {}  at the door {}  arrived {} ({} confirmed)  age p50 {} p99 {}  sla {:.1}%  requests {}  pushes {}",
        clock(now),
        all.read,
        all.parcels,
        all.under_way,
        all.at_the_door,
        all.arrived,
        all.confirmed,
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
