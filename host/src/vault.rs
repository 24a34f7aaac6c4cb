//! Secrets: the key that seals what is stored, and the credentials of each account.
//!
//! A secret never enters a guest, a log, an exchange or an answer. Guests name secrets; the host
//! digests them, fills them in as bytes leave, and masks their echoes before anybody reads them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use crate::config;

mod credentials;
mod key;
mod mask;
mod roots;
mod secrets;

pub use credentials::{Credentials, Fields, Refused, check};
pub use key::{VARIABLE, take_given};
pub use mask::Masker;
pub use roots::Roots;
pub use secrets::{Captured, Secrets};

use key::Key;

/// Seals what must not be read from a stolen database. Made once at start.
pub struct Vault {
    /// The one that seals, then those that still open: only while a rotation is not done.
    keys: Vec<Key>,
}

/// Where a sealed value belongs; it cannot be opened as anything else.
#[derive(Debug, Clone, Copy)]
pub enum Sealed {
    Exchange,
    Token,
    Credential,
    /// What letters are signed with.
    Webhook,
    /// A key that outlives the vault's.
    Root,
    /// Who somebody is to a messenger.
    Person,
}

impl Sealed {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Exchange => b"posthouse exchange v1",
            Self::Token => b"posthouse token v1",
            Self::Credential => b"posthouse credential v1",
            Self::Webhook => b"posthouse webhook v1",
            Self::Root => b"posthouse root v1",
            Self::Person => b"posthouse person v1",
        }
    }
}

impl Vault {
    /// Takes the key that was given, reads the key file, or makes one that only its owner can read.
    pub fn open(config: &config::Vault) -> anyhow::Result<Self> {
        Ok(Self { keys: key::read(config)? })
    }

    /// Encrypts and authenticates.
    pub fn seal(&self, kind: Sealed, plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; 24] = rand::random();
        let payload = Payload { msg: plain, aad: kind.label() };
        let sealed = cipher(self.present()).encrypt(&XNonce::from(nonce), payload).expect("the plaintext fits in memory");
        [&nonce[..], &sealed].concat()
    }

    /// Undoes [`Vault::seal`]; fails if a byte was changed or the key is another.
    pub fn unseal(&self, kind: Sealed, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        let opened = self.keys.iter().find_map(|key| unseal(key, kind, sealed));
        opened.context("a sealed value does not open: another vault key, or it was changed")
    }

    /// The same, sealed with the present key; none if it is already.
    pub fn reseal(&self, kind: Sealed, sealed: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
        if unseal(self.present(), kind, sealed).is_some() {
            return Ok(None);
        }
        let plain = SecretSlice::from(self.unseal(kind, sealed)?);
        Ok(Some(self.seal(kind, plain.expose_secret())))
    }

    /// Puts a fresh key before the present one, which goes on opening. On disk when this returns.
    pub fn renew(self, file: &Path) -> anyhow::Result<Self> {
        let keys: Vec<Key> = std::iter::once(key::fresh()).chain(self.keys).collect();
        key::write(file, &keys)?;
        Ok(Self { keys })
    }

    /// Forgets every key but the present one.
    pub fn settle(mut self, file: &Path) -> anyhow::Result<()> {
        self.keys.truncate(1);
        key::write(file, &self.keys)
    }

    /// A rotation was begun and is not done: an older key still opens.
    pub fn is_rotating(&self) -> bool {
        self.keys.len() > 1
    }

    /// Which key it is, without the key.
    pub fn name(&self) -> String {
        hex::encode(&self.derive("name")[..4])
    }

    /// Seals a credential's fields.
    pub fn seal_fields(&self, fields: &Fields) -> Vec<u8> {
        let plain: BTreeMap<&str, &str> = fields.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
        let json = SecretString::from(serde_json::json!(plain).to_string());
        self.seal(Sealed::Credential, json.expose_secret().as_bytes())
    }

    /// Undoes [`Vault::seal_fields`].
    pub fn open_fields(&self, sealed: &[u8]) -> anyhow::Result<Fields> {
        let json = SecretSlice::from(self.unseal(Sealed::Credential, sealed)?);
        let plain: BTreeMap<String, String> = serde_json::from_slice(json.expose_secret()).context("a credential is no JSON")?;
        Ok(plain.into_iter().map(|(name, value)| (name, value.into())).collect())
    }

    /// A key for one purpose: the code cache's check, the audit's links.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        *blake3::keyed_hash(self.present().expose_secret(), purpose.as_bytes()).as_bytes()
    }

    /// What the command line on this machine shows to the host instead of a key.
    pub fn operator(&self) -> String {
        format!("local_{}", hex::encode(self.derive("operator")))
    }

    fn present(&self) -> &Key {
        self.keys.first().expect("a vault has a key")
    }
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose_secret().into())
}

