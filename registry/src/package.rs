//! One file is the adapter: a component with its manifest in a custom section.

use posthouse_sdk::manifest::{Kind, Manifest};
use sha2::{Digest as _, Sha256};
use wasm_encoder::{CustomSection, Encode, Section};
use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, DecodedWasm};

use crate::module;

/// The custom section that holds `adapter.toml`.
pub const SECTION: &str = "posthouse:manifest";

/// SHA-256 of a whole package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

/// An adapter, read but not loaded.
#[derive(Debug, Clone)]
pub struct Package {
    pub manifest: Manifest,
    /// The manifest as the author wrote it.
    pub manifest_text: String,
    pub digest: Digest,
    pub bytes: Vec<u8>,
    needs_wasi: bool,
}

/// Why a file is no adapter. Each says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum NotAnAdapter {
    #[error("not a WebAssembly component: {0}")]
    NotWasm(String),
    #[error("a core module, not a component: run `posthouse adapter build` on it")]
    CoreModule,
    #[error("a component without a manifest: run `posthouse adapter build --manifest adapter.toml` on it")]
    NoManifest,
    #[error("{0}")]
    Manifest(#[from] posthouse_sdk::manifest::Mistakes),
    #[error("the manifest claims `{claimed}`, which the component does not export")]
    Overclaims { claimed: String },
    #[error("the component exports `{exported}`, which the manifest does not claim")]
    Underclaims { exported: String },
    #[error(
        "the component imports `{0}`: an adapter imports nothing but `credential`, `log` and `types`, and the WASI 0.2 of its language"
    )]
    Imports(String),
    #[error("the file should be named {should}")]
    Misnamed { should: String },
    #[error("cannot make a component of it: {0}")]
    Encode(String),
}

impl Digest {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl Package {
    /// Reads a package and checks that component and manifest agree.
    pub fn read(bytes: Vec<u8>) -> Result<Self, NotAnAdapter> {
        let package = Self::open(bytes)?;
        package.agrees()?;
        Ok(package)
    }

    /// Reads a package and believes its manifest. Whoever compiles it asks [`Self::agrees`] before.
    pub fn open(bytes: Vec<u8>) -> Result<Self, NotAnAdapter> {
        let (manifest_text, needs_wasi) = sections(&bytes)?;
        let manifest = Manifest::parse(&manifest_text)?;
        Ok(Self { manifest, manifest_text, digest: Digest::of(&bytes), bytes, needs_wasi })
    }

    /// A manifest that lies is found here, before a byte is compiled.
    pub fn agrees(&self) -> Result<(), NotAnAdapter> {
        agree(&self.manifest, &self.bytes)
    }

    /// Makes a package of a core module (or a finished component) and a manifest, for its author.
    pub fn build(wasm: &[u8], manifest_text: &str) -> Result<Self, NotAnAdapter> {
        Manifest::authored(manifest_text)?;
        let mut bytes = if Parser::is_core_wasm(wasm) { encode(wasm)? } else { wasm.to_vec() };
        if sections(&bytes).is_ok() {
            return Err(NotAnAdapter::Encode("it holds a manifest already".into()));
        }
        let section = CustomSection { name: SECTION.into(), data: manifest_text.as_bytes().into() };
        bytes.push(section.id());
        section.encode(&mut bytes);
        Self::read(bytes)
    }

    /// Whether it brings a language's runtime, which imports WASI: it gets a WASI without authority.
    pub fn needs_wasi(&self) -> bool {
        self.needs_wasi
    }

