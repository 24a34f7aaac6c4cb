//! A plan that somebody signed beforehand. With `auto: true` the host goes on by itself while the
//! candidate is no worse: the signature is the operator's word for every step of it.

use std::collections::BTreeMap;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Rollout;
use crate::fault::Instant;

/// A statement and who signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// JSON, byte by byte as it was signed.
    pub plan: String,
    /// A name under `rollouts.signers`.
    pub signer: String,
    /// ed25519, in hex, of `posthouse rollout plan v1`, a zero byte, and the plan.
    pub signature: String,
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    pub carrier: String,
    pub account: String,
    pub version: Option<String>,
    pub generation: Option<u32>,
    pub steps: Option<Vec<u32>>,
    pub least: Option<u32>,
    #[serde(default)]
    pub accept: Vec<String>,
    /// The host may step and promote by itself.
    #[serde(default)]
    pub auto: bool,
    /// Nothing is started with it after this moment.
    pub not_after: jiff::Timestamp,
}

const CONTEXT: &[u8] = b"posthouse rollout plan v1\0";

impl Signed {
    /// Signs a plan.
    pub fn new(statement: &Statement, signer: &str, key: &SigningKey) -> Self {
        let plan = serde_json::json!(statement).to_string();
        let signature = key.sign(&message(&plan));
        Self { plan, signer: signer.into(), signature: hex::encode(signature.to_bytes()) }
    }

    /// The statement, if one of the signers signed it and it still holds.
    pub fn verified(&self, signers: &BTreeMap<String, String>, now: Instant) -> Result<Statement, String> {
        let statement = self.statement(signers)?;
        if statement.not_after.as_millisecond() < now {
            return Err(format!("the plan was good until {}", statement.not_after));
        }
        Ok(statement)
    }

    /// Whether it is the word for this rollout: that it may go on.
    pub fn lets_go_on(&self, signers: &BTreeMap<String, String>, rollout: &Rollout) -> Result<(), String> {
        let Statement { carrier, account, version, generation, steps, accept, auto, .. } = self.statement(signers)?;
        let same = carrier == *rollout.account.carrier
            && account == *rollout.account.name
            && version.is_none_or(|version| version == rollout.candidate.0)
            && generation.is_none_or(|generation| generation == rollout.candidate.1)
            && steps.is_none_or(|steps| steps == rollout.plan.steps)
            && accept == rollout.plan.accepted;
        if same && auto { Ok(()) } else { Err(format!("what `{}` signed is another plan", self.signer)) }
    }

    fn statement(&self, signers: &BTreeMap<String, String>) -> Result<Statement, String> {
        let key = signers.get(&self.signer).ok_or_else(|| format!("`{}` is no signer of `rollouts.signers`", self.signer))?;
        let key = public(key).ok_or_else(|| format!("the key of `{}` under `rollouts.signers` is no ed25519 key in hex", self.signer))?;
        let wrong = || format!("the signature is not `{}`'s, or the plan was changed", self.signer);
        let signature = bytes::<64>(&self.signature).ok_or_else(wrong)?;
        key.verify_strict(&message(&self.plan), &Signature::from_bytes(&signature)).map_err(|_| wrong())?;
        serde_json::from_str(&self.plan).map_err(|why| format!("the signed plan does not read: {why}"))
    }
}

fn message(plan: &str) -> Vec<u8> {
    [CONTEXT, plan.as_bytes()].concat()
}

fn public(key: &str) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(&bytes(key)?).ok()
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    hex::decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> Statement {
        let not_after = "2026-12-01T00:00:00Z".parse().unwrap();
        let (carrier, account) = ("acme".into(), "main".into());
        Statement { carrier, account, version: None, generation: Some(2), steps: None, least: None, accept: vec![], auto: true, not_after }
    }

    #[test]
    fn only_what_a_signer_signed_holds_and_only_in_time() {
        let (key, other) = (SigningKey::from_bytes(&[7; 32]), SigningKey::from_bytes(&[8; 32]));
        let signers = BTreeMap::from([("ann".to_owned(), hex::encode(key.verifying_key().to_bytes()))]);
        let good = Signed::new(&statement(), "ann", &key);
        let before = statement().not_after.as_millisecond() - 1;
        assert_eq!(good.verified(&signers, before), Ok(statement()));
        assert!(good.verified(&signers, before + 2).unwrap_err().contains("good until"));
        assert!(good.verified(&BTreeMap::new(), before).unwrap_err().contains("rollouts.signers"));
        assert!(Signed::new(&statement(), "ann", &other).verified(&signers, before).unwrap_err().contains("not `ann`'s"));
        let changed = Signed { plan: good.plan.replace("acme", "acne"), ..good };
        assert!(changed.verified(&signers, before).unwrap_err().contains("was changed"));
    }
}
