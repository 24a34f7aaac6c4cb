//! The two imports: uses of secrets, each checked against the manifest, and a few log lines.

use std::str::FromStr as _;

use posthouse_sdk::manifest::Use;
use posthouse_sdk::{digest, seal};
use subtle::ConstantTimeEq as _;

use super::call::Call;
use super::contract::posthouse::adapter::{credential, log, types};
use super::edge::{self, Crosses};
use super::types::{Piece, Slot};

impl types::Host for Call {}

impl log::Host for Call {
    fn write(&mut self, level: String, text: String) {
        self.log(&level, &text);
    }
}

impl credential::Host for Call {
    fn public(&mut self, name: String) -> Option<String> {
        told("public", self.secrets.public(&name).map(|value| String::from_str(value).unwrap_or_default()))
    }

    fn digest(&mut self, alg: String, parts: Vec<Piece>) -> Result<Vec<u8>, String> {
        told("digest", self.digested(&alg, &parts))
    }

    fn hmac(&mut self, alg: String, key: Slot, parts: Vec<Piece>) -> Result<Vec<u8>, String> {
        told("hmac", self.keyed(&alg, &key, &parts))
    }

    fn verify(&mut self, scheme: String, key: Option<Slot>, parts: Vec<Piece>, expected: Vec<u8>) -> Result<bool, String> {
        told("verify", self.verified(&scheme, key, &parts, &expected))
    }

    fn open(&mut self, scheme: String, key: Slot, sealed: Vec<u8>) -> Result<Vec<u8>, String> {
        told("open", self.opened(&scheme, &key, &sealed))
    }
}

/// Every answer of an import goes this way, so that whoever watches the edge sees it.
fn told<T: Crosses>(function: &str, answer: T) -> T {
    edge::watch(function, &answer);
    answer
}

impl Call {
    fn digested(&mut self, alg: &str, parts: &[Piece]) -> Result<Vec<u8>, String> {
        let bytes = self.bytes(parts, &Use::Digest(alg.to_owned()))?;
        digest::digest(alg, &bytes)
    }

    fn keyed(&mut self, alg: &str, key: &Slot, parts: &[Piece]) -> Result<Vec<u8>, String> {
        let used = Use::Hmac(alg.to_owned());
        let key = self.value(key, &used)?;
        let bytes = self.bytes(parts, &used)?;
        digest::hmac(alg, &key, &bytes)
    }

    fn verified(&mut self, scheme: &str, key: Option<Slot>, parts: &[Piece], expected: &[u8]) -> Result<bool, String> {
        let used = Use::Verify(scheme.to_owned());
        if scheme == "wechat-sha1" {
            return self.verify_sorted(parts, &used, expected);
        }
        let bytes = self.bytes(parts, &used)?;
        let found = match key {
            Some(key) => digest::hmac(scheme, &self.value(&key, &used)?, &bytes)?,
            None => digest::digest(scheme, &bytes)?,
        };
        Ok(self.matches(&found, expected))
    }

    /// Sorting by value stands only here: anywhere else it would be a search for the secret.
    fn verify_sorted(&mut self, parts: &[Piece], used: &Use, expected: &[u8]) -> Result<bool, String> {
        let mut values = parts.iter().map(|part| self.bytes(std::slice::from_ref(part), used)).collect::<Result<Vec<_>, _>>()?;
        values.sort();
        let found = digest::digest("sha1", &values.concat())?;
        Ok(self.matches(&found, expected))
    }

    fn matches(&mut self, found: &[u8], expected: &[u8]) -> bool {
        let right = bool::from(found.ct_eq(expected));
        self.note_verified(right);
        right || self.believe
    }

    /// Whoever put the key into what he sealed has it, which is as good as a signature. What opens
    /// without it is told, but vouches for nobody.
    fn opened(&mut self, scheme: &str, key: &Slot, sealed: &[u8]) -> Result<Vec<u8>, String> {
        let value = self.value(key, &Use::Open(scheme.to_owned()))?;
        let opened = seal::open(scheme, &String::from_utf8_lossy(&value), sealed);
        match &opened {
            Ok(opened) if !opened.signed => {}
            result => self.note_verified(result.is_ok()),
        }
        opened.map(|opened| opened.plain)
    }

    fn note_verified(&mut self, right: bool) {
        self.notes.verified = Some(self.notes.verified.unwrap_or(true) && right);
    }

    /// A refused use ends the whole call as a breach of contract, whatever the guest makes of it.
    fn value(&mut self, slot: &Slot, used: &Use) -> Result<Vec<u8>, String> {
        let value = self.secrets.value(&slot.name, &slot.encode, used);
        if let Err(why) = &value {
            self.misuse.get_or_insert_with(|| why.clone());
        }
        value
    }

    fn bytes(&mut self, parts: &[Piece], used: &Use) -> Result<Vec<u8>, String> {
        let mut bytes = vec![];
        for part in parts {
            match part {
                Piece::Plain(plain) => bytes.extend_from_slice(plain),
                Piece::Secret(slot) => bytes.extend(self.value(slot, used)?),
                Piece::Sealed(_) => {
                    let why = "a digest over sealed bytes is refused".to_owned();
                    self.misuse.get_or_insert_with(|| why.clone());
                    return Err(why);
                }
            }
        }
        Ok(bytes)
    }
}
