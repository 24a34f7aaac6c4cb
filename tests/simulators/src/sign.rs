//! The carriers' digests and EMS's seal, written a second time on purpose: the judge shares no code with the
//! adapters it judges. The vectors are those of `samples/_vectors`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use sm4::Sm4;
use sm4::cipher::{BlockCipherEncrypt, KeyInit};

fn md5(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Md5::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

/// SF: over Java's form encoding of the concatenation.
pub fn sf(msg_data: &str, timestamp: &str, checkword: &str) -> String {
    let mut hash = Md5::new();
    for part in [msg_data, timestamp, checkword] {
        form_urlencoded::byte_serialize(part.as_bytes()).for_each(|piece| hash.update(piece.as_bytes()));
    }
    STANDARD.encode(<[u8; 16]>::from(hash.finalize()))
}

/// ZTO, in both directions.
pub fn zto(body: &[u8], secret: &str) -> String {
    STANDARD.encode(md5(&[body, secret.as_bytes()]))
}

/// YTO's questions; `method` and `version` come from the path.
pub fn yto(param: &str, method: &str, version: &str, secret: &str) -> String {
    STANDARD.encode(md5(&[param.as_bytes(), method.as_bytes(), version.as_bytes(), secret.as_bytes()]))
}

/// YTO's pushes.
pub fn yto_push(xml: &str, secret: &str) -> String {
    STANDARD.encode(md5(&[xml.as_bytes(), secret.as_bytes()]))
}

/// J&T, over the form's field.
pub fn jt(biz_content: &str, private_key: &str) -> String {
    STANDARD.encode(md5(&[biz_content.as_bytes(), private_key.as_bytes()]))
}

/// STO, in both directions, over the form's field.
pub fn sto(content: &str, secret_key: &str) -> String {
    STANDARD.encode(md5(&[content.as_bytes(), secret_key.as_bytes()]))
}

/// What EMS seals: the text and then the key's own text, in blocks that are encrypted each by itself.
pub fn ems(text: &str, sm4_key: &str) -> String {
    let raw = STANDARD.decode(sm4_key).expect("a key is Base64");
    let cipher = Sm4::new_from_slice(&raw).expect("a key is sixteen bytes");
    let mut bytes = [text, sm4_key].concat().into_bytes();
    let missing = 16 - bytes.len() % 16;
    bytes.extend(std::iter::repeat_n(missing as u8, missing));
    bytes.chunks_exact_mut(16).for_each(|block| cipher.encrypt_block(block.try_into().expect("sixteen bytes")));
    format!("|$4|{}", STANDARD.encode(bytes))
}

/// Deppon, in both directions: 44 characters, because Base64 is over the hex text.
pub fn deppon(params: &str, appkey: &str, timestamp: &str) -> String {
    STANDARD.encode(hex::encode(md5(&[params.as_bytes(), appkey.as_bytes(), timestamp.as_bytes()])))
}

#[cfg(test)]
mod tests {
    #[test]
    fn digests_equal_the_published_vectors() {
        let sf = super::sf(r#"{"language":"zh-CN","orderId":"QIAO-20200618-004"}"#, "12312334453453", "fjcg5PGKaNpPSHFAZ4QsCOkV71R3zVci");
        assert_eq!(sf, "IIKJtuLVzoFTu4kHI8M8vA==");
        let escaped = r#"{"language":"zh-CN","trackingType":"1","trackingNumber":["SF 1*~测试"]}"#;
        assert_eq!(super::sf(escaped, "1700000000000", "demo-checkword"), "PTFZ7fuorT5xZ0mhXCMqMQ==");
        let zto = super::zto(br#"{"billCode":"73100196611386","mobilePhone":"5514"}"#, "demo-secret");
        assert_eq!(zto, "KDmjdL9YEip33Om7pEuBiQ==");
        let yto = super::yto(r#"{"NUMBER":"YT2600227881409"}"#, "track_query_adapter", "v1", "123456");
        assert_eq!(yto, "uhSL6hg8txxadZi26YPYPg==");
        assert_eq!(super::yto_push("opentest", "123456"), "YLstCNa3x8ijQx16e/jqOA==");
        let jt = super::jt(r#"{"billCodes":"UT0000352320970"}"#, "demo-key");
        assert_eq!(jt, "Y/HStRKuUIMScWdGP1Fc7A==");
        let sto = super::sto(r#"{"order":"asc","waybillNoList":["777031922725111"]}"#, "demo-secret");
        assert_eq!(sto, "X7J+qJQFIs7Xn9CVEkMNdw==");
        // By OpenSSL.
        let ems = super::ems(r#"{"waybillNo":"9900000000019"}"#, "ASNFZ4mrze/+3LqYdlQyEA==");
        assert_eq!(ems, "|$4|crKKktqrgyVqWrZnNqLKNHe4RsuvPfhJPa01AUe9P5SrtNpy9zw999RtHlPmLJIW9jYy6xUauSejFv80iKC/Fw==");
        let deppon = super::deppon(r#"{"mailNo":"DPK6234021100151","customerCode":"219401"}"#, "demo-appkey", "1747817474304");
        assert_eq!(deppon, "YjE0NTc5ZDBmMmVkYTU1YmRiNDUwZjJjOWFmNmEwY2E=");
    }
}
