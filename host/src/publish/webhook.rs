//! A webhook: where to, what it wants, what it signs with.

use serde::{Deserialize, Serialize};

use super::Keys;
use crate::fault::Instant;
use crate::parcel::Account;
use crate::store::Letter;

/// Why a webhook is off that somebody turned off.
pub const BY_HAND: &str = "somebody turned it off";

/// Somebody who is told of changes.
#[derive(Debug, Clone)]
pub struct Webhook {
    pub id: String,
    pub name: String,
    pub url: String,
    pub wants: Wants,
    /// Accounts that its maker may see; none: all.
    pub scope: Option<Vec<String>>,
    pub keys: Keys,
    pub created_at: Instant,
    /// Up to where the outbox was sorted for it.
    pub sorted: i64,
    /// Why it is off.
    pub off_why: Option<String>,
    pub off_at: Option<Instant>,
    /// When it last took a letter.
    pub good_at: Option<Instant>,
}

impl Webhook {
    /// Whether its courier may go on as it is.
    pub fn sends_as(&self, other: &Self) -> bool {
        self.url == other.url && self.keys == other.keys
    }

    /// Whether a letter goes to it.
    pub fn takes(&self, letter: &Letter) -> bool {
        self.wants.takes(letter) && may_see(self.scope.as_deref(), &letter.account)
    }
}

/// What somebody wants to hear of. An empty list wants all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wants {
    /// A status, or what one begins with: `in_transit` wants `in_transit.linehaul`, too.
    pub statuses: Vec<String>,
    pub carriers: Vec<String>,
    pub accounts: Vec<String>,
}

impl Wants {
    pub fn takes(&self, letter: &Letter) -> bool {
        let among = |list: &[String], what: &str| list.is_empty() || list.iter().any(|own| own == what);
        let status = letter.payload["status"].as_str().unwrap_or_default();
        let of_status = |own: &String| status.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        among(&self.carriers, &letter.account.carrier)
            && among(&self.accounts, &letter.account.name)
            && (self.statuses.is_empty() || self.statuses.iter().any(of_status))
    }
}

/// Whether a scope of accounts holds this one.
pub fn may_see(scope: Option<&[String]>, account: &Account) -> bool {
    scope.is_none_or(|own| own.iter().any(|name| **name == *account.name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::parcel::ParcelKey;

    fn letter(carrier: &str, account: &str, status: &str) -> Letter {
        Letter {
            key: 1,
            at: 0,
            kind: "parcel.events".into(),
            payload: json!({ "status": status }),
            parcel: ParcelKey(1),
            id: String::new(),
            account: Account::new(carrier, account),
            number: String::new(),
        }
    }

    #[test]
    fn an_empty_wish_wants_all_and_a_status_its_kinds() {
        let wants = |statuses: &[&str]| Wants { statuses: statuses.iter().map(|s| (*s).into()).collect(), ..Wants::default() };
        assert!(Wants::default().takes(&letter("acme", "main", "delivered")));
        assert!(wants(&["in_transit"]).takes(&letter("acme", "main", "in_transit.linehaul")));
        assert!(!wants(&["in_transit.linehaul"]).takes(&letter("acme", "main", "in_transit")));
        assert!(!wants(&["deliver"]).takes(&letter("acme", "main", "delivered")));
        let both = Wants { carriers: vec!["acme".into()], accounts: vec!["east".into()], ..Wants::default() };
        assert!(both.takes(&letter("acme", "east", "lost")) && !both.takes(&letter("acme", "main", "lost")));
        assert!(may_see(None, &Account::new("acme", "main")) && !may_see(Some(&["east".into()]), &Account::new("acme", "main")));
    }
}
