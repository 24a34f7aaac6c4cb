//! Text that may hold secrets by name.
//!
//! ```
//! use posthouse_sdk::text::{plain, secret, Pieces};
//! let body = plain("user=").then(secret("user")).then(plain("&v=1"));
//! assert_eq!(body.len(), 3);
//! ```

use crate::{Field, Piece, Slot, Text};

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
