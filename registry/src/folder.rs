//! Adapters in a folder: `ID@VERSION.wasm`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::package::{NotAnAdapter, Package};

/// A file and the adapter in it, or why it is none.
pub type Found = (PathBuf, Result<Package, NotAnAdapter>);

/// Every adapter of a folder, by file name.
pub fn all(folder: &Path) -> std::io::Result<Vec<Found>> {
    let mut files: Vec<_> = std::fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|e| e == "wasm"));
    files.sort();
    files.into_iter().map(|file| Ok((file.clone(), read(&file)?))).collect()
}

/// The highest version of each id. A file that is no adapter is reported too.
pub fn newest(folder: &Path) -> std::io::Result<Vec<Found>> {
    let mut best: BTreeMap<String, Found> = BTreeMap::new();
    let mut broken = vec![];
    for (file, package) in all(folder)? {
        match package {
            Err(why) => broken.push((file, Err(why))),
            Ok(package) => {
                let id = package.manifest.id.clone();
                let newer = best.get(&id).is_none_or(|(_, b)| b.as_ref().is_ok_and(|b| order(b) < order(&package)));
                if newer {
                    best.insert(id, (file, Ok(package)));
                }
            }
        }
    }
    Ok(best.into_values().chain(broken).collect())
}

/// A version of an adapter.
pub fn version(folder: &Path, id: &str, version: &str) -> std::io::Result<Result<Package, NotAnAdapter>> {
    let name = format!("{id}@{version}.wasm");
    // A name from outside must stay in the folder.
    if name.contains(['/', '\\']) {
        return Err(std::io::ErrorKind::NotFound.into());
    }
    read(&folder.join(name))
}

/// Stores a package under its own name, whole or not at all.
pub fn put(folder: &Path, package: &Package) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(package.file_name());
    let fresh = path.with_extension("wasm.tmp");
    std::fs::write(&fresh, &package.bytes)?;
    std::fs::rename(&fresh, &path)?;
    Ok(path)
}

fn read(file: &Path) -> std::io::Result<Result<Package, NotAnAdapter>> {
    let bytes = std::fs::read(file)?;
    let named = Package::read(bytes).and_then(|package| match file.file_name() {
        Some(name) if name == package.file_name().as_str() => Ok(package),
        _ => Err(NotAnAdapter::Misnamed { should: package.file_name() }),
    });
    Ok(named)
}

fn order(package: &Package) -> Vec<u32> {
    package.manifest.version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}
