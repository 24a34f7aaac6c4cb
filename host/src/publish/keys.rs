//! What letters are signed with, by the Standard Webhooks specification 1.0: HMAC-SHA256 (`v1`) or
//! ed25519 (`v1a`). After a rotation the old key signs beside the new one until its time is over.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::fault::Instant;

/// How letters are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Both sides know one secret.
    V1,
    /// The receiver knows a public key.
    V1a,
}

/// The present key, then those that sign beside it for a while.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys(Vec<Key>);

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Key {
    scheme: Scheme,
    /// Base64 of the secret, or of the private key's seed.
    secret: String,
    /// It signs until then; none: for good.
    until: Option<Instant>,
}

impl Keys {
    pub fn fresh(scheme: Scheme) -> Self {
        Self(vec![Key { scheme, secret: STANDARD.encode(rand::random::<[u8; 32]>()), until: None }])
    }

    /// A fresh key before the present one, which goes on signing until then.
    pub fn rotated(&self, until: Instant, now: Instant) -> Self {
        let mut keys = Self::fresh(self.scheme()).0;
        let old = self.0.iter().filter(|key| key.signs(now));
        keys.extend(old.map(|key| Key { until: Some(key.until.map_or(until, |own| own.min(until))), ..key.clone() }));
        Self(keys)
    }

    pub fn scheme(&self) -> Scheme {
        self.present().scheme
    }

    /// What the receiver verifies with: `whsec_…`, which is a secret, or `whpk_…`, which is none.
    pub fn for_receiver(&self) -> String {
        let key = self.present();
        match key.scheme {
            Scheme::V1 => format!("whsec_{}", key.secret),
            Scheme::V1a => format!("whpk_{}", STANDARD.encode(key.pair().verifying_key().as_bytes())),
        }
    }

    /// Until when the last of the old keys signs, if one does.
    pub fn overlap(&self, now: Instant) -> Option<Instant> {
        self.0.iter().filter_map(|key| key.until).filter(|until| *until > now).max()
    }

    /// The value of `webhook-signature`: one signature for each key, the present one first.
    pub fn sign(&self, id: &str, seconds: i64, body: &[u8], now: Instant) -> String {
        let each: Vec<String> = self.0.iter().filter(|key| key.signs(now)).map(|key| key.sign(id, seconds, body)).collect();
        each.join(" ")
    }

    pub fn to_json(&self) -> SecretString {
        serde_json::to_string(self).expect("keys are JSON").into()
    }

    pub fn from_json(json: &[u8]) -> anyhow::Result<Self> {
        let keys: Self = serde_json::from_slice(json)?;
        anyhow::ensure!(keys.0.iter().all(|key| STANDARD.decode(&key.secret).is_ok_and(|k| k.len() == 32)), "a key is not one");
        anyhow::ensure!(!keys.0.is_empty(), "there is no key");
        Ok(keys)
    }

    fn present(&self) -> &Key {
        self.0.first().expect("there is always one")
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({} of {:?})", self.0.len(), self.scheme())
    }
}

impl Key {
    fn signs(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until > now)
    }

    fn bytes(&self) -> Vec<u8> {
        STANDARD.decode(&self.secret).expect("checked when it was made or read")
    }

    fn pair(&self) -> SigningKey {
        SigningKey::from_bytes(&self.bytes().try_into().expect("32 bytes, checked when it was made or read"))
    }

    fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        match self.scheme {
            Scheme::V1 => {
                let webhook = standardwebhooks::Webhook::from_bytes(self.bytes()).expect("a key of bytes is one");
                webhook.sign(id, seconds, body).expect("a time is one")
            }
            // The library has no `v1a`.
            Scheme::V1a => {
                let signed = [id.as_bytes(), b".", seconds.to_string().as_bytes(), b".", body].concat();
                format!("v1a,{}", STANDARD.encode(self.pair().sign(&signed).to_bytes()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::Verifier as _;

    use super::*;

    #[test]
    fn the_specifications_example_is_signed_as_it_says() {
        let secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
        let key = Key { scheme: Scheme::V1, secret, until: None };
        let signature = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn after_a_rotation_both_sign_until_the_old_ones_time_is_over() {
        let old = Keys::fresh(Scheme::V1);
        let both = old.rotated(1_000, 0);
        let signed = |keys: &Keys, now| keys.sign("evt_1", 7, b"{}", now);
        assert_eq!(signed(&both, 999).split(' ').count(), 2);
        assert!(signed(&both, 999).ends_with(&signed(&old, 0)) && both.overlap(999) == Some(1_000));
        assert_eq!(signed(&both, 1_000).split(' ').count(), 1);
        assert_eq!(
            Keys::from_json(secrecy::ExposeSecret::expose_secret(&both.to_json()).as_bytes()).unwrap().for_receiver(),
            both.for_receiver()
        );
        assert!(!format!("{both:?}").contains(&both.0[0].secret));
    }

    #[test]
    fn a_public_key_verifies() {
        let keys = Keys::fresh(Scheme::V1a);
        let public = STANDARD.decode(keys.for_receiver().strip_prefix("whpk_").unwrap()).unwrap();
        let public = ed25519_dalek::VerifyingKey::from_bytes(&public.try_into().unwrap()).unwrap();
        let signature = keys.sign("evt_1", 7, b"{}", 0);
        let signature = STANDARD.decode(signature.strip_prefix("v1a,").unwrap()).unwrap();
        public.verify(b"evt_1.7.{}", &signature.as_slice().try_into().unwrap()).unwrap();
    }
}
