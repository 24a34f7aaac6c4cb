//! What SF's gateway remembers between requests.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;

use crate::dice::Dice;

/// How many request ids are remembered; SF's own figure is not known.
const REMEMBERED: usize = 100_000;

pub struct Memory {
    seen: Mutex<Seen>,
    tokens: Mutex<Tokens>,
}

#[derive(Default)]
struct Seen {
    ids: HashSet<u64>,
    order: VecDeque<u64>,
}

struct Tokens {
    dice: Dice,
    until_ms: HashMap<String, i64>,
}

impl Memory {
    pub fn new(seed: u64) -> Self {
        let tokens = Tokens { dice: Dice::new(seed, &["tokens"]), until_ms: HashMap::new() };
        Memory { seen: Mutex::default(), tokens: Mutex::new(tokens) }
    }

    pub fn issue_token(&self, now_ms: i64, seconds: u64) -> String {
        let mut tokens = self.tokens.lock().expect("tokens do not panic");
        tokens.until_ms.retain(|_, until| *until > now_ms);
        let token = format!("{:016X}{:016X}", tokens.dice.draw(), tokens.dice.draw());
        tokens.until_ms.insert(token.clone(), now_ms + seconds as i64 * 1000);
        token
    }

    pub fn knows_token(&self, token: &str, now_ms: i64) -> bool {
        self.tokens.lock().expect("tokens do not panic").until_ms.get(token).is_some_and(|until| *until > now_ms)
    }

    /// All tokens end now, before their time.
    pub fn expire_tokens(&self) {
        self.tokens.lock().expect("tokens do not panic").until_ms.clear();
    }

    /// Remembers a request id. False if it was known.
    pub fn is_new(&self, request_id: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        request_id.hash(&mut hasher);
        self.seen.lock().expect("remembering does not panic").note(hasher.finish())
    }
}

impl Seen {
    fn note(&mut self, id: u64) -> bool {
        let new = self.ids.insert(id);
        if new {
            self.order.push_back(id);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_hundred_thousand_ids_are_remembered() {
        let mut seen = Seen::default();
        assert!((0..=REMEMBERED as u64).all(|id| seen.note(id)));
        assert!(!seen.note(1), "still remembered");
        assert!(seen.note(0), "forgotten");
        assert_eq!((seen.ids.len(), seen.order.len()), (REMEMBERED, REMEMBERED));
    }
}
