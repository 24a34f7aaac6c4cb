//! One crop at a time: workers that keep their engines, against Tesseract's own command.
//!
//! The command reads once and the worker twice; both have one thread. No crop is shown twice, so
//! nothing comes from memory.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context as _;
use posthouse::fetch::ocr::{Cell, Kind, Knowledge, Ocr};
use posthouse_tests::drawn::{self, FONTS, Look};
use regex::Regex;
use tempfile::TempDir;

use crate::measure::in_turns;
use crate::report::{Figure, Goal, Side};
use crate::{Options, accuracy};

/// Crops a turn.
const CELLS: usize = 16;
const ROWS: usize = 6;
const FIRST_SEED: u64 = 3001;

struct Crop {
    file: PathBuf,
    png: Vec<u8>,
    cell: Cell,
}

pub fn figures(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let ocr = accuracy::reader(options, 1)?;
    let folder = tempfile::tempdir()?;
    let turns = (0..=options.rounds as u64).map(|turn| crops(&folder, FIRST_SEED + turn)).collect::<anyhow::Result<Vec<_>>>()?;
    let goal = Some(Goal::AtMost(1.0 / 3.0));
    let mut figures = vec![];
    for (name, pick) in [("ocr-cell", 0), ("ocr-row", 1)] {
        let (mut ours, mut peers) = (turns.iter().map(|t| &t[pick]), turns.iter().map(|t| &t[pick]));
        let mut worker = || each(ours.next().expect("one a turn"), |crop| runtime.block_on(by_worker(&ocr, crop)));
        let mut command = || each(peers.next().expect("one a turn"), by_command);
        let samples = in_turns(options.rounds, &mut [&mut worker, &mut command]);
        let [ours, peer] = <[_; 2]>::try_from(samples).expect("two sides").map(|samples| Side::new("ms", samples));
        let what = "a crop read twice by a worker that runs / once by the command `tesseract`, one thread each";
        figures.push(Figure::ratio(name, what, ours, peer, goal));
    }
    Ok(figures)
}

/// Milliseconds a crop.
fn each(crops: &[Crop], mut read: impl FnMut(&Crop) -> anyhow::Result<()>) -> f64 {
    let begun = Instant::now();
    crops.iter().for_each(|crop| read(crop).expect("a crop is read"));
    begun.elapsed().as_secs_f64() * 1000.0 / crops.len() as f64
}

async fn by_worker(ocr: &Ocr, crop: &Crop) -> anyhow::Result<()> {
    let knowledge = Knowledge { numbers: &[Regex::new("[A-Z0-9]+")?], phrases: &[] };
    ocr.read(crop.png.clone(), &[crop.cell], knowledge).await.map_err(|fault| anyhow::anyhow!("{fault}"))?;
    Ok(())
}

fn by_command(crop: &Crop) -> anyhow::Result<()> {
    let (model, characters) = match crop.cell.kind {
        Kind::Number => ("eng", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        Kind::Time => ("eng", "0123456789-/:. "),
        _ => ("chi_sim", ""),
    };
    let mut command = Command::new("tesseract");
    command.arg(&crop.file).args(["stdout", "--psm", "7", "-l", model, "-c"]).arg(format!("tessedit_char_whitelist={characters}"));
    let done = command.env("OMP_THREAD_LIMIT", "1").stderr(Stdio::null()).output().context("tesseract does not start")?;
    anyhow::ensure!(done.status.success(), "tesseract: {}", done.status);
    Ok(())
}

/// Cells and whole rows of a seed's table.
fn crops(folder: &TempDir, seed: u64) -> anyhow::Result<[Vec<Crop>; 2]> {
    let table = drawn::table(seed, Look { font: FONTS[0], size: 14, noisy: false });
    let picture = drawn::picture(&table)?;
    let make = |name: String, cell: Cell| {
        let (file, png) = (folder.path().join(format!("{seed}-{name}.png")), cut(&picture, cell)?);
        std::fs::write(&file, &png)?;
        Ok(Crop { file, png, cell: Cell { x: 0, y: 0, ..cell } })
    };
    let fields = table.fields.iter().enumerate();
    let cells = fields.clone().take(CELLS).map(|(nth, field)| make(format!("cell-{nth}"), field.cell)).collect::<anyhow::Result<_>>()?;
    let row = |cell: Cell| Cell { x: 0, width: drawn::PAGE.0 * 2, kind: Kind::Words, ..cell };
    let rows =
        fields.step_by(4).take(ROWS).map(|(nth, field)| make(format!("row-{nth}"), row(field.cell))).collect::<anyhow::Result<_>>()?;
    Ok([cells, rows])
}

/// A part of an RGB picture as a PNG of its own.
fn cut(picture: &[u8], Cell { x, y, width, height, .. }: Cell) -> anyhow::Result<Vec<u8>> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().context("a picture of a size")?];
    let frame = reader.next_frame(&mut pixels)?;
    let deep = frame.color_type.samples();
    let rows = pixels.chunks_exact(frame.line_size).skip(y as usize).take(height as usize);
    let part: Vec<u8> = rows.flat_map(|row| &row[x as usize * deep..(x + width) as usize * deep]).copied().collect();
    let mut bytes = vec![];
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(frame.color_type);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&part)?;
    Ok(bytes)
}
