//! One generation of an account's credential, with the tokens captured under it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use posthouse_sdk::manifest::{Manifest, Use};
use posthouse_sdk::{digest, seal};
use secrecy::{ExposeSecret, SecretString};

use super::mask::Masker;
use crate::fault::Instant;

/// Everything an adapter may name for one account, pinned as a whole. A change makes a new one.
pub struct Secrets {
    pub generation: u32,
    manifest: Arc<Manifest>,
    given: BTreeMap<String, SecretString>,
    captured: BTreeMap<String, Captured>,
    masker: Masker,
}

/// A token taken out of an answer.
#[derive(Clone)]
pub struct Captured {
    pub value: SecretString,
    /// From then on another one is fetched first: a little before the carrier ends it.
    pub expires: Instant,
}

impl Secrets {
    pub fn new(generation: u32, manifest: Arc<Manifest>, given: BTreeMap<String, SecretString>) -> Self {
        Self::whole(generation, manifest, given, BTreeMap::new())
    }

    /// The same, with these tokens besides.
    pub fn with_captured(&self, fresh: BTreeMap<String, Captured>) -> Self {
        let mut captured = self.captured.clone();
        captured.extend(fresh);
        Self::whole(self.generation, self.manifest.clone(), self.given.clone(), captured)
    }

    /// Without the tokens that have ended. Their echoes are masked all the same.
    pub fn without_ended(&self, now: Instant) -> Self {
        let captured = self.captured.iter().filter(|(_, token)| token.expires > now).map(|(name, token)| (name.clone(), token.clone()));
        Self {
            captured: captured.collect(),
            given: self.given.clone(),
            manifest: self.manifest.clone(),
            masker: self.masker.clone(),
            ..*self
        }
    }

    /// Whether these tokens are the ones it has.
    pub fn holds(&self, tokens: &BTreeMap<String, Captured>) -> bool {
        let same = |(name, token): (&String, &Captured)| {
            self.captured.get(name).is_some_and(|own| own.value.expose_secret() == token.value.expose_secret())
        };
        tokens.iter().all(same)
    }

    fn whole(
        generation: u32,
        manifest: Arc<Manifest>,
        given: BTreeMap<String, SecretString>,
        captured: BTreeMap<String, Captured>,
    ) -> Self {
        let is_secret = |name: &String| !manifest.credential.get(name).is_some_and(|f| f.public);
        let hidden = given.iter().filter(|(name, _)| is_secret(name)).map(|(n, v)| (n.as_str(), v.expose_secret()));
        let tokens = captured.iter().map(|(n, c)| (n.as_str(), c.value.expose_secret()));
        let masker = Masker::new(hidden.chain(tokens));
        Self { generation, manifest, given, captured, masker }
    }

    pub fn masker(&self) -> &Masker {
        &self.masker
    }

    /// A field the manifest declares public. Of a captured token this: whether there is one.
    pub fn public(&self, name: &str) -> Option<&str> {
        let field = self.manifest.credential.get(name)?;
        if field.captured {
            return self.captured.contains_key(name).then_some("");
        }
        field.public.then(|| self.given.get(name).map(ExposeSecret::expose_secret))?
    }

    /// A secret's value for a declared use, encoded. The error names the field and never the value.
    pub fn value(&self, name: &str, encode: &str, used: &Use) -> Result<Vec<u8>, String> {
        let field = self.manifest.credential.get(name).ok_or_else(|| format!("no credential field `{name}`"))?;
        if !field.public && !field.uses.contains(used) {
            return Err(format!("the manifest does not declare {used:?} for `{name}`"));
        }
        let value = self.given.get(name).or_else(|| self.captured.get(name).map(|c| &c.value));
        let value = value.ok_or_else(|| format!("`{name}` has no value yet"))?;
        digest::encode(value.expose_secret().as_bytes(), encode)
    }

    /// Plain bytes, encrypted with a secret for the scheme that the manifest declares.
    pub fn seal(&self, scheme: &str, name: &str, plain: &[u8]) -> Result<Vec<u8>, String> {
        let key = self.value(name, "none", &Use::Seal(scheme.to_owned()))?;
        let key = std::str::from_utf8(&key).map_err(|_| format!("`{name}` is not text"))?;
        seal::seal(scheme, key, plain).map_err(|why| format!("`{name}`: {why}"))
    }

    /// Whether an operator gave any of its fields: an account with a contract, not a visitor.
    pub fn are_given(&self) -> bool {
        !self.given.is_empty()
    }

    /// Whether a captured token that the manifest lists is missing or has ended.
    pub fn wants_session(&self, now: Instant) -> bool {
        let mut tokens = self.manifest.credential.iter().filter(|(_, f)| f.captured);
        tokens.any(|(name, f)| match self.captured.get(name) {
            Some(token) => token.expires <= now,
            None => !f.optional,
        })
    }

    /// When a token was last known to work until, for the doctor.
    pub fn expires(&self, name: &str) -> Option<Instant> {
        self.captured.get(name).map(|c| c.expires)
    }
}

/// What a panic or a log line may print.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets(generation {}, {} fields)", self.generation, self.given.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Fields;

    #[test]
    fn nothing_that_a_panic_prints_shows_a_secret() {
        const SECRET: &str = "a-secret-nobody-may-see";
        let text = "id = \"acme\"\nversion = \"1.0.0\"\ncontract = \"0.1.0\"\ntier = \"A\"\nevidence = \"invented\"\ninterfaces = [\"tracking\"]\n\
            numbers = [\"A[0-9]{4}\"]\n[names]\nzh = \"甲\"\nen = \"Acme\"\n[endpoints]\ntrack = \"http://127.0.0.1:9/\"\n\
            [credential.key]\nuses = [\"digest:md5\"]\nlabel = { zh = \"键\", en = \"key\" }";
        let manifest = Arc::new(Manifest::parse(text).unwrap());
        let fields: Fields = [("key".to_owned(), SecretString::from(SECRET))].into();
        let token = Captured { value: SecretString::from(SECRET), expires: 0 };
        let shown = format!("{fields:?} {token:?}");
        let secrets = Secrets::new(2, manifest, fields).with_captured([("token".to_owned(), token)].into());
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| panic!("{secrets:?}")));
        let message = caught.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains("generation 2") && !message.contains(SECRET) && !shown.contains(SECRET), "{message} {shown}");
    }
}
