//! The WIT that a language's tool is given: what the manifest claims, so that no author writes any.

use std::fs;
use std::path::{Path, PathBuf};

use posthouse_sdk::manifest::{Kind, Manifest};

/// The world's name.
pub const WORLD: &str = "adapter";

const CONTRACT: &str = "0.1.0";
const FILES: [(&str, &str); 2] =
    [("types.wit", include_str!("../../../../wit/0.1.0/types.wit")), ("carrier.wit", include_str!("../../../../wit/0.1.0/carrier.wit"))];

/// Writes a folder `wit`: the contract, and a world that exports what this manifest claims and no more.
pub fn write(work: &Path, manifest: &Manifest) -> anyhow::Result<PathBuf> {
    anyhow::ensure!(manifest.kind != Kind::Bulletin, "a bulletin is written in Rust: its contract is not released yet");
    let folder = work.join("wit");
    let contract = folder.join("deps").join("posthouse-adapter");
    fs::create_dir_all(&contract)?;
    for (name, text) in FILES {
        fs::write(contract.join(name), text)?;
    }
    fs::write(folder.join("world.wit"), world(manifest))?;
    Ok(folder)
}

fn world(manifest: &Manifest) -> String {
    let exports = manifest.interfaces.iter().map(|interface| line("export", &format!("{interface:?}").to_lowercase()));
    let lines: String = ["credential", "log"].into_iter().map(|name| line("import", name)).chain(exports).collect();
    format!("package posthouse:built;\n\nworld {WORLD} {{\n{lines}}}\n")
}

fn line(way: &str, interface: &str) -> String {
    format!("    {way} posthouse:adapter/{interface}@{CONTRACT};\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_world_exports_what_is_claimed() {
        let manifest = Manifest::parse(include_str!("../../../../adapters/yto/adapter.toml")).unwrap();
        let world = world(&manifest);
        let exports: Vec<_> = world.lines().filter(|line| line.contains("export")).map(str::trim).collect();
        assert_eq!(exports, ["tracking", "subscribe", "push"].map(|name| format!("export posthouse:adapter/{name}@0.1.0;")));
    }
}
