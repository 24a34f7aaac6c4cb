//! Which push channels are proven alive.
//!
//! A push proves its account's channel; so does a look at a subscribed parcel that found nothing
//! new. A look that found what no push had told disproves it. What is not proven is silent.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use crate::fault::Instant;
use crate::parcel::Account;

/// In memory only: after a restart every channel has to prove itself again.
pub struct Channels {
    silence: Duration,
    alive: Mutex<HashMap<Account, Instant>>,
}

impl Channels {
    pub fn new(silence: Duration) -> Self {
        Self { silence, alive: Mutex::default() }
    }

    pub fn proven(&self, account: &Account, now: Instant) {
        self.alive.lock().expect("no panic inside").insert(account.clone(), now);
    }

    /// Nothing is proven any more.
    pub fn forget(&self) {
        self.alive.lock().expect("no panic inside").clear();
    }

    /// True if it had been thought alive.
    pub fn disproven(&self, account: &Account) -> bool {
        self.alive.lock().expect("no panic inside").remove(account).is_some()
    }

    /// When it was last proven, if that is not too long ago.
    pub fn alive(&self, account: &Account, now: Instant) -> Option<Instant> {
        let at = *self.alive.lock().expect("no panic inside").get(account)?;
        (now - at < i64::try_from(self.silence.as_millis()).unwrap_or(i64::MAX)).then_some(at)
    }

    /// Accounts whose channel fell silent since the last call; each is named once.
    pub fn fallen_silent(&self, now: Instant) -> Vec<Account> {
        let silence = i64::try_from(self.silence.as_millis()).unwrap_or(i64::MAX);
        let mut alive = self.alive.lock().expect("no panic inside");
        let silent: Vec<_> = alive.iter().filter(|(_, at)| now - **at >= silence).map(|(a, _)| a.clone()).collect();
        alive.retain(|account, _| !silent.contains(account));
        silent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_alive_only_while_it_is_proven() {
        let (channels, account) = (Channels::new(Duration::from_millis(100)), Account::new("acme", "main"));
        assert_eq!(channels.alive(&account, 0), None, "unknown is silent");
        channels.proven(&account, 10);
        assert_eq!(channels.alive(&account, 109), Some(10));
        assert_eq!(channels.fallen_silent(109), vec![]);
        assert_eq!(channels.fallen_silent(110), vec![account.clone()]);
        assert_eq!(channels.fallen_silent(110), vec![], "named once");
        channels.proven(&account, 200);
        assert!(channels.disproven(&account));
        assert_eq!(channels.alive(&account, 201), None);
    }
}
