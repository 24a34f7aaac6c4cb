//! One cell, rendered in several ways: what is there reads the same in all, what is not does not.
//!
//! Which ones was measured on tables that the figures in docs do not use (posthouse-bench ocr).

use super::picture::Grey;

/// Background around the text, and where an engine sees it from near.
const WIDE: usize = 10;
const NARROW: usize = 4;
/// What hangs together in fewer pixels is dust: where the text ends is not told by it.
const DUST: usize = 8;
/// So much around the outermost ink stays.
const KEPT: usize = 4;

/// A cell without the empty room beside its text: an engine that sees much of it reads worse.
pub struct Cell {
    text: Grey,
    ground: u8,
}

impl Cell {
    /// Of a prepared picture.
    pub fn new(prepared: &Grey) -> Self {
        let ground = prepared.ground();
        let room = prepared.widened(WIDE, ground);
        let text = inked(&room).and_then(|(from, size)| room.cut(from, size)).unwrap_or(room);
        Self { text, ground }
    }

    /// What is hashed to know a cell again.
    pub fn text(&self) -> &Grey {
        &self.text
    }

    /// As it is, and in black and white and larger: an engine errs otherwise at another scale.
    pub fn first(&self) -> Vec<Grey> {
        let wide = self.within(WIDE);
        let larger = wide.scaled(1.5).binarised();
        vec![wide, larger]
    }

    /// For a cell the first two are not enough for.
    pub fn more(&self) -> Vec<Grey> {
        let (wide, narrow) = (self.within(WIDE), self.within(NARROW));
        let cleaned = wide.cleaned();
        vec![wide.binarised(), narrow.cleaned(), cleaned.scaled(1.5), narrow.scaled(1.5), cleaned.scaled(0.75)]
    }

    fn within(&self, margin: usize) -> Grey {
        self.text.widened(margin, self.ground)
    }
}

/// Where the ink is, dust left out.
fn inked(picture: &Grey) -> Option<((usize, usize), (usize, usize))> {
    let mut ink: Vec<bool> = picture.binarised().pixels.iter().map(|&pixel| pixel == 0).collect();
    let (mut left, mut top, mut right, mut bottom) = (usize::MAX, usize::MAX, 0, 0);
    for start in 0..ink.len() {
        let piece = taken_out(&mut ink, picture.width, start);
        if piece.len() < DUST {
            continue;
        }
        for (x, y) in piece.into_iter().map(|at| (at % picture.width, at / picture.width)) {
            (left, top, right, bottom) = (left.min(x), top.min(y), right.max(x), bottom.max(y));
        }
    }
    let from = (left.saturating_sub(KEPT), top.saturating_sub(KEPT));
    (left <= right).then(|| (from, (right + KEPT + 1 - from.0, bottom + KEPT + 1 - from.1)))
}

/// The pixels that hang together with this one, which are no ink from now on.
fn taken_out(ink: &mut [bool], width: usize, start: usize) -> Vec<usize> {
    let (mut piece, mut open) = (vec![], vec![start]);
    while let Some(at) = open.pop() {
        if !std::mem::take(&mut ink[at]) {
            continue;
        }
        piece.push(at);
        let (x, y) = (at % width, at / width);
        for near_y in y.saturating_sub(1)..=(y + 1).min(ink.len() / width - 1) {
            open.extend((x.saturating_sub(1)..=(x + 1).min(width - 1)).map(|near_x| near_y * width + near_x));
        }
    }
    piece
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(rows: &[&str]) -> Grey {
        Grey {
            width: rows[0].len(),
            height: rows.len(),
            pixels: rows.iter().flat_map(|r| r.bytes().map(|c| if c == b'#' { 20 } else { 240 })).collect(),
        }
    }

    #[test]
    fn the_room_beside_the_text_and_dust_in_it_go() {
        let empty = "................................";
        let text = "....................#####.......";
        let dusty = "..#.................#####.......";
        let cell = Cell::new(&drawn(&[empty, empty, text, text, dusty, empty, empty]));
        assert_eq!((cell.text.width, cell.text.height), (5 + 2 * KEPT, 3 + 2 * KEPT));
        assert_eq!(cell.text.pixels.iter().filter(|&&p| p == 20).count(), 15);
    }

    #[test]
    fn dust_alone_is_kept() {
        let cell = Cell::new(&drawn(&["......", "..#...", "......"]));
        assert_eq!(cell.text.pixels.iter().filter(|&&p| p == 20).count(), 1);
    }

    #[test]
    fn every_rendering_is_whole() {
        let (empty, line, ends) = ("............", ".##########.", ".###....###.");
        let cell = Cell::new(&drawn(&[empty, line, line, ends, line, line, empty, empty, empty, empty, empty]));
        let all: Vec<Grey> = cell.first().into_iter().chain(cell.more()).collect();
        assert_eq!(all.len(), 7);
        for picture in &all {
            assert_eq!(picture.pixels.len(), picture.width * picture.height);
            assert!(picture.pixels.iter().any(|&p| p < 180) && picture.pixels.iter().any(|&p| p > 200));
        }
        assert!((0..all.len()).all(|n| !all[..n].contains(&all[n])));
    }
}
