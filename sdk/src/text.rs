//! Text that may hold secrets by name.
//!
//! ```
//! use posthouse_sdk::text::{plain, secret, Pieces};
//! let body = plain("user=").then(secret("user")).then(plain("&v=1"));
//! assert_eq!(body.len(), 3);
//! ```

use crate::{Field, Piece, Seal, Slot, Text};

/// Known bytes.
pub fn plain(bytes: impl AsRef<[u8]>) -> Text {
    vec![Piece::Plain(bytes.as_ref().to_vec())]
}

/// A secret as it is.
pub fn secret(name: &str) -> Text {
    encoded(name, "none")
}

/// A secret, written in one of the host's encodings: `form`, `percent`, `base64`, `json`.
pub fn encoded(name: &str, encode: &str) -> Text {
    vec![Piece::Secret(slot(name, encode))]
}

/// Plain bytes which the host encrypts with this secret as they leave; `scheme` is `ems-sm4`. The
/// manifest declares the use as `seal:ems-sm4`. Nobody can read them back, and no digest goes over them.
pub fn sealed(scheme: &str, key: &str, plain: impl AsRef<[u8]>) -> Text {
    vec![Piece::Sealed(Seal { scheme: scheme.into(), key: slot(key, "none"), plain: plain.as_ref().to_vec() })]
}

/// The name of a secret for `hmac`, `verify` and `open`.
pub fn slot(name: &str, encode: &str) -> Slot {
    Slot { name: name.into(), encode: encode.into() }
}

/// A named text: a query parameter, header or form field.
pub fn field(name: &str, value: Text) -> Field {
    Field { name: name.into(), value }
}

/// Joins texts.
pub trait Pieces {
    /// This text, then that one.
    fn then(self, next: Text) -> Text;
}

impl Pieces for Text {
    fn then(mut self, next: Text) -> Text {
        self.extend(next);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential;

    #[test]
    fn sealed_bytes_name_their_key_and_are_never_digested() {
        let text = plain("a=").then(sealed("ems-sm4", "sm4-key", "{}"));
        let [_, Piece::Sealed(seal)] = text.as_slice() else { panic!("a sealed piece: {text:?}") };
        assert_eq!((seal.scheme.as_str(), seal.key.name.as_str(), seal.plain.as_slice()), ("ems-sm4", "sm4-key", &b"{}"[..]));
        assert!(credential::digest("md5", &text).is_err());
    }
}
