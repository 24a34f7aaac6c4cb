//! Adapters in a folder: `ID@VERSION.wasm`, with their signatures in `ID@VERSION.wasm.sig`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::package::{NotAnAdapter, Package, order};
use crate::signed::Signed;

/// A file and the adapter in it, or why it is none.
pub type Found = (PathBuf, Result<Package, NotAnAdapter>);

/// A release, going by the name of its file alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub id: String,
    pub version: String,
    pub file: PathBuf,
}

impl Named {
    /// `sf@1.0.0`.
    pub fn release(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }
}

/// What the folder has, oldest versions first; no file is opened. A file with another name is none.
pub fn names(folder: &Path) -> std::io::Result<Vec<Named>> {
    let mut names: Vec<_> = files(folder)?.into_iter().filter_map(named).collect();
    names.sort_by(|a, b| (&a.id, order(&a.version)).cmp(&(&b.id, order(&b.version))));
    Ok(names)
}

/// Every adapter of a folder, by file name.
pub fn all(folder: &Path) -> std::io::Result<Vec<Found>> {
    files(folder)?.into_iter().map(|file| Ok((file.clone(), read(&file)?))).collect()
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
                let version = |package: &Package| order(&package.manifest.version);
                let newer = best.get(&id).is_none_or(|(_, b)| b.as_ref().is_ok_and(|b| version(b) < version(&package)));
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
    read(&at(folder, id, version)?)
}

/// Where a version of an adapter is, or would be.
pub fn at(folder: &Path, id: &str, version: &str) -> std::io::Result<PathBuf> {
    let name = format!("{id}@{version}.wasm");
    // A name from outside must stay in the folder.
    if name.contains(['/', '\\']) {
        return Err(std::io::ErrorKind::NotFound.into());
    }
    Ok(folder.join(name))
}

/// What stands beside an adapter's file; none if nobody signed it.
pub fn signatures(file: &Path) -> std::io::Result<Option<String>> {
    match std::fs::read_to_string(beside(file)) {
        Ok(text) => Ok(Some(text)),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(why),
    }
}

/// Stores a package under its own name, whole or not at all.
pub fn put(folder: &Path, package: &Package) -> std::io::Result<PathBuf> {
    let path = folder.join(package.file_name());
    write(&path, &package.bytes)?;
    Ok(path)
}

/// Stores signatures beside an adapter's file.
pub fn put_signatures(file: &Path, signed: &Signed) -> std::io::Result<PathBuf> {
    let path = beside(file);
    write(&path, signed.text().as_bytes())?;
    Ok(path)
}

/// Whole or not at all.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(format!(".{}.tmp", std::process::id()));
    std::fs::write(&fresh, bytes)?;
    std::fs::rename(&fresh, path)
}

/// Reads a file that must have its adapter's name.
pub fn read(file: &Path) -> std::io::Result<Result<Package, NotAnAdapter>> {
    Ok(open(file)?.and_then(|package| package.agrees().map(|()| package)))
}

/// As [`read`], and believes its manifest: see [`Package::open`].
pub fn open(file: &Path) -> std::io::Result<Result<Package, NotAnAdapter>> {
    let bytes = std::fs::read(file)?;
    let named = Package::open(bytes).and_then(|package| match file.file_name() {
        Some(name) if name == package.file_name().as_str() => Ok(package),
        _ => Err(NotAnAdapter::Misnamed { should: package.file_name() }),
    });
    Ok(named)
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files: Vec<_> = std::fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|e| e == "wasm"));
    files.sort();
    Ok(files)
}

fn named(file: PathBuf) -> Option<Named> {
    let (id, version) = file.file_stem()?.to_str()?.split_once('@')?;
    let (id, version) = (id.to_owned(), version.to_owned());
    Some(Named { id, version, file })
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}
