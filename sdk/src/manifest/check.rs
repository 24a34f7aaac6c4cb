//! What a manifest must keep to beyond its shape.

use std::collections::BTreeSet;

use super::{EntryRules, Interface, Kind, Manifest, Use, bulletin, digit, explain, parts};
use crate::{entry, status};

const DIGESTS: &[&str] = &["md5", "sha1", "sha256", "sm3"];
const HMACS: &[&str] = &["hmac-md5", "hmac-sha1", "hmac-sha256"];
const SEALS: &[&str] = &["ems-sm4"];
const FACTS: &[&str] = &["phone-tail"];

pub(super) fn mistakes(m: &Manifest) -> Vec<String> {
    let own = if m.kind == Kind::Bulletin { bulletin::mistakes(m) } else { of_carrier(m) };
    [of_any(m), own].concat()
}

/// Of every kind.
fn of_any(m: &Manifest) -> Vec<String> {
    let mut found = vec![];
    let mut must = |holds: bool, why: String| {
        if !holds {
            found.push(why);
        }
    };
    must(is_id(&m.id), format!("id `{}`: use lower case letters, digits and `-`", m.id));
    must(is_version(&m.version), format!("version `{}`: write MAJOR.MINOR.PATCH", m.version));
    must(m.contract == "0.1.0", format!("contract `{}` is not known: this build speaks 0.1.0", m.contract));
    must(!m.interfaces.is_empty(), "interfaces: claim at least one".into());
    must((1 << 10..=64 << 20).contains(&m.limits.body), "limits.body: 1 KiB to 64 MiB".into());
    must((1 << 20..=256 << 20).contains(&m.limits.memory), "limits.memory: 1 MiB to 256 MiB".into());
    for (name, url) in &m.endpoints {
        let plain = url.starts_with("https://") || url.starts_with("http://");
        must(
            plain && !url.contains(['?', '#', '@', ' ']),
            format!("endpoints.{name} `{url}`: an http(s) URL without query, fragment or user"),
        );
    }
    found
}

fn of_carrier(m: &Manifest) -> Vec<String> {
    let mut found = vec![];
    let mut must = |holds: bool, why: String| {
        if !holds {
            found.push(why);
        }
    };
    must(!m.has(Interface::Notices), "interfaces: `notices` is for `kind = \"bulletin\"`".into());
    must(m.kind != Kind::Carrier || !m.numbers.is_empty(), "numbers: give at least one pattern".into());
    must((1..=100).contains(&m.batch.size), format!("batch.size {}: 1 to 100", m.batch.size));
    for pattern in &m.numbers {
        if let Err(error) = parts::whole(pattern) {
            must(false, format!("numbers `{pattern}`: {error}"));
        }
    }
    for (pattern, scheme) in &m.checked {
        must(m.numbers.contains(pattern), format!("checked `{pattern}`: not one of `numbers`"));
        must(digit::SCHEMES.contains(&scheme.as_str()), format!("checked `{scheme}`: use {}", digit::SCHEMES.join(", ")));
    }
    for fact in &m.batch.with {
        must(FACTS.contains(&fact.as_str()), format!("batch.with `{fact}`: use {}", FACTS.join(", ")));
    }
    for (code, to) in &m.status {
        must(status::is_shaped(to), format!("status \"{code}\" = \"{to}\": not a status"));
    }
    for interface in m.quota.keys() {
        must(m.has(*interface), format!("quota for {interface:?}, which is not in interfaces"));
    }
    for host in m.page.iter().flat_map(|page| &page.hosts) {
        must(is_host(host), format!("page.hosts `{host}`: a host name, or `*.` and one"));
    }
    must(m.page.is_none() || m.has(Interface::Tracking), "page: only tracking asks for pages".into());
    let asks = m.has(Interface::Tracking) || m.has(Interface::Session);
    must(!asks || !m.endpoints.is_empty(), "endpoints: tracking and session need one".into());
    must(m.entry.is_some() == m.has(Interface::Entry), "entry: give it if, and only if, the interface `entry` is claimed".into());
    found.extend(m.entry.iter().flat_map(entry_mistakes));
    found.extend(credential_mistakes(m));
    found.extend(explain::mistakes(&m.explain));
    found
}

