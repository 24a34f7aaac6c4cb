//! Compiled code on disk, keyed by the package's digest and the engine's settings.
//!
//! Loading compiled code is trusting it, so each file carries a keyed hash made with the vault's
//! key. A file that does not verify is compiled anew and overwritten.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use posthouse_registry::Package;
use tracing::warn;
use wasmtime::Engine;
use wasmtime::component::Component;

pub struct Cache {
    folder: PathBuf,
    key: [u8; 32],
}

const SEAL: usize = 32;

impl Cache {
    pub fn new(folder: PathBuf, key: [u8; 32]) -> Self {
        Self { folder, key }
    }

    /// From the cache if it is there and ours, else compiled and kept.
    pub fn component(&self, engine: &Engine, package: &Package) -> wasmtime::Result<Component> {
        let path = self.path(engine, package);
        if let Some(code) = self.verified(&path, package) {
            // SAFETY: the keyed hash shows that this host wrote these bytes for this package.
            match unsafe { Component::deserialize(engine, code) } {
                Ok(component) => return Ok(component),
                Err(error) => warn!(release.id = package.manifest.release(), "cached code does not load, compiling: {error:#}"),
            }
        }
        let component = super::compile(engine, package)?;
        self.keep(&path, package, &component.serialize()?);
        Ok(component)
    }

    fn path(&self, engine: &Engine, package: &Package) -> PathBuf {
        let mut settings = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut settings);
        self.folder.join(format!("{}-{:016x}.cwasm", package.digest, settings.finish()))
    }

    fn seal(&self, package: &Package, code: &[u8]) -> blake3::Hash {
        blake3::Hasher::new_keyed(&self.key).update(&package.digest.0).update(code).finalize()
    }

    fn verified(&self, path: &PathBuf, package: &Package) -> Option<Vec<u8>> {
        let mut code = std::fs::read(path).ok()?;
        let at = code.len().checked_sub(SEAL)?;
        let seal: [u8; SEAL] = code[at..].try_into().ok()?;
        code.truncate(at);
        if self.seal(package, &code) == blake3::Hash::from(seal) {
            return Some(code);
        }
        warn!(release.id = package.manifest.release(), "cached code was not written by this host, compiling anew");
        None
    }

    /// A cache that cannot be written costs time, not answers.
    fn keep(&self, path: &PathBuf, package: &Package, code: &[u8]) {
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(&self.folder)?;
            let fresh = path.with_extension(format!("{}.tmp", std::process::id()));
            std::fs::write(&fresh, [code, self.seal(package, code).as_bytes()].concat())?;
            std::fs::rename(fresh, path)
        };
        if let Err(error) = write() {
            warn!(release.id = package.manifest.release(), "compiled code cannot be kept in {}: {error}", self.folder.display());
        }
    }
}
