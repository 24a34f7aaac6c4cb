//! What a task will break: which accounts, through which of their adapter's endpoints, versions and
//! credential fields, how many parcels; and what stands ready to be rolled out.

use std::collections::BTreeSet;

use posthouse_sdk::manifest::Manifest;

use super::Task;
use crate::app::House;
use crate::parcel::Account;
use crate::route::Release;
use crate::store::NotStored;

/// One account that is concerned.
#[derive(Debug)]
pub struct Impact {
    pub account: Account,
    pub release: String,
    /// How it is concerned; empty: the announcement names nothing that the manifest has.
    pub hits: Vec<Hit>,
    /// Its parcels that are still looked at.
    pub parcels: i64,
    pub proposal: Option<Proposal>,
}

/// Something of the manifest that the announcement names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// `endpoint`, `version` or `credential`.
    pub what: &'static str,
    /// Its name in the manifest.
    pub name: String,
    /// The word of the announcement.
    pub word: String,
}

/// A release that may be the answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Proposal {
    pub version: String,
    pub generation: u32,
    /// It speaks what the announcement names and the present one does not.
    pub speaks: Vec<String>,
}

/// Shorter words name nothing by themselves.
const SHORTEST: usize = 4;

/// Every account that a task concerns. One about everybody concerns those whose manifest it names.
pub async fn impact(house: &House, task: &Task) -> Result<Vec<Impact>, NotStored> {
    let words = words(task);
    let parcels = house.store.watched_parcels().await?;
    let generations = house.store.generations().await?;
    let mut all = vec![];
    for (account, standing) in house.releases.all().iter() {
        let release = &standing.stable;
        if !task.carriers.is_empty() && !task.carriers.iter().any(|own| **own == *account.carrier) {
            continue;
        }
        let hits = hits(&release.adapter.manifest, release, &words);
        if task.carriers.is_empty() && hits.is_empty() {
            continue;
        }
        let newest = generations.iter().filter(|row| row.of() == *account && row.retired_at.is_none()).map(|row| row.generation).max();
        let generation = newest.unwrap_or(release.secrets.generation).max(release.secrets.generation);
        all.push(Impact {
            account: account.clone(),
            release: release.id(),
            hits,
            parcels: parcels.get(account).copied().unwrap_or(0),
            proposal: proposal(&house.shelf.manifests(&account.carrier), release, generation, &words),
        });
    }
    Ok(all)
}

/// What the readings name, each once.
fn words(task: &Task) -> Vec<String> {
    let of = task.readings.iter().flat_map(|reading| reading.names.iter().chain(&reading.old).chain(&reading.new));
    let mut seen = BTreeSet::new();
    of.filter(|word| seen.insert(folded(word))).cloned().collect()
}

/// Without what people write one way or the other: case, dashes, the path's slashes.
fn folded(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric() || *c == '.').flat_map(char::to_lowercase).collect()
}

fn hits(manifest: &Manifest, release: &Release, words: &[String]) -> Vec<Hit> {
    let mut hits = BTreeSet::new();
    for word in words {
        let own = folded(word);
        let hit = |what, name: &str| Hit { what, name: name.to_owned(), word: word.clone() };
        if own.len() >= SHORTEST {
            let of_endpoint = release.endpoints.iter().filter(|(_, url)| folded(url).contains(&own));
            hits.extend(of_endpoint.map(|(name, _)| hit("endpoint", name)));
        }
        hits.extend(manifest.speaks.iter().filter(|name| folded(name) == own).map(|name| hit("version", name)));
        hits.extend(manifest.credential.keys().filter(|name| folded(name) == own).map(|name| hit("credential", name)));
    }
    hits.into_iter().collect()
}

/// The newest version on the shelf, or a newer credential; one that speaks what is new is said to.
fn proposal(versions: &[Manifest], release: &Release, generation: u32, words: &[String]) -> Option<Proposal> {
    let present = &release.adapter.manifest;
    // Oldest first: what stands behind the present one is newer.
    let newer = versions.iter().rev().take_while(|manifest| manifest.version != present.version);
    let speaks = |manifest: &Manifest| -> Vec<String> {
        let fresh = manifest.speaks.iter().filter(|name| !present.speaks.contains(name));
        fresh.filter(|name| words.iter().any(|word| folded(word) == folded(name))).cloned().collect()
    };
    let best = newer.max_by_key(|manifest| speaks(manifest).len());
    match best {
        Some(manifest) => Some(Proposal { version: manifest.version.clone(), generation, speaks: speaks(manifest) }),
        None if generation > release.secrets.generation => Some(Proposal { version: present.version.clone(), generation, speaks: vec![] }),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_as_people_write_them() {
        assert_eq!(folded("V3.2"), folded("v3.2"));
        assert_eq!(folded("company_code"), folded("companyCode"));
        assert!(folded("https://dpapi.example/newTraceQuery.action").contains(&folded("/newTraceQuery.action")));
    }
}
