//! Secrets: the key that seals what is stored, and the credentials of each account.
//!
//! A secret never enters a guest, a log, an exchange or an answer. Guests name secrets; the host
//! digests them, fills them in as bytes leave, and masks their echoes before anybody reads them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretBox, SecretSlice, SecretString};

mod credentials;
mod mask;
mod secrets;

pub use credentials::{Credentials, Fields, Refused, check};
pub use mask::Masker;
pub use secrets::{Captured, Secrets};

/// Seals what must not be read from a stolen database. Made once at start.
pub struct Vault {
    key: SecretBox<[u8; 32]>,
}

/// Where a sealed value belongs; it cannot be opened as anything else.
#[derive(Debug, Clone, Copy)]
pub enum Sealed {
    Exchange,
    Token,
    Credential,
}

impl Sealed {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Exchange => b"posthouse exchange v1",
            Self::Token => b"posthouse token v1",
            Self::Credential => b"posthouse credential v1",
        }
    }
}

impl Vault {
    /// Reads the key file, or makes one that only its owner can read.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        if !path.exists() {
            create_key(path)?;
        }
        private(path)?;
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut key = [0u8; 32];
        hex::decode_to_slice(text.trim(), &mut key)
            .map_err(|_| anyhow::anyhow!("{} is no vault key: 64 hexadecimal digits are expected", path.display()))?;
        Ok(Self { key: SecretBox::new(Box::new(key)) })
    }

    /// Encrypts and authenticates.
    pub fn seal(&self, kind: Sealed, plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; 24] = rand::random();
        let payload = Payload { msg: plain, aad: kind.label() };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).expect("the plaintext fits in memory");
        [&nonce[..], &sealed].concat()
    }

    /// Undoes [`Vault::seal`]; fails if a byte was changed or the key is another.
    pub fn unseal(&self, kind: Sealed, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        let (nonce, body) = sealed.split_at_checked(24).context("a sealed value is too short")?;
        let nonce = XNonce::try_from(nonce).expect("split at 24");
        let payload = Payload { msg: body, aad: kind.label() };
        let opened = self.cipher().decrypt(&nonce, payload);
        opened.map_err(|_| anyhow::anyhow!("a sealed value does not open: another vault key, or it was changed"))
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

    /// A key for one purpose: the code cache's check, push addresses, consistent masks.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        *blake3::Hasher::new_keyed(self.key.expose_secret()).update(purpose.as_bytes()).finalize().as_bytes()
    }

    /// The secret part of the address an account's carrier pushes to.
    pub fn push_path(&self, account: &crate::parcel::Account) -> String {
        hex::encode(&self.derive(&format!("push {account}"))[..20])
    }

    /// What the command line on this machine shows to the host instead of a key.
    pub fn operator(&self) -> String {
        format!("local_{}", hex::encode(self.derive("operator")))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.key.expose_secret().into())
    }
}

fn create_key(path: &Path) -> anyhow::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let key: [u8; 32] = rand::random();
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(hex::encode(key).as_bytes())?;
    file.sync_all()?;
    Ok(())
}

/// Refuses a secret file that others may read.
fn private(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.permissions().mode();
    anyhow::ensure!(mode & 0o077 == 0, "{} can be read by others: run `chmod 600 {0}`", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_as_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(&folder.path().join("vault.key")).unwrap();
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
        let path = folder.path().join("vault.key");
        Vault::open(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Vault::open(&path).err().unwrap().to_string().contains("chmod 600"));
    }
}
