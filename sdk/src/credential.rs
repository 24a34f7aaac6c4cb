//! Uses of secrets by name. In a component the host answers; natively a set of values given
//! by [`with`] does, and a secret nobody gave is its own name. A public field nobody gave is not there.

#[cfg(target_arch = "wasm32")]
pub use guest::{digest, hmac, open, public, verify};
#[cfg(not(target_arch = "wasm32"))]
pub use native::{digest, hmac, open, public, verified, verify, with};

#[cfg(target_arch = "wasm32")]
mod guest {
    use crate::{Slot, Text, wit::credential};

    /// A field the manifest declares public. Of a captured one only whether it is there: an empty text, or none.
    pub fn public(name: &str) -> Option<String> {
        credential::public(name)
    }

    /// `md5`, `sha1`, `sha256`, `sm3`: raw bytes.
    pub fn digest(alg: &str, parts: &Text) -> Result<Vec<u8>, String> {
        credential::digest(alg, parts)
    }

    /// `hmac-md5`, `hmac-sha1`, `hmac-sha256`: raw bytes.
    pub fn hmac(alg: &str, key: &Slot, parts: &Text) -> Result<Vec<u8>, String> {
        credential::hmac(alg, key, parts)
    }

    /// Whether the carrier's digest is right; only so, or by [`open`], a push counts as verified.
    pub fn verify(scheme: &str, key: Option<&Slot>, parts: &Text, expected: &[u8]) -> Result<bool, String> {
        credential::verify(scheme, key, parts, expected)
    }

    /// What the carrier sealed by a scheme (`ems-sm4`), without the key at its end. Where the key
    /// stood there the push counts as verified, as the right digest would make it.
    pub fn open(scheme: &str, key: &Slot, sealed: &[u8]) -> Result<Vec<u8>, String> {
        credential::open(scheme, key, sealed)
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;

    use crate::{Piece, Slot, Text, digest as algorithms, seal};

    thread_local! {
        static VALUES: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
        static VERIFIED: Cell<Option<bool>> = const { Cell::new(None) };
    }

    /// Runs `body` with these credential values.
    pub fn with<T>(values: BTreeMap<String, String>, body: impl FnOnce() -> T) -> T {
        VERIFIED.set(None);
        let before = VALUES.replace(values);
        let result = body();
        VALUES.replace(before);
        result
    }

    /// What the last [`verify`] or [`open`] inside the last [`with`] found.
    pub fn verified() -> Option<bool> {
        VERIFIED.get()
    }

    fn value(name: &str) -> String {
        VALUES.with_borrow(|values| values.get(name).cloned().unwrap_or_else(|| name.to_owned()))
    }

    fn bytes(parts: &Text) -> Result<Vec<u8>, String> {
        let mut out = vec![];
        for piece in parts {
            match piece {
                Piece::Plain(bytes) => out.extend_from_slice(bytes),
                Piece::Secret(slot) => out.extend(algorithms::encode(value(&slot.name).as_bytes(), &slot.encode)?),
                Piece::Sealed(_) => return Err("a digest over sealed bytes is refused".into()),
            }
        }
        Ok(out)
    }

    /// A field of the credential, if it was given; natively every field.
    pub fn public(name: &str) -> Option<String> {
        VALUES.with_borrow(|values| values.get(name).cloned())
    }

    /// `md5`, `sha1`, `sha256`, `sm3`: raw bytes.
    pub fn digest(alg: &str, parts: &Text) -> Result<Vec<u8>, String> {
        algorithms::digest(alg, &bytes(parts)?)
    }

    /// `hmac-md5`, `hmac-sha1`, `hmac-sha256`: raw bytes.
    pub fn hmac(alg: &str, key: &Slot, parts: &Text) -> Result<Vec<u8>, String> {
        algorithms::hmac(alg, value(&key.name).as_bytes(), &bytes(parts)?)
    }

    /// Always true, so that a recorded push can be read; [`verified`] tells the truth.
    pub fn verify(scheme: &str, key: Option<&Slot>, parts: &Text, expected: &[u8]) -> Result<bool, String> {
        let found = match key {
            Some(key) => hmac(scheme, key, parts)?,
            None => digest(scheme, parts)?,
        };
        VERIFIED.set(Some(found == expected));
        Ok(true)
    }

    /// What was sealed, without the key at its end. What does not open cannot be read here either.
    pub fn open(scheme: &str, key: &Slot, sealed: &[u8]) -> Result<Vec<u8>, String> {
        match seal::open(scheme, &value(&key.name), sealed) {
            Ok(opened) => {
                VERIFIED.set(opened.signed.then_some(true));
                Ok(opened.plain)
            }
            Err(why) => {
                VERIFIED.set(Some(false));
                Err(why)
            }
        }
    }
}
