//! Tokens that rotate. An access token comes with a refresh token; until either of them is used, the
//! pair before is good as well, so that an answer may be lost. Then the pair before is dead, and a
//! dead refresh token locks all of them: somebody else must have it.

use std::collections::HashSet;

use serde::Serialize;

/// An access token and the refresh token that came with it.
#[derive(Clone)]
pub struct Pair {
    pub access: String,
    pub refresh: String,
    pub until_ms: i64,
    pub lasts_ms: i64,
}

/// What became of the pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rotation {
    /// Pairs for the app key.
    pub granted: u64,
    /// Pairs for a refresh token.
    pub refreshed: u64,
    /// … while half of the access token's life was still to come.
    pub early: u64,
    /// Requests whose access token had ended by the clock.
    pub ended: u64,
    pub locked: bool,
}

#[derive(Default)]
pub struct Family {
    pub rotation: Rotation,
    used: Option<Pair>,
    fresh: Option<Pair>,
    dead: HashSet<String>,
}

impl Family {
    /// For the app key: a family of its own, which ends the one before.
    pub fn grant(&mut self, pair: Pair) -> Result<(), &'static str> {
        if self.rotation.locked {
            return Err("3002-locked");
        }
        self.dead.extend(self.used.take().into_iter().chain(self.fresh.take()).map(|pair| pair.refresh));
        self.rotation.granted += 1;
        self.fresh = Some(pair);
        Ok(())
    }

    /// For a refresh token, which is good for one use.
    pub fn refresh(&mut self, token: &str, pair: Pair, now_ms: i64) -> Result<(), &'static str> {
        self.rotation.locked |= self.dead.contains(token);
        if self.rotation.locked {
            return Err("3002-locked");
        }
        self.promote(|fresh| fresh.refresh == token);
        let Some(used) = self.used.as_ref().filter(|used| used.refresh == token) else { return Err("3002-refresh") };
        self.rotation.early += u64::from(used.until_ms - now_ms > used.lasts_ms / 2);
        self.rotation.refreshed += 1;
        self.dead.extend(self.fresh.replace(pair).map(|lost| lost.refresh));
        Ok(())
    }

    pub fn admits(&mut self, token: &str, now_ms: i64) -> bool {
        let ended = |pair: &&Pair| pair.access == token && now_ms >= pair.until_ms;
        self.rotation.ended += self.used.iter().chain(&self.fresh).filter(ended).count() as u64;
        let good = |pair: &Pair| pair.access == token && now_ms < pair.until_ms;
        self.promote(good);
        !self.rotation.locked && self.used.as_ref().is_some_and(good)
    }

    /// Access tokens end before their time.
    pub fn expire(&mut self) {
        self.used.iter_mut().chain(&mut self.fresh).for_each(|pair| pair.until_ms = 0);
    }

    /// The first use of a pair ends the one before.
    fn promote(&mut self, is_used: impl Fn(&Pair) -> bool) {
        if let Some(fresh) = self.fresh.take_if(|fresh| is_used(fresh)) {
            self.dead.extend(self.used.replace(fresh).map(|before| before.refresh));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(nth: u32) -> Pair {
        Pair { access: format!("A{nth}"), refresh: format!("R{nth}"), until_ms: 100, lasts_ms: 100 }
    }

    #[test]
    fn an_answer_may_be_lost_and_a_dead_token_locks_all() {
        let mut family = Family::default();
        family.grant(pair(1)).unwrap();
        assert!(family.admits("A1", 0) && !family.admits("A2", 0) && !family.admits("A1", 100));
        family.refresh("R1", pair(2), 90).unwrap();
        assert!(family.admits("A1", 99), "the new one is not used yet");
        family.refresh("R1", pair(3), 90).unwrap();
        assert!(!family.admits("A2", 0) && family.admits("A3", 0) && !family.admits("A1", 0));
        assert_eq!(family.refresh("R9", pair(4), 90), Err("3002-refresh"));
        assert_eq!(family.refresh("R3", pair(4), 10), Ok(()));
        assert_eq!(family.rotation, Rotation { granted: 1, refreshed: 3, early: 1, ended: 1, locked: false });
        assert_eq!(family.refresh("R1", pair(5), 90), Err("3002-locked"));
        assert!(!family.admits("A4", 0) && family.grant(pair(5)).is_err() && family.refresh("R4", pair(5), 90).is_err());
    }

    #[test]
    fn using_a_refresh_token_ends_the_one_before() {
        let mut family = Family::default();
        family.grant(pair(1)).unwrap();
        family.refresh("R1", pair(2), 90).unwrap();
        family.refresh("R2", pair(3), 90).unwrap();
        assert_eq!(family.refresh("R1", pair(4), 90), Err("3002-locked"));
    }
}
