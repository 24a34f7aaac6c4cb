//! `posthouse-bench ocr`: of what is drawn, how much is told, and how much of that is right.
//!
//! Tables are invented from seeds: 1 to 20 are for tuning, 1001 to 1020 for telling how well it
//! went. Those of even seeds are noisy. Every field that was told wrongly is listed.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use clap::Args;
use comfy_table::Table as Shown;
use comfy_table::presets::ASCII_MARKDOWN;
use futures::future::try_join_all;
use posthouse::config::Config;
use posthouse::fetch::ocr::{Cell, Drawn, Kind, Knowledge, Ocr};
use posthouse_tests::drawn::{self, FONTS, Field, Look, PHRASES, SIZES, Table};
use regex::Regex;

use crate::Options;

/// Tables that are read at the same time.
const WORKERS: usize = 2;

#[derive(Debug, Args)]
pub struct Accuracy {
    /// Seeds, from here...
    #[arg(long, default_value_t = 1001)]
    from: u64,
    /// ...to here.
    #[arg(long, default_value_t = 1020)]
    to: u64,
}

/// Of one group of fields.
#[derive(Default)]
struct Tally {
    all: usize,
    told: usize,
    wrong: usize,
}

struct Seen {
    seed: u64,
    look: Look,
    table: Table,
    picture: Vec<u8>,
}

/// A reader whose workers are the `posthouse` beside this program.
pub fn reader(options: &Options, workers: usize) -> anyhow::Result<Ocr> {
    let program = options.beside().join("posthouse");
    let toml = format!("[ocr]\nprogram = '{}'\nworkers = {workers}\nlimit = '120s'", program.display());
    Ok(Ocr::new(&Config::with(&toml)?.ocr))
}

pub fn run(options: &Options, accuracy: &Accuracy) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let ocr = reader(options, WORKERS)?;
    let phrases = PHRASES.map(str::to_owned);
    let (mut tallies, mut tables, mut spent) = (BTreeMap::<String, Tally>::new(), 0_u32, Duration::ZERO);
    let mut ahead = drawn_ahead(accuracy.from, accuracy.to).into_iter();
    loop {
        let together = ahead.by_ref().take(WORKERS).collect::<anyhow::Result<Vec<Seen>>>()?;
        if together.is_empty() {
            break;
        }
        let read = together.iter().map(|seen| read(&ocr, seen, &phrases));
        for (seen, (drawn, took)) in together.iter().zip(runtime.block_on(try_join_all(read))?) {
            (tables, spent) = (tables + 1, spent + took);
            seen.table.fields.iter().zip(&drawn).for_each(|(field, drawn)| count(&mut tallies, seen, field, drawn));
        }
    }
    println!("\n{}", shown(&tallies));
    println!("{tables} tables of 80 fields, {:.0} ms a table, seeds {} to {}", ms(spent) / f64::from(tables), accuracy.from, accuracy.to);
    Ok(())
}

async fn read(ocr: &Ocr, seen: &Seen, phrases: &[String]) -> anyhow::Result<(Vec<Drawn>, Duration)> {
    let cells: Vec<Cell> = seen.table.fields.iter().map(|field| field.cell).collect();
    let (numbers, begun) = ([Regex::new(seen.table.number)?], Instant::now());
    let drawn = ocr.read(seen.picture.clone(), &cells, Knowledge { numbers: &numbers, phrases }).await;
    Ok((drawn.map_err(|fault| anyhow::anyhow!("{fault}"))?, begun.elapsed()))
}

/// The browser draws the next tables while one is read.
fn drawn_ahead(from: u64, to: u64) -> Receiver<anyhow::Result<Seen>> {
    let (tell, drawn) = sync_channel(2);
    std::thread::spawn(move || {
        let looks = (from..=to).flat_map(|seed| FONTS.into_iter().flat_map(move |font| SIZES.map(|size| (seed, font, size))));
        for (seed, font, size) in looks {
            let look = Look { font, size, noisy: seed % 2 == 0 };
            let table = drawn::table(seed, look);
            let seen = drawn::picture(&table).map(|picture| Seen { seed, look, table, picture });
            if tell.send(seen.map_err(Into::into)).is_err() {
                return;
            }
        }
    });
    drawn
}

fn count(tallies: &mut BTreeMap<String, Tally>, seen: &Seen, field: &Field, drawn: &Drawn) {
    let Look { font, size, noisy } = seen.look;
    let (noise, name) = (if noisy { "noisy" } else { "clean" }, name(field.cell.kind));
    let told = matches!(drawn, Drawn::Sure(_));
    let wrong = matches!(drawn, Drawn::Sure(text) if *text != field.says);
    let groups = [
        format!("1 all, {name}"),
        format!("2 {noise}, {name}"),
        format!("3 {noise}, {font}"),
        format!("4 {noise}, {size} px"),
        "0 all".into(),
    ];
    for group in groups {
        let tally = tallies.entry(group).or_default();
        *tally = Tally { all: tally.all + 1, told: tally.told + usize::from(told), wrong: tally.wrong + usize::from(wrong) };
    }
    if let (true, Drawn::Sure(text)) = (wrong, drawn) {
        println!("told wrongly: seed {}, {font}, {size} px, {noise}, {name}: `{}` as `{text}`", seen.seed, field.says);
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "waybill",
        Kind::Time => "time",
        Kind::City => "city",
        Kind::Phrase => "status",
        Kind::Digits | Kind::Words => "other",
    }
}

fn shown(tallies: &BTreeMap<String, Tally>) -> Shown {
    let mut table = Shown::new();
    table.load_style(ASCII_MARKDOWN).set_header(["fields", "drawn", "told", "told wrongly", "exact of told"]);
    for (group, Tally { all, told, wrong }) in tallies {
        let share = |part: usize, of: usize| format!("{:.2} %", 100.0 * part as f64 / of.max(1) as f64);
        table.add_row([&group[2..], &all.to_string(), &share(*told, *all), &wrong.to_string(), &share(told - wrong, *told)]);
    }
    table
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
