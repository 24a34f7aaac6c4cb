//! What was read lately, by the pixels: a page seen again costs its new rows only.

use std::collections::HashMap;

use super::frame::{Alphabet, Pass};
use super::picture::Grey;

/// Most cells that are remembered: of some fifty pages.
const CELLS: usize = 4096;

pub type Key = (Alphabet, bool, [u8; 32]);

/// The least lately used goes first, half of all at a time.
#[derive(Default)]
pub struct Cache {
    cells: HashMap<Key, (u64, Vec<Pass>)>,
    uses: u64,
}

impl Cache {
    /// By a hash nobody can make collide: pixels come from strangers.
    pub fn key(cell: &Grey, alphabet: Alphabet, again: bool) -> Key {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(cell.width as u64).to_le_bytes());
        hasher.update(&cell.pixels);
        (alphabet, again, hasher.finalize().into())
    }

    pub fn get(&mut self, key: &Key) -> Option<Vec<Pass>> {
        self.uses += 1;
        let (used, passes) = self.cells.get_mut(key)?;
        *used = self.uses;
        Some(passes.clone())
    }

    pub fn put(&mut self, key: Key, passes: Vec<Pass>) {
        if self.cells.len() >= CELLS {
            let mut uses: Vec<_> = self.cells.values().map(|(used, _)| *used).collect();
            let (_, middle, _) = uses.select_nth_unstable(CELLS / 2);
            let middle = *middle;
            self.cells.retain(|_, (used, _)| *used > middle);
        }
        self.uses += 1;
        self.cells.insert(key, (self.uses, passes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(n: usize) -> Vec<Pass> {
        vec![Pass { text: n.to_string(), sure: 90 }]
    }

    fn key(n: usize) -> Key {
        Cache::key(&Grey { width: 1, height: 1, pixels: n.to_le_bytes().into() }, Alphabet::Clock, false)
    }

    #[test]
    fn it_is_bounded_and_keeps_what_is_used() {
        let mut cache = Cache::default();
        for n in 0..3 * CELLS {
            cache.put(key(n), pass(n));
            assert_eq!(cache.get(&key(0)), Some(pass(0)));
        }
        assert!(cache.cells.len() <= CELLS);
        assert_eq!(cache.get(&key(3 * CELLS - 1)), Some(pass(3 * CELLS - 1)));
        assert_eq!(cache.get(&key(1)), None);
    }

    #[test]
    fn the_same_pixels_in_another_shape_or_alphabet_are_another_cell() {
        let cell = |width| Grey { width, height: 6 / width, pixels: vec![7; 6] };
        assert_ne!(Cache::key(&cell(2), Alphabet::Clock, false), Cache::key(&cell(3), Alphabet::Clock, false));
        assert_ne!(Cache::key(&cell(2), Alphabet::Clock, false), Cache::key(&cell(2), Alphabet::Digits, false));
    }
}
