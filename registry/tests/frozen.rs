//! A released contract folder never changes: its digest is in `wit/released.txt`.

use std::path::Path;

use sha2::{Digest as _, Sha256};

fn digest(folder: &Path) -> String {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        hash.update(file.file_name().unwrap().as_encoded_bytes());
        hash.update([0]);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update([0]);
        hash.update(&bytes);
    }
    hex::encode(hash.finalize())
}

#[test]
fn released_contracts_are_frozen() {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let released = std::fs::read_to_string(wit.join("released.txt")).unwrap();
    for line in released.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let (expected, folder) = line.split_once(' ').expect("DIGEST FOLDER");
        assert_eq!(digest(&wit.join(folder.trim())), expected, "wit/{folder} is released and must not change; write a new version");
    }
}

#[test]
fn every_folder_is_released_or_said_not_to_be() {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let told = std::fs::read_to_string(wit.join("released.txt")).unwrap();
    let last = |line: &str| line.rsplit(' ').next().unwrap_or_default().to_owned();
    let mut told: Vec<_> = told.lines().filter(|line| !line.starts_with('#') || line.starts_with("# unreleased: ")).map(last).collect();
    let folders = std::fs::read_dir(&wit).unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir());
    let mut there: Vec<_> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    told.sort();
    there.sort();
    assert_eq!(told, there);
}

#[test]
fn a_changed_byte_changes_the_digest() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.wit"), "package a:b@1.0.0;").unwrap();
    let before = digest(folder.path());
    std::fs::write(folder.path().join("a.wit"), "package a:b@1.0.1;").unwrap();
    assert_ne!(digest(folder.path()), before);
}
