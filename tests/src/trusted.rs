//! A folder of signed adapters and the policy that trusts their signer.

use std::path::{Path, PathBuf};

use posthouse_registry::folder;
use tempfile::TempDir;

use crate::program::{self, Ran};

/// Ann, who signs; the policy that trusts her; adapters; and a cache of code of its own.
pub struct Trusted {
    folder: TempDir,
}

impl Trusted {
    /// Ann's key and a policy that trusts her for every carrier.
    pub fn new() -> Self {
        let trusted = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(trusted.adapters()).unwrap();
        trusted.key("ann");
        trusted.trust(&["ann"], &[]);
        trusted
    }

    /// Where the adapters lie.
    pub fn adapters(&self) -> PathBuf {
        self.at("adapters")
    }

    /// A file beside them.
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// For a host that asks the policy.
    pub fn config(&self) -> String {
        let path = |name: &str| self.at(name).display().to_string();
        format!(
            "adapters = {{ unsigned = false, folder = '{}', policy = '{}', cache = '{}' }}",
            path("adapters"),
            path("policy.toml"),
            path("cache")
        )
    }

    /// Compiled code that was kept.
    pub fn compiled(&self) -> usize {
        std::fs::read_dir(self.at("cache")).map_or(0, Iterator::count)
    }

    /// Makes a signer's key.
    pub fn key(&self, name: &str) {
        done(&self.run(&["adapter", "key", "--out", &self.path(&format!("{name}.key"))]));
    }

    /// Writes into the policy whose signatures count.
    pub fn trust(&self, names: &[&str], more: &[&str]) {
        let signers: Vec<String> = names.iter().map(|name| format!("{name}={}", self.path(&format!("{name}.key.pub")))).collect();
        let signers: Vec<&str> = signers.iter().map(String::as_str).collect();
        done(&self.run(&[&["adapter", "trust", "--policy", &self.path("policy.toml")], more, &signers[..]].concat()));
    }

    /// Takes a release or a signer back.
    pub fn revoke(&self, what: &[&str]) {
        done(&self.run(&[&["adapter", "revoke", "--policy", &self.path("policy.toml"), "--reason", "a test"], what].concat()));
    }

    /// Puts a built adapter into the folder, unsigned.
    pub fn put(&self, release: &str) -> PathBuf {
        let file = self.adapters().join(format!("{release}.wasm"));
        std::fs::copy(program::adapters().join(format!("{release}.wasm")), &file).unwrap();
        file
    }

    /// Signs a file of the folder as somebody.
    pub fn sign(&self, file: &Path, name: &str, more: &[&str]) {
        let key = self.path(&format!("{name}.key"));
        done(&self.run(&[&["adapter", "sign", file.to_str().unwrap(), "--key", &key], more].concat()));
    }

    /// ZTO's adapter under a version of its own, signed by Ann.
    pub fn zto(&self, version: &str, change: impl Fn(String) -> String) -> PathBuf {
        crate::canary::put(&self.adapters(), version, change);
        let file = folder::at(&self.adapters(), "zto", version).unwrap();
        self.sign(&file, "ann", &[]);
        file
    }

    /// A command, in this folder.
    pub fn run(&self, args: &[&str]) -> Ran {
        program::ran(program::command().current_dir(self.folder.path()).args(args))
    }

    fn path(&self, name: &str) -> String {
        self.at(name).display().to_string()
    }
}

impl Default for Trusted {
    fn default() -> Self {
        Self::new()
    }
}

#[track_caller]
fn done(ran: &Ran) {
    assert_eq!(ran.code, 0, "{ran:?}");
}
