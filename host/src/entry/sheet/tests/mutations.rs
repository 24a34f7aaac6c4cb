//! A good workbook, damaged in a few hundred ways: each is read or refused, none panics or hangs.

use std::io::{Cursor, Read};
use std::time::{Duration, Instant};

use super::fixtures::{good, small, zipped};
use crate::entry::sheet::open;

const SLOW: Duration = Duration::from_secs(10);

/// The same numbers every time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

fn reads_or_refuses(bytes: Vec<u8>) -> bool {
    let start = Instant::now();
    let read = open(bytes, small()).is_ok_and(|mut sheet| sheet.rows().unwrap().all(|row| row.is_ok()));
    assert!(start.elapsed() < SLOW);
    read
}

#[test]
fn three_hundred_damaged_files_neither_panic_nor_hang() {
    let (whole, mut dice) = (good(), Dice(0x9E37_79B9_7F4A_7C15));
    for number in 0..300 {
        let mut bytes = whole.clone();
        match number % 4 {
            0 => bytes.truncate(dice.below(whole.len())),
            1 => bytes.drain(..dice.below(whole.len())).for_each(drop),
            _ => (0..=dice.below(8)).for_each(|_| {
                let at = dice.below(whole.len());
                bytes[at] ^= 1 << dice.below(8);
            }),
        }
        reads_or_refuses(bytes);
    }
}

/// Damage under intact checksums reaches the reader of workbooks itself.
#[test]
fn six_hundred_damaged_parts_neither_panic_nor_hang() {
    let mut archive = zip::ZipArchive::new(Cursor::new(good())).unwrap();
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name: &'static str = entry.name().unwrap().into_owned().leak();
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        parts.push((name, content));
    }
    assert!(reads_or_refuses(zipped(&parts)));
    let (mut dice, mut read) = (Dice(0xD1B5_4A32_D192_ED03), 0);
    for _ in 0..600 {
        let mut damaged = parts.clone();
        let part = dice.below(damaged.len());
        damaged[part].1 = damage(&damaged[part].1, &mut dice);
        read += usize::from(reads_or_refuses(zipped(&damaged)));
    }
    // Some damage matters to nobody; if none did, nothing would have been tried.
    assert!((1..600).contains(&read), "{read}");
}

/// Puts one sign in the place of another, repeats a piece or cuts one out.
fn damage(content: &str, dice: &mut Dice) -> String {
    let mut signs: Vec<char> = content.chars().collect();
    let at = dice.below(signs.len());
    let end = (at + dice.below(40)).min(signs.len());
    match dice.below(3) {
        0 => signs[at] = ['<', '>', '"', '9', 'Z', '&', '/', '-', ':', ' '][dice.below(10)],
        1 => signs.splice(at..at, signs[at..end].to_vec()).for_each(drop),
        _ => signs.drain(at..end).for_each(drop),
    }
    signs.into_iter().collect()
}
