//! Words and who signed them: ed25519 signatures over one statement, byte by byte.
//!
//! What is signed begins with what kind of statement it is, so that none can be taken for another.

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

/// A statement and its signatures, as they stand in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// JSON, byte by byte as it was signed.
    pub statement: String,
    pub signatures: Vec<Signature>,
}

/// One signer's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The public key, in hex.
    pub key: String,
    /// Over the context, a zero byte and the statement; in hex.
    pub signature: String,
}

impl Signed {
    /// A statement that nobody signed yet.
    pub fn new(statement: String) -> Self {
        Self { statement, signatures: vec![] }
    }

    /// Reads a file of signatures.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|why| why.to_string())
    }

    /// As it is written to a file.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data") + "\n"
    }

    /// Signs it; a signer's earlier signature is replaced.
    pub fn sign(&mut self, context: &str, key: &SigningKey) {
        let public = public_of(key);
        let signature = hex::encode(key.sign(&message(context, &self.statement)).to_bytes());
        self.signatures.retain(|kept| kept.key != public);
        self.signatures.push(Signature { key: public, signature });
    }

    /// Whether one of its signatures is right.
    pub fn holds(&self, context: &str, signature: &Signature) -> bool {
        let right = || {
            let key = VerifyingKey::from_bytes(&bytes(&signature.key)?).ok()?;
            let signature = ed25519_dalek::Signature::from_bytes(&bytes(&signature.signature)?);
            key.verify_strict(&message(context, &self.statement), &signature).ok()
        };
        right().is_some()
    }
}

/// A new key, out of the system's randomness.
pub fn new_key() -> SigningKey {
    SigningKey::from_bytes(&rand::random())
}

/// The public half of a key, in hex.
pub fn public_of(key: &SigningKey) -> String {
    hex::encode(key.verifying_key().to_bytes())
}

/// A key as [`secret_of`] writes it.
pub fn key_of(text: &str) -> Option<SigningKey> {
    Some(SigningKey::from_bytes(&bytes(text.trim())?))
}

/// A key as its file holds it. Whoever reads this can sign.
pub fn secret_of(key: &SigningKey) -> String {
    hex::encode(key.to_bytes())
}

/// Whether this can be the public half of a key.
pub fn is_public(text: &str) -> bool {
    bytes(text).is_some_and(|bytes| VerifyingKey::from_bytes(&bytes).is_ok())
}

fn message(context: &str, statement: &str) -> Vec<u8> {
    [context.as_bytes(), b"\0", statement.as_bytes()].concat()
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    hex::decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_words_its_context_and_its_key() {
        let (ann, bob) = (SigningKey::from_bytes(&[7; 32]), SigningKey::from_bytes(&[8; 32]));
        let mut signed = Signed::new("{\"a\":1}".into());
        signed.sign("one", &ann);
        signed.sign("one", &bob);
        signed.sign("one", &ann);
        assert_eq!(signed.signatures.len(), 2);
        assert!(signed.signatures.iter().all(|s| signed.holds("one", s)));
        assert!(!signed.holds("another", &signed.signatures[0]));
        let changed = Signed { statement: "{\"a\":2}".into(), ..signed.clone() };
        assert!(!changed.holds("one", &signed.signatures[0]));
        let other = Signature { key: public_of(&bob), ..signed.signatures[1].clone() };
        assert!(!signed.holds("one", &other), "another's signature under one's name");
        assert_eq!(Signed::parse(&signed.text()).as_ref(), Ok(&signed));
        assert_eq!(key_of(&secret_of(&ann)).map(|key| public_of(&key)), Some(public_of(&ann)));
    }
}
