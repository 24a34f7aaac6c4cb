//! What should not be in a package or beside it: keys, somebody's machine, instructions that are not the
//! same everywhere.

use std::path::Path;
use std::sync::LazyLock;

use posthouse_registry::Package;
use regex::bytes::Regex;

use super::{File, Report};

/// Shorter values stand in any text by chance.
const SHORTEST: usize = 8;

/// What a key looks like, whoever made it.
static KEYS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    let looks = [
        ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
        ("an access key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bLTAI[0-9A-Za-z]{12,24}\b|\bAKID[0-9A-Za-z]{32}\b"),
        ("a token", r"\b(?:ghp|gho|ghs)_[0-9A-Za-z]{36}\b|\bph_[0-9a-z]{32,}\b|\beyJ[0-9A-Za-z_-]{20,}\.eyJ[0-9A-Za-z_-]{20,}\."),
        ("a password in an address", r"[a-z][a-z0-9+.-]{1,8}://[^\s/:@]{1,64}:[^\s/:@]{4,64}@"),
    ];
    looks.into_iter().map(|(what, pattern)| (what, Regex::new(pattern).expect("our own pattern"))).collect()
});

/// Where somebody's files lie: the package would be another one elsewhere.
static HOMES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:/home/|/Users/|/root/|[A-Z]:\\Users\\)[0-9A-Za-z._-]{1,40}").expect("our own"));
/// Identity numbers: the day of birth must be one.
static PEOPLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b[1-6][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])[0-9]{3}[0-9Xx]\b").expect("our own")
});

/// Looks through the package and its recorded answers.
pub fn check(package: &Package, files: &[File], recorded: Option<&Path>, report: &mut Report) {
    let found = |what: &str, at: &str| format!("{at} holds {what}: take it out, and change it where it is used");
    for (what, pattern) in KEYS.iter() {
        if pattern.is_match(&package.bytes) {
            report.findings.push(found(what, "the package"));
        }
    }
    for (file, name, value) in files.iter().flat_map(|f| f.recorded.credential.iter().map(move |(name, value)| (f, name, value))) {
        let secret = package.manifest.credential.get(name).is_some_and(|field| !field.public);
        if secret && value.len() >= SHORTEST && contains(&package.bytes, value.as_bytes()) {
            report.findings.push(found(&format!("the value of `{name}` from {}", file.name), "the package"));
        }
    }
    if let Some(home) = HOMES.find(&package.bytes) {
        let home = String::from_utf8_lossy(home.as_bytes()).into_owned();
        report.notes.push(format!("the package holds a path of a machine ({home}): built elsewhere it is another one"));
    }
    for file in recorded.into_iter().flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten()).flatten() {
        let (name, bytes) = (file.file_name().to_string_lossy().into_owned(), std::fs::read(file.path()).unwrap_or_default());
        for (what, _) in KEYS.iter().filter(|(_, pattern)| pattern.is_match(&bytes)) {
            report.findings.push(found(what, &name));
        }
        if PEOPLE.is_match(&bytes) {
            report.notes.push(format!("{name} holds what may be an identity number: is it invented?"));
        }
    }
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}
