//! Digests over text with secrets in it, in the three shapes carriers use: raw bytes in Base64
//! (SF, ZTO, YTO), lower hex in Base64 (Deppon), plain hex (others).
//!
//! The host computes the digest; the guest only writes it down.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{Fault, Text, credential, fault};

/// The raw MD5 of the pieces.
pub fn md5(parts: &Text) -> Result<Vec<u8>, Fault> {
    credential::digest("md5", parts).map_err(|why| Fault::new(fault::CREDENTIAL_REJECTED, why))
}

/// `Base64(raw MD5)`: 24 characters.
pub fn md5_base64(parts: &Text) -> Result<String, Fault> {
    md5(parts).map(base64)
}

/// `Base64(lower hex of MD5)`: 44 characters.
pub fn md5_hex_base64(parts: &Text) -> Result<String, Fault> {
    md5(parts).map(|raw| base64(hex(&raw)))
}

/// Lower case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|n| char::from_digit(n.into(), 16).unwrap_or('0')).collect()
}

/// Undoes [`hex`], in either case.
pub fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
    text.chunks(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

/// Standard Base64 with padding.
pub fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// Undoes [`base64`].
pub fn unbase64(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
