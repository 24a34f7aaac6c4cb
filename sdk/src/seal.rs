//! The schemes of the contract by which carriers encrypt, for the host and the native harness.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sm4::Sm4;
use sm4::cipher::{Array, BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};

const BLOCK: usize = 16;
const MARK: &str = "|$4|";
/// So many characters of a key in a row are no chance.
const TELLTALE: usize = 6;

/// What was inside.
#[derive(Debug, PartialEq, Eq)]
pub struct Opened {
    /// Without the key's text at its end.
    pub plain: Vec<u8>,
    /// Whether the key's text stood at its end, which is how who seals it shows that he has the key.
    pub signed: bool,
}

/// Plain bytes, sealed by the scheme with a key as an operator writes it.
pub fn seal(scheme: &str, key: &str, plain: &[u8]) -> Result<Vec<u8>, String> {
    match scheme {
        "ems-sm4" => ems_sm4(key, plain),
        other => Err(format!("`{other}` is not a scheme to seal with: use ems-sm4")),
    }
}

/// What was sealed by the scheme. There is one error for everything that can be wrong with the
/// bytes, so that nobody learns from it how far they were right.
pub fn open(scheme: &str, key: &str, sealed: &[u8]) -> Result<Opened, String> {
    match scheme {
        "ems-sm4" => {
            let cipher = cipher(key)?;
            open_ems_sm4(&cipher, key, sealed).ok_or_else(|| "what was sealed does not open with this key".into())
        }
        other => Err(format!("`{other}` is not a scheme to open with: use ems-sm4")),
    }
}

/// `|$4|` and the Base64 of SM4-ECB-PKCS7 over the plain bytes and the key's own text. That the key
/// is part of what is encrypted is the scheme's, not ours.
fn ems_sm4(key: &str, plain: &[u8]) -> Result<Vec<u8>, String> {
    let cipher = cipher(key)?;
    let mut text = [plain, key.as_bytes()].concat();
    let pad = BLOCK - text.len() % BLOCK;
    text.resize(text.len() + pad, pad as u8);
    for block in text.chunks_exact_mut(BLOCK) {
        let mut inner = Array::try_from(&*block).expect("a whole block");
        cipher.encrypt_block(&mut inner);
        block.copy_from_slice(&inner);
    }
    Ok(format!("{MARK}{}", STANDARD.encode(text)).into_bytes())
}

/// The key's text is cut off. A text that shows more of it was put together out of blocks of others
/// to make us tell the key, and is refused.
fn open_ems_sm4(cipher: &Sm4, key: &str, sealed: &[u8]) -> Option<Opened> {
    let mut text = STANDARD.decode(sealed.strip_prefix(MARK.as_bytes())?).ok()?;
    if text.is_empty() || !text.len().is_multiple_of(BLOCK) {
        return None;
    }
    for block in text.chunks_exact_mut(BLOCK) {
        let mut inner = Array::try_from(&*block).expect("a whole block");
        cipher.decrypt_block(&mut inner);
        block.copy_from_slice(&inner);
    }
    let pad = usize::from(*text.last()?);
    let end = text.len().checked_sub(pad).filter(|_| (1..=BLOCK).contains(&pad))?;
    if text.drain(end..).any(|byte| usize::from(byte) != pad) {
        return None;
    }
    let signed = text.ends_with(key.as_bytes());
    text.truncate(text.len() - if signed { key.len() } else { 0 });
    (!tells(&text, key)).then_some(Opened { plain: text, signed })
}

fn tells(text: &[u8], key: &str) -> bool {
    text.windows(TELLTALE).any(|part| key.as_bytes().windows(TELLTALE).any(|of_key| of_key == part))
}

fn cipher(key: &str) -> Result<Sm4, String> {
    let raw = STANDARD.decode(key).ok().filter(|raw| raw.len() == BLOCK);
    let raw = raw.ok_or("the key is not the Base64 of 16 bytes")?;
    Sm4::new_from_slice(&raw).map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign;

    fn key() -> String {
        STANDARD.encode(sign::unhex(b"0123456789abcdeffedcba9876543210").unwrap())
    }

    fn blocks(sealed: &[u8]) -> Vec<u8> {
        STANDARD.decode(sealed.strip_prefix(MARK.as_bytes()).unwrap()).unwrap()
    }

    fn of_blocks(blocks: &[u8]) -> Vec<u8> {
        format!("{MARK}{}", STANDARD.encode(blocks)).into_bytes()
    }

    /// The example of GB/T 32907: one block, key and text alike.
    #[test]
    fn the_standards_own_block() {
        let plain = STANDARD.decode(key()).unwrap();
        let sealed = blocks(&seal("ems-sm4", &key(), &plain).unwrap());
        assert_eq!(sign::hex(&sealed[..BLOCK]), "681edf34d206965e86b3e94f536e4246");
        // 16 bytes, 24 of the key's text, and the padding to 48.
        assert_eq!(sealed.len(), 48);
        assert!(seal("ems-sm4", "c2hvcnQ=", b"x").is_err() && seal("rot13", &key(), b"x").is_err());
    }

    #[test]
    fn what_was_sealed_opens_without_the_key_at_its_end() {
        for length in 0..40 {
            let plain = "{".repeat(length).into_bytes();
            let sealed = seal("ems-sm4", &key(), &plain).unwrap();
            assert_eq!(open("ems-sm4", &key(), &sealed).unwrap(), Opened { plain, signed: true }, "{length}");
        }
    }

    /// Sealed by OpenSSL: `{"waybillNo":"9900000000019"}` and nothing behind it.
    #[test]
    fn a_text_without_the_key_is_not_signed() {
        let sealed = b"|$4|crKKktqrgyVqWrZnNqLKNBz6pkBD/6y+SjsxM9nZhWE=";
        let plain = br#"{"waybillNo":"9900000000019"}"#.to_vec();
        assert_eq!(open("ems-sm4", &key(), sealed).unwrap(), Opened { plain, signed: false });
    }

    #[test]
    fn there_is_one_error_for_all_that_is_wrong() {
        let good = seal("ems-sm4", &key(), b"{}").unwrap();
        let text = std::str::from_utf8(&good).unwrap();
        let mut changed = blocks(&good);
        changed[BLOCK] ^= 1;
        let other = STANDARD.encode([7; BLOCK]);
        let wrong = [
            ("", key()),
            ("|$4|", key()),
            ("|$4|!!", key()),
            ("|$4|AAAA", key()),
            (&text[4..], key()),
            (text, other),
            (std::str::from_utf8(&of_blocks(&changed)).unwrap(), key()),
        ]
        .map(|(sealed, key)| open("ems-sm4", &key, sealed.as_bytes()).unwrap_err());
        assert!(wrong.iter().all(|why| *why == wrong[0]), "{wrong:?}");
    }

    /// ECB: anybody may put blocks of two texts together. None of them shows the key.
    #[test]
    fn a_text_put_together_does_not_tell_the_key() {
        let one = blocks(&seal("ems-sm4", &key(), b"{}").unwrap());
        for other in 0..BLOCK {
            let two = blocks(&seal("ems-sm4", &key(), &vec![b'x'; other]).unwrap());
            for from in (0..one.len()).step_by(BLOCK) {
                let forged = of_blocks(&[&one[from..from + BLOCK], &two].concat());
                let told = open("ems-sm4", &key(), &forged).map(|opened| opened.plain).unwrap_or_default();
                assert!(!tells(&told, &key()), "{other} {from}");
            }
        }
    }
}