/// Statuses that this build does not know, where they stand.
pub(super) fn unknown_statuses(m: &Manifest) -> Vec<String> {
    let unknown = m.status.iter().filter(|(_, to)| !status::is_known(to));
    let meant = unknown.map(|(code, to)| format!("status \"{code}\" = \"{to}\": not a status of this build"));
    meant.chain(explain::unknown_statuses(&m.explain)).collect()
}

fn entry_mistakes(rules: &EntryRules) -> Vec<String> {
    let mut found = vec![];
    for field in [entry::NUMBER, entry::TIME] {
        if !rules.columns.get(field).is_some_and(|column| column.required) {
            found.push(format!("entry.columns.{field}: every row needs it, so give it with `required = true`"));
        }
    }
    let mut seen = BTreeSet::new();
    for (field, column) in &rules.columns {
        if !entry::FIELDS.iter().any(|(known, ..)| known == field) {
            let known: Vec<_> = entry::FIELDS.iter().map(|(known, ..)| *known).collect();
            found.push(format!("entry.columns.{field}: not a field, use {}", known.join(", ")));
        }
        if column.names.is_empty() {
            found.push(format!("entry.columns.{field}: name at least one heading"));
        }
        for name in &column.names {
            if name.trim().is_empty() || !seen.insert(name.trim()) {
                found.push(format!("entry.columns.{field} `{name}`: a heading is not blank and stands for one field"));
            }
        }
    }
    found
}

fn credential_mistakes(m: &Manifest) -> Vec<String> {
    let mut found = vec![];
    for (name, field) in &m.credential {
        if field.public && !field.uses.is_empty() {
            found.push(format!("credential.{name}: a public field needs no uses"));
        }
        if field.captured && field.public {
            found.push(format!("credential.{name}: a captured token is never public"));
        }
        for declared in &field.uses {
            let known = match declared {
                Use::Digest(alg) => DIGESTS.contains(&alg.as_str()),
                Use::Hmac(alg) => HMACS.contains(&alg.as_str()),
                Use::Verify(scheme) => DIGESTS.contains(&scheme.as_str()) || HMACS.contains(&scheme.as_str()) || scheme == "wechat-sha1",
                Use::Send(endpoint) => m.endpoints.contains_key(endpoint),
                Use::Seal(scheme) | Use::Open(scheme) => SEALS.contains(&scheme.as_str()),
            };
            if !known {
                found.push(format!("credential.{name}: the use {declared:?} is not known to this host"));
            }
        }
    }
    found
}

