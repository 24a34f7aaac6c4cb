//! The vault's key: in a file that only its owner can read, or in the environment.
//!
//! The file's first line is the key that seals. Further lines are older keys that still open, and
//! stand there only until a rotation is done.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use secrecy::{ExposeSecret, SecretBox, SecretString};

use crate::config;

pub type Key = SecretBox<[u8; 32]>;

/// Holds the key where there shall be no file of it.
pub const VARIABLE: &str = "POSTHOUSE_VAULT_KEY";

/// Takes the key out of the environment, so that nothing this process starts or prints has it.
///
/// To be called before there are threads.
pub fn take_given() -> anyhow::Result<Option<SecretString>> {
    let Some(given) = std::env::var_os(VARIABLE) else { return Ok(None) };
    #[expect(clippy::disallowed_methods, reason = "a secret is not left where children and crash reports find it")]
    // SAFETY: there is one thread yet, so nobody reads the environment meanwhile.
    unsafe {
        std::env::remove_var(VARIABLE);
    }
    let text = given.into_string().map(SecretString::from).map_err(|_| not_a_key(VARIABLE))?;
    parse(text.expose_secret()).with_context(|| not_a_key(VARIABLE))?;
    Ok(Some(text))
}

/// The keys, the one that seals first. A file that is absent is made.
pub fn read(config: &config::Vault) -> anyhow::Result<Vec<Key>> {
    if let Some(given) = &config.given {
        return Ok(vec![parse(given.expose_secret()).with_context(|| not_a_key(VARIABLE))?]);
    }
    let path = &config.key;
    if !path.exists() {
        create(path)?;
    }
    super::private(path)?;
    let text = SecretString::from(std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?);
    let keys: Option<Vec<Key>> = text.expose_secret().lines().map(parse).collect();
    keys.filter(|keys| !keys.is_empty()).with_context(|| not_a_key(&path.display().to_string()))
}

/// Replaces the file in one step: whoever reads it finds the old or the new one, whole.
pub fn write(path: &Path, keys: &[Key]) -> anyhow::Result<()> {
    let beside = path.with_added_extension("new");
    let lines: Vec<String> = keys.iter().map(|key| hex::encode(key.expose_secret())).collect();
    // What a write that was killed has left behind.
    if beside.exists() {
        std::fs::remove_file(&beside)?;
    }
    put(&beside, &SecretString::from(lines.join("\n")))?;
    std::fs::rename(&beside, path).with_context(|| format!("cannot replace {}", path.display()))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all().with_context(|| format!("cannot sync {}", folder.display()))
}

/// A key that nobody had before.
pub fn fresh() -> Key {
    SecretBox::new(Box::new(rand::random()))
}

fn create(path: &Path) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    put(path, &SecretString::from(hex::encode(fresh().expose_secret())))
}

fn put(path: &Path, text: &SecretString) -> anyhow::Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = made.with_context(|| format!("cannot create {}", path.display()))?;
    file.write_all(text.expose_secret().as_bytes())?;
    Ok(file.sync_all()?)
}

fn parse(text: &str) -> Option<Key> {
    let mut key = [0; 32];
    hex::decode_to_slice(text.trim(), &mut key).ok()?;
    Some(SecretBox::new(Box::new(key)))
}

fn not_a_key(place: &str) -> anyhow::Error {
    anyhow::anyhow!("{place} holds no vault key: 64 hexadecimal digits are expected, as `openssl rand -hex 32` prints them")
}
