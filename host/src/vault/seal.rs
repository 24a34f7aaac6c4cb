//! Bytes that are encrypted as they leave, by the schemes of carriers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sm4::Sm4;
use sm4::cipher::{Array, BlockCipherEncrypt as _, KeyInit as _};

const BLOCK: usize = 16;

/// `|$4|` and the Base64 of SM4-ECB-PKCS7 over the plain bytes and the key's own text. That the key
/// is part of what is encrypted is the scheme's, not ours.
pub fn ems_sm4(plain: &[u8], key: &str) -> Result<Vec<u8>, String> {
    let raw = STANDARD.decode(key).ok().filter(|raw| raw.len() == BLOCK);
    let raw = raw.ok_or("the key is not the Base64 of 16 bytes")?;
    let cipher = Sm4::new_from_slice(&raw).map_err(|e| e.to_string())?;
    let mut text = [plain, key.as_bytes()].concat();
    let pad = BLOCK - text.len() % BLOCK;
    text.resize(text.len() + pad, pad as u8);
    for block in text.chunks_exact_mut(BLOCK) {
        let mut inner = Array::try_from(&*block).expect("a whole block");
        cipher.encrypt_block(&mut inner);
        block.copy_from_slice(&inner);
    }
    Ok(format!("|$4|{}", STANDARD.encode(text)).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of GB/T 32907: one block, key and text alike.
    #[test]
    fn the_standards_own_block() {
        let key: Vec<u8> = hex::decode("0123456789abcdeffedcba9876543210").unwrap();
        let text = STANDARD.encode(&key);
        let sealed = ems_sm4(&key, &text).unwrap();
        let sealed = STANDARD.decode(sealed.strip_prefix(b"|$4|").unwrap()).unwrap();
        assert_eq!(hex::encode(&sealed[..BLOCK]), "681edf34d206965e86b3e94f536e4246");
        // 16 bytes, 24 of the key's text, and the padding to 48.
        assert_eq!(sealed.len(), 48);
        assert!(ems_sm4(b"x", "c2hvcnQ=").is_err());
    }
}
