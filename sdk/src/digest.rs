//! The digests and encodings of the contract, for the host and the native harness.

use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};

/// `md5`, `sha1`, `sha256` or `sm3` of these bytes.
pub fn digest(alg: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
    Ok(match alg {
        "md5" => Md5::digest(bytes).to_vec(),
        "sha1" => sha1::Sha1::digest(bytes).to_vec(),
        "sha256" => sha2::Sha256::digest(bytes).to_vec(),
        "sm3" => sm3::Sm3::digest(bytes).to_vec(),
        _ => return Err(format!("unknown digest `{alg}`: use md5, sha1, sha256 or sm3")),
    })
}

/// `hmac-md5`, `hmac-sha1` or `hmac-sha256` of these bytes.
pub fn hmac(alg: &str, key: &[u8], bytes: &[u8]) -> Result<Vec<u8>, String> {
    fn mac<M: Mac + KeyInit>(key: &[u8], bytes: &[u8]) -> Vec<u8> {
        let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(bytes);
        mac.finalize().into_bytes().to_vec()
    }
    Ok(match alg {
        "hmac-md5" => mac::<Hmac<Md5>>(key, bytes),
        "hmac-sha1" => mac::<Hmac<sha1::Sha1>>(key, bytes),
        "hmac-sha256" => mac::<Hmac<sha2::Sha256>>(key, bytes),
        _ => return Err(format!("unknown HMAC `{alg}`: use hmac-md5, hmac-sha1 or hmac-sha256")),
    })
}

/// A secret's value as a slot's `encode` asks for it.
pub fn encode(value: &[u8], how: &str) -> Result<Vec<u8>, String> {
    Ok(match how {
        "none" => value.to_vec(),
        "form" => crate::http::form_encode(value).into_bytes(),
        "percent" => percent(value).into_bytes(),
        "base64" => base64::engine::general_purpose::STANDARD.encode(value).into_bytes(),
        "json" => json_inside(value).into_bytes(),
        _ => return Err(format!("unknown encoding `{how}`: use none, form, percent, base64 or json")),
    })
}

/// RFC 3986: everything but the unreserved characters is escaped.
pub fn percent(value: &[u8]) -> String {
    let mut out = String::with_capacity(value.len());
    for &b in value {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(b as char),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

fn json_inside(value: &[u8]) -> String {
    let quoted = serde_json::Value::from(String::from_utf8_lossy(value)).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
