//! A state that one odd round does not change.

/// Rounds that have to agree.
const ROUNDS: u8 = 2;

/// What a round says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    On,
    Off,
    /// Neither: it stays as it is.
    Between,
}

/// On or off, and how many rounds in a row said otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Latch {
    on: bool,
    against: u8,
}

impl Latch {
    pub fn on() -> Self {
        Self { on: true, against: 0 }
    }

    pub fn is_on(self) -> bool {
        self.on
    }

    pub fn see(&mut self, sign: Sign) {
        let otherwise = if self.on { Sign::Off } else { Sign::On };
        self.against = if sign == otherwise { self.against + 1 } else { 0 };
        if self.against == ROUNDS {
            *self = Self { on: !self.on, against: 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_two_rounds_to_turn() {
        use Sign::{Between, Off, On};
        let mut latch = Latch::default();
        for (sign, is_on) in [
            (On, false),
            (Off, false),
            (On, false),
            (Between, false),
            (On, false),
            (On, true),
            (Off, true),
            (Between, true),
            (Off, true),
            (On, true),
            (Off, true),
            (Off, false),
        ] {
            latch.see(sign);
            assert_eq!(latch.is_on(), is_on, "{sign:?}");
        }
    }
}