    /// The name it is stored under: `sf@1.0.0.wasm`.
    pub fn file_name(&self) -> String {
        format!("{}.wasm", self.manifest.release())
    }
}

/// A version as it is compared; the manifest was checked to have one.
pub(crate) fn order(version: &str) -> [u32; 3] {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

/// Whether one version comes before another.
pub fn is_older(version: &str, than: &str) -> bool {
    order(version) < order(than)
}

fn encode(module: &[u8]) -> Result<Vec<u8>, NotAnAdapter> {
    let module = module::without_post_returns(module).map_err(|e| NotAnAdapter::Encode(e.to_string()))?;
    let encoded = ComponentEncoder::default().validate(true).module(&module).and_then(|mut e| e.encode());
    encoded.map_err(|e| NotAnAdapter::Encode(format!("{e:#}")))
}

/// The manifest, and whether WASI is imported: what is known of a component without decoding it.
fn sections(bytes: &[u8]) -> Result<(String, bool), NotAnAdapter> {
    if Parser::is_core_wasm(bytes) {
        return Err(NotAnAdapter::CoreModule);
    }
    let bad = |e: wasmparser::BinaryReaderError| NotAnAdapter::NotWasm(e.to_string());
    let (mut depth, mut needs_wasi) = (0usize, false);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(bad)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 0 && section.name() == SECTION => {
                let text = String::from_utf8(section.data().to_vec()).map_err(|e| NotAnAdapter::NotWasm(e.to_string()))?;
                return Ok((text, needs_wasi));
            }
            Payload::ComponentImportSection(imports) if depth == 0 => {
                for import in imports {
                    needs_wasi |= import.map_err(bad)?.name.name.starts_with("wasi:");
                }
            }
            _ => {}
        }
    }
    Err(NotAnAdapter::NoManifest)
}

fn agree(manifest: &Manifest, bytes: &[u8]) -> Result<(), NotAnAdapter> {
    let bad = |e: anyhow::Error| NotAnAdapter::NotWasm(format!("{e:#}"));
    let DecodedWasm::Component(resolve, world) = wit_component::decode(bytes).map_err(bad)? else {
        return Err(NotAnAdapter::NotWasm("a WIT package, not a component".into()));
    };
    let world = &resolve.worlds[world];
    let contract = |name: &str| interface(manifest, name);
    for (key, _) in &world.imports {
        let import = resolve.name_world_key(key);
        // A bulletin needs nothing of ours: it has no secrets, and what it says is on the page.
        let ours = manifest.kind != Kind::Bulletin && ["credential", "log", "types"].iter().any(|name| import == contract(name));
        if !ours && !is_wasi(&import) {
            return Err(NotAnAdapter::Imports(import));
        }
    }
    // A plain name is no interface and looked up by nobody: componentize-py leaves one behind.
    let exports: Vec<_> = world.exports.iter().map(|(key, _)| resolve.name_world_key(key)).filter(|name| name.contains(':')).collect();
    let claims: Vec<_> = manifest.interfaces.iter().map(|i| contract(&format!("{i:?}").to_lowercase())).collect();
    if let Some(claimed) = claims.iter().find(|c| !exports.contains(c)) {
        return Err(NotAnAdapter::Overclaims { claimed: claimed.clone() });
    }
    if let Some(exported) = exports.iter().find(|e| !claims.contains(e)) {
        return Err(NotAnAdapter::Underclaims { exported: exported.clone() });
    }
    Ok(())
}

/// The full name of a thing of the manifest's contract: an interface, or its world.
pub(crate) fn interface(manifest: &Manifest, name: &str) -> String {
    let package = if manifest.kind == Kind::Bulletin { "bulletin" } else { "adapter" };
    format!("posthouse:{package}/{name}@{}", manifest.contract)
}

/// An interface of WASI 0.2. What a runtime may import is not what it may do: see the host's sandbox.
fn is_wasi(import: &str) -> bool {
    let Some((package, rest)) = import.strip_prefix("wasi:").and_then(|name| name.split_once('/')) else { return false };
    let known = ["cli", "clocks", "filesystem", "http", "io", "random", "sockets"].contains(&package);
    known && rest.split_once('@').is_some_and(|(_, version)| version.starts_with("0.2."))
}
