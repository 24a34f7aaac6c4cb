//! "V3.2" of Deppon's interface: from one moment on another account counts, each request carries a
//! token, and the old key is off.
//!
//! The number is a story's: no version 3.2 of the real interface is known to us. What it changes is
//! of the kind that the real one changed before: a new code of the customer, a new field of the form.

use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::family::{Family, Pair, Rotation};
use crate::dice::Dice;

/// Where the token of "V3.2" comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum V32Token {
    /// Out of the new account, for ever.
    Static,
    /// Out of the token endpoint. The nastier kind: a new one ends the one before.
    Fetched,
    /// Out of the token endpoint, with a refresh token that rotates; see [`Family`].
    Rotating,
}

/// The change, once there was one. Clocks are milliseconds since 1970, as in a request.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct V32Change {
    pub token: V32Token,
    pub changed_ms: i64,
    /// Until then nobody is answered.
    pub open_ms: i64,
    /// When somebody was first turned away for his account, his digest or his token. The outage is
    /// no refusal.
    pub first_refusal_ms: Option<i64>,
}

/// Whether and when Deppon has changed, and the tokens that are good.
pub struct V32(Mutex<State>);

struct State {
    change: Option<V32Change>,
    dice: Dice,
    token: Option<(String, i64)>,
    family: Family,
    /// Tokens of pairs, all that there ever were.
    issued: Vec<String>,
}

impl V32 {
    pub fn new(seed: u64) -> Self {
        V32(Mutex::new(State {
            change: None,
            dice: Dice::new(seed, &["deppon", "tokens"]),
            token: None,
            family: Family::default(),
            issued: vec![],
        }))
    }

    /// A second change begins anew: its own outage, no refusal yet, no token given out.
    pub fn begin(&self, token: V32Token, now_ms: i64, outage: Duration) {
        let open_ms = now_ms.saturating_add(i64::try_from(outage.as_millis()).unwrap_or(i64::MAX));
        let change = V32Change { token, changed_ms: now_ms, open_ms, first_refusal_ms: None };
        self.with(|state| (state.change, state.token, state.family) = (Some(change), None, Family::default()));
    }

    pub fn change(&self) -> Option<V32Change> {
        self.with(|state| state.change)
    }

    /// Whether it is the night of the change.
    pub fn is_out(&self, now_ms: i64) -> bool {
        self.change().is_some_and(|change| now_ms < change.open_ms)
    }

    pub fn gives_tokens(&self) -> Option<V32Token> {
        self.change().map(|change| change.token).filter(|token| *token != V32Token::Static)
    }

    pub fn issue_token(&self, now_ms: i64, seconds: u64) -> String {
        self.with(|state| {
            let token = state.draw();
            state.token = Some((token.clone(), now_ms + seconds as i64 * 1000));
            token
        })
    }

    /// For a refresh token, or for the app key.
    pub fn issue_pair(&self, refresh: Option<&str>, now_ms: i64, seconds: u64) -> Result<Pair, &'static str> {
        self.with(|state| {
            let lasts_ms = seconds as i64 * 1000;
            let pair = Pair { access: state.draw(), refresh: state.draw(), until_ms: now_ms + lasts_ms, lasts_ms };
            state.issued.extend([pair.access.clone(), pair.refresh.clone()]);
            match refresh {
                Some(token) => state.family.refresh(token, pair.clone(), now_ms)?,
                None => state.family.grant(pair.clone())?,
            }
            Ok(pair)
        })
    }

    pub fn rotation(&self) -> Rotation {
        self.with(|state| state.family.rotation)
    }

    /// Every access and refresh token of a pair until now.
    pub fn issued(&self) -> Vec<String> {
        self.with(|state| state.issued.clone())
    }

    /// As if somebody else had used a dead refresh token.
    pub fn lock(&self) {
        self.with(|state| state.family.rotation.locked = true);
    }

    /// Whether a request with this token, or none, passes. Before the change everything does.
    pub fn admits(&self, token: Option<&str>, of_account: &str, now_ms: i64) -> bool {
        self.with(|state| match state.change.map(|change| change.token) {
            None => true,
            Some(V32Token::Static) => token == Some(of_account),
            Some(V32Token::Fetched) => state.token.as_ref().is_some_and(|(good, until)| token == Some(good) && now_ms < *until),
            Some(V32Token::Rotating) => token.is_some_and(|token| state.family.admits(token, now_ms)),
        })
    }

    /// The fetched token ends now, before its time.
    pub fn expire_token(&self) {
        self.with(|state| {
            state.token = None;
            state.family.expire();
        });
    }

    pub fn note_refusal(&self, now_ms: i64) {
        self.with(|state| {
            if let Some(change) = &mut state.change {
                change.first_refusal_ms.get_or_insert(now_ms);
            }
        });
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().expect("nothing panics under this lock"))
    }
}

impl State {
    fn draw(&mut self) -> String {
        format!("{:016X}{:016X}", self.dice.draw(), self.dice.draw())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NIGHT: i64 = 1_800_000_000_000;

    #[test]
    fn the_outage_ends_at_its_time_and_a_token_at_its_own() {
        let v32 = V32::new(1);
        assert!(!v32.is_out(NIGHT) && v32.admits(None, "", NIGHT));
        v32.begin(V32Token::Fetched, NIGHT, Duration::from_millis(500));
        assert_eq!([0, 499, 500].map(|later| v32.is_out(NIGHT + later)), [true, true, false]);
        let token = v32.issue_token(NIGHT, 2);
        assert_eq!([0, 1999, 2000].map(|later| v32.admits(Some(&token), "", NIGHT + later)), [true, true, false]);
        assert!(!v32.admits(None, "", NIGHT));
    }

    #[test]
    fn the_first_refusal_is_kept_and_a_second_change_begins_anew() {
        let v32 = V32::new(1);
        v32.note_refusal(NIGHT);
        assert!(v32.change().is_none());
        v32.begin(V32Token::Static, NIGHT, Duration::ZERO);
        v32.note_refusal(NIGHT + 3);
        v32.note_refusal(NIGHT + 7);
        assert_eq!(v32.change().unwrap().first_refusal_ms, Some(NIGHT + 3));
        v32.begin(V32Token::Static, NIGHT + 10, Duration::MAX);
        assert_eq!(v32.change().unwrap().first_refusal_ms, None);
        assert!(v32.is_out(i64::MAX - 1));
    }
}