pub(super) fn is_id(id: &str) -> bool {
    (2..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_host(host: &str) -> bool {
    let name = host.strip_prefix("*.").unwrap_or(host);
    let label = |l: &str| !l.is_empty() && l.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    name.contains('.') && name.split('.').all(label)
}

fn is_version(version: &str) -> bool {
    let parts: Vec<_> = version.split('.').collect();
    parts.len() == 3 && parts.iter().all(|p| p.len() < 6 && p.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::Manifest;

    const GOOD: &str = r#"
        id = "acme"
        version = "1.0.0"
        contract = "0.1.0"
        tier = "A"
        evidence = "invented"
        interfaces = ["tracking"]
        numbers = ["AC[0-9]{10}"]
        names = { zh = "快易", en = "Acme" }
        endpoints = { track = "https://api.acme.example/track" }
        quota = { tracking = ["30/1s", "3000/1d"] }
        status = { "80" = "delivered" }
        credential = { key = { uses = ["digest:md5", "send:track"] } }
    "#;

    #[test]
    fn a_good_manifest_is_read() {
        let manifest = Manifest::parse(GOOD).unwrap();
        assert_eq!(manifest.release(), "acme@1.0.0");
        assert_eq!(manifest.status_of("80", ""), ("delivered", true));
        assert_eq!(manifest.status_of("99", "快件到达 【甲】"), ("arrived_at_hub", false));
        assert!(manifest.number_patterns()[0].is_match("AC0123456789"));
        assert!(!manifest.number_patterns()[0].is_match("xAC0123456789"));
    }

    #[test]
    fn a_seal_is_of_a_known_scheme() {
        let sealing = |scheme: &str| GOOD.replace("digest:md5", scheme);
        assert!(Manifest::parse(&sealing("seal:ems-sm4")).is_ok() && Manifest::parse(&sealing("open:ems-sm4")).is_ok());
        for unknown in ["seal:rot13", "open:wechat-aes-256-cbc"] {
            let mistakes = Manifest::parse(&sealing(unknown)).unwrap_err().0;
            assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        }
    }

    /// Of a carrier that only clerks read: no endpoints.
    const BY_HAND: &str = r#"
        id = "acme"
        version = "1.0.0"
        contract = "0.1.0"
        tier = "C"
        evidence = "invented"
        interfaces = ["entry"]
        numbers = ["AC[0-9]{10}"]
        names = { zh = "快易", en = "Acme" }
        [entry.columns]
        number = { names = ["运单号", "单号"], required = true }
        time = { names = ["时间"], required = true }
        node = { names = ["节点"] }
    "#;

    #[test]
    fn a_carrier_by_hand_needs_columns_and_no_endpoints() {
        let manifest = Manifest::parse(BY_HAND).unwrap();
        let columns = manifest.entry.unwrap().columns;
        assert_eq!((columns["number"].names[1].as_str(), columns["time"].required, columns["node"].required), ("单号", true, false));
    }

    #[test]
    fn a_heading_stands_for_one_known_field() {
        for (right, wrong, told) in [
            ("[\"entry\"]", "[\"push\"]", "only if, the interface"),
            ("node =", "colour =", "not a field"),
            ("\"节点\"", "\" 时间\"", "stands for one field"),
            ("\"节点\"", "", "at least one heading"),
            ("\"单号\"], required = true", "\"单号\"]", "entry.columns.number: every row"),
            ("time = { names = [\"时间\"], required = true }", "", "entry.columns.time: every row"),
        ] {
            let mistakes = Manifest::parse(&BY_HAND.replace(right, wrong)).unwrap_err().0;
            assert!(mistakes.len() == 1 && mistakes[0].contains(told), "{mistakes:?}");
        }
        let without = BY_HAND.split("[entry.columns]").next().unwrap();
        assert_eq!(Manifest::parse(without).unwrap_err().0.len(), 1);
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let bad = GOOD
            .replace("acme\"", "Acme!\"")
            .replace("1.0.0\"\n        contract", "1.0\"\n        contract")
            .replace("delivered", "gone")
            .replace("send:track", "send:home");
        let mistakes = Manifest::authored(&bad).unwrap_err().0;
        assert_eq!(mistakes.len(), 4, "{mistakes:#?}");
    }

    #[test]
    fn a_manifest_for_a_newer_host_is_read_and_its_author_is_asked() {
        let newer =
            GOOD.replace("\"80\" = \"delivered\"", "\"80\" = \"delivered\", \"81\" = \"in_transit.by_drone\", \"82\" = \"teleported\"");
        let newer = format!("{newer}\nexplain = [{{ statuses = ['teleported'], zh = '甲', en = 'A' }}]");
        let manifest = Manifest::parse(&newer).unwrap();
        assert_eq!(manifest.status_of("81", "已签收"), ("in_transit", true), "the one above it");
        assert_eq!(manifest.status_of("82", "快件到达 【甲】"), ("arrived_at_hub", false), "by the wording");
        assert_eq!(manifest.status_of("80", ""), ("delivered", true));
        let mistakes = Manifest::authored(&newer).unwrap_err().0;
        assert!(mistakes.len() == 3 && mistakes == manifest.unknown_statuses(), "{mistakes:#?}");
        assert!(mistakes[2].contains("explain row 1: `teleported`"), "{mistakes:#?}");
        let wrong = Manifest::parse(&newer.replace("\"teleported\"", "\"Gone!!\"")).unwrap_err().0;
        assert_eq!(wrong.len(), 1, "no host has such a status: {wrong:?}");
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let mistakes = Manifest::parse(&format!("colour = 'red'\n{GOOD}")).unwrap_err().0;
        assert!(mistakes[0].contains("colour"), "{mistakes:?}");
    }
}
