//! Keys made from a vault key that must outlive it.
//!
//! Carriers have push addresses in their settings, masks must stay the same, and a link of the
//! audit verifies with the key that made it. A rotation carries these on, sealed in the database.

use anyhow::Context as _;

use super::Vault;
use crate::parcel::Account;

type Root = [u8; 32];

/// What hangs on a key and is not sealed anew.
pub struct Roots {
    push: Root,
    scrub: Root,
    /// Each with the last link that it made, ascending; the vault's own makes the others.
    audit: Vec<(i64, Root)>,
    present: Root,
}

impl Roots {
    /// The vault's own, but for what was carried on from an older key.
    pub fn of(vault: &Vault, carried: &[String]) -> anyhow::Result<Self> {
        let (push, scrub, present) = (vault.derive("push"), vault.derive("scrub"), vault.derive("audit"));
        let mut roots = Self { push, scrub, audit: vec![], present };
        for line in carried {
            roots.take(line).context("a root of the vault is not what was written")?;
        }
        roots.audit.sort();
        Ok(roots)
    }

    fn take(&mut self, line: &str) -> Option<()> {
        let mut words = line.split(' ');
        let (purpose, last, digits) = (words.next()?, words.next()?.parse().ok()?, words.next()?);
        let mut root = Root::default();
        hex::decode_to_slice(digits, &mut root).ok()?;
        match purpose {
            "push" => self.push = root,
            "scrub" => self.scrub = root,
            "audit" => self.audit.push((last, root)),
            _ => return None,
        }
        Some(())
    }

    /// What another key has to carry on, if the audit ends with this link. What a root is for
    /// stands inside of the seal: a row that is changed or moved does not open.
    pub fn to_carry(&self, last: i64) -> Vec<String> {
        let line = |purpose: &str, last: i64, root: &Root| format!("{purpose} {last} {}", hex::encode(root));
        let mut lines = vec![line("push", 0, &self.push), line("scrub", 0, &self.scrub), line("audit", last, &self.present)];
        lines.extend(self.audit.iter().map(|(last, root)| line("audit", *last, root)));
        lines
    }

    /// The secret part of the address an account's carrier pushes to.
    pub fn push_path(&self, account: &Account) -> String {
        let hash = blake3::keyed_hash(&self.push, account.to_string().as_bytes());
        hex::encode(&hash.as_bytes()[..20])
    }

    /// What personal numbers are masked with.
    pub fn scrub(&self) -> &Root {
        &self.scrub
    }

    /// What makes the next link of the audit.
    pub fn audit(&self) -> Root {
        self.present
    }

    /// What made a link of the audit.
    pub fn audit_of(&self, seq: i64) -> &Root {
        self.audit.iter().find(|(last, _)| seq <= *last).map_or(&self.present, |(_, root)| root)
    }
}
