//! Tables of tracks that are invented from a seed and drawn by a browser: what their fields say is known.

use std::fmt::Write as _;
use std::path::Path;

use posthouse::fetch::ocr::{Cell, Kind};

mod browser;
mod invent;

pub use browser::picture;
pub use invent::PHRASES;
use invent::{Dice, Row};

/// Faces that pages in China are drawn with, and two thin ones.
pub const FONTS: [&str; 5] = ["WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Sans CJK SC", "Noto Serif CJK SC", "AR PL UMing CN"];
/// Sizes of text, in CSS pixels.
pub const SIZES: [u32; 2] = [14, 12];
/// Of the page, in CSS pixels.
pub const PAGE: (u32, u32) = (940, ROWS * ROW + 20);

const ROWS: u32 = 20;
const ROW: u32 = 30;
/// Where each column begins, and how wide it is.
const COLUMNS: [(u32, u32, Kind); 4] = [(10, 170, Kind::Number), (190, 180, Kind::Time), (380, 110, Kind::City), (500, 430, Kind::Phrase)];

/// How a table is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub font: &'static str,
    pub size: u32,
    /// With dots, lines and characters that do not stand on their line.
    pub noisy: bool,
}

/// A field of a table: where it is in a picture at device scale 2, and what it says.
#[derive(Debug, Clone)]
pub struct Field {
    pub cell: Cell,
    pub says: String,
}

#[derive(Debug, Clone)]
pub struct Table {
    pub html: String,
    pub fields: Vec<Field>,
    /// Its waybills match it.
    pub number: &'static str,
}

/// The table of a seed: 20 rows of waybill, time, city and status.
pub fn table(seed: u64, look: Look) -> Table {
    let mut dice = Dice::new(seed);
    let number = invent::number_pattern(&mut dice);
    let mut table = Table { html: head(look), fields: vec![], number };
    for row in 0..ROWS {
        let made = Row::invent(&mut dice, number);
        let top = 10 + row * ROW;
        for ((x, width, kind), (drawn, says)) in COLUMNS.into_iter().zip(made.fields()) {
            table.fields.push(Field { cell: Cell { x: x * 2, y: top * 2, width: width * 2, height: ROW * 2, kind }, says });
            write!(table.html, "<div style='left:{x}px;top:{top}px;width:{width}px'>{}</div>", text(&drawn, look, &mut dice))
                .expect("a string");
        }
    }
    if look.noisy {
        table.html.push_str(&noise(&mut dice));
    }
    table
}

fn head(Look { font, size, .. }: Look) -> String {
    format!(
        "<!doctype html><meta charset=utf-8><style>body{{margin:0;background:#fff;color:#333;font:{size}px '{font}'}}\
         div{{position:absolute;height:{ROW}px;line-height:{ROW}px;white-space:nowrap;overflow:hidden}}i{{font-style:normal;position:relative}}\
         svg{{position:absolute;left:0;top:0}}</style>"
    )
}

/// Jitter: one character of five stands half a pixel above or below its line.
fn text(drawn: &str, look: Look, dice: &mut Dice) -> String {
    if !look.noisy {
        return drawn.to_owned();
    }
    let character = |c: char| match dice.below(10) {
        0 => format!("<i style='top:-.5px'>{c}</i>"),
        1 => format!("<i style='top:.5px'>{c}</i>"),
        _ => c.to_string(),
    };
    drawn.chars().map(character).collect()
}

/// Five hundred grey dots, and ten light lines across everything.
fn noise(dice: &mut Dice) -> String {
    let (width, height) = PAGE;
    let mut svg = format!("<svg width={width} height={height}>");
    for _ in 0..500 {
        let (x, y, grey) = (dice.below(width), dice.below(height), 120 + dice.below(90));
        write!(svg, "<rect x={x} y={y} width=1 height=1 fill='rgb({grey},{grey},{grey})'/>").expect("a string");
    }
    for _ in 0..10 {
        let (y, to, grey) = (dice.below(height), dice.below(height), 185 + dice.below(40));
        write!(svg, "<line x1=0 y1={y} x2={width} y2={to} stroke='rgb({grey},{grey},{grey})'/>").expect("a string");
    }
    svg + "</svg>"
}

/// Where the browser is; without it nothing can be drawn.
pub fn has_browser() -> bool {
    Path::new(browser::PROGRAM).exists()
}