fn unseal(key: &Key, kind: Sealed, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, body) = sealed.split_at_checked(24)?;
    let nonce = XNonce::try_from(nonce).expect("split at 24");
    cipher(key).decrypt(&nonce, Payload { msg: body, aad: kind.label() }).ok()
}

/// Refuses a secret file that others may read.
pub(crate) fn private(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.permissions().mode();
    anyhow::ensure!(mode & 0o077 == 0, "{} can be read by others: run `chmod 600 {0}`", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parcel::Account;

    fn at(folder: &tempfile::TempDir) -> config::Vault {
        config::Vault { key: folder.path().join("vault.key"), credentials: folder.path().join("credentials.toml"), given: None }
    }

    #[test]
    fn a_sealed_value_opens_only_as_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(&at(&folder)).unwrap();
        let mut sealed = vault.seal(Sealed::Token, b"token");
        assert_eq!(vault.unseal(Sealed::Token, &sealed).unwrap(), b"token");
        assert!(vault.unseal(Sealed::Exchange, &sealed).is_err());
        sealed[30] ^= 1;
        assert!(vault.unseal(Sealed::Token, &sealed).is_err());
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let config = at(&folder);
        Vault::open(&config).unwrap();
        std::fs::set_permissions(&config.key, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Vault::open(&config).err().unwrap().to_string().contains("chmod 600"));
    }

    #[test]
    fn a_key_that_was_rotated_opens_until_the_rotation_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let (config, open) = (at(&folder), || Vault::open(&at(&folder)).unwrap());
        let (sealed, old) = (open().seal(Sealed::Token, b"token"), open().name());
        open().renew(&config.key).unwrap();
        assert!(open().is_rotating() && open().name() != old);
        assert_eq!(open().unseal(Sealed::Token, &sealed).unwrap(), b"token");
        let again = open().reseal(Sealed::Token, &sealed).unwrap().unwrap();
        assert_eq!(open().reseal(Sealed::Token, &again).unwrap(), None);
        open().settle(&config.key).unwrap();
        assert!(!open().is_rotating() && open().unseal(Sealed::Token, &sealed).is_err());
        assert_eq!(open().unseal(Sealed::Token, &again).unwrap(), b"token");
    }

    #[test]
    fn what_was_carried_on_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let config = at(&folder);
        let (account, old) = (Account::new("acme", "main"), Roots::of(&Vault::open(&config).unwrap(), &[]).unwrap());
        let new = Vault::open(&config).unwrap().renew(&config.key).unwrap();
        let roots = Roots::of(&new, &old.to_carry(7)).unwrap();
        assert_eq!((roots.push_path(&account), roots.scrub()), (old.push_path(&account), old.scrub()));
        assert_eq!((*roots.audit_of(7), *roots.audit_of(8)), (old.audit(), new.derive("audit")));
        let third = Roots::of(&new.renew(&config.key).unwrap(), &roots.to_carry(9)).unwrap();
        assert_eq!((*third.audit_of(7), *third.audit_of(9), *third.audit_of(10)), (old.audit(), roots.audit(), third.audit()));
    }

    #[test]
    fn a_key_of_the_environment_is_a_key_and_is_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let given = |text: &str| config::Vault { given: Some(text.to_owned().into()), ..at(&folder) };
        assert_eq!(Vault::open(&given(&"5e".repeat(32))).unwrap().name(), Vault::open(&given(&"5E".repeat(32))).unwrap().name());
        assert!(!folder.path().join("vault.key").exists());
        for wrong in ["", "5e", &"5e".repeat(33), &"zz".repeat(32)] {
            let why = format!("{:#}", Vault::open(&given(wrong)).err().unwrap());
            assert!(why.contains("64 hexadecimal digits") && (wrong.is_empty() || !why.contains(wrong)), "{why}");
        }
        assert!(!format!("{:?}", given(&"5e".repeat(32))).contains("5e5e"));
    }
}
