//! Names that stand for nothing: endpoints and secrets that are asked for and not declared, or declared and
//! never asked for.

use std::collections::{BTreeMap, BTreeSet};

use posthouse_registry::Package;
use posthouse_sdk::manifest::Interface;

use super::{File, Report, others};
use crate::fault::{Kind, Whose};
use crate::fetch;
use crate::replay;
use crate::sandbox::Adapter;
use crate::sandbox::types::Want;

/// Ids that would read as something else in an address.
const RESERVED: &[&str] = &["all", "any", "by-number", "detect", "index", "main", "none", "unknown"];

/// Fills every recorded request as the host would, and sends none.
pub fn check(package: &Package, adapter: &Adapter, files: &[File], report: &mut Report) {
    let manifest = &package.manifest;
    if RESERVED.contains(&manifest.id.as_str()) {
        report.findings.push(format!("`{}` is no name for a carrier: addresses of the API use it", manifest.id));
    }
    let mut asked = BTreeSet::new();
    let mut looks = 0;
    for file in files.iter().filter(|file| file.recorded.interface == "tracking" && manifest.has(Interface::Tracking)) {
        let secrets = others(adapter, file);
        match adapter.ask_aside(&secrets, &replay::task(&file.recorded)).0 {
            Ok(Want::Http(request)) => {
                looks += 1;
                asked.insert(request.endpoint.clone());
                let filled = fetch::fill(&request, manifest, &secrets, &BTreeMap::new());
                // No token is recorded: the host would fetch one.
                if let Err(why) = filled.map(drop).or_else(|why| if why.kind == Kind::TokenExpired { Ok(()) } else { Err(why) }) {
                    report.findings.push(format!("{}: the host refuses what `ask` asks for: {}", file.name, why.detail));
                }
            }
            Ok(Want::Page(page)) => {
                let named = std::iter::once(&page.endpoint).chain(&page.hears);
                for unknown in named.clone().filter(|name| !manifest.endpoints.contains_key(*name)) {
                    report.findings.push(format!("{}: no endpoint `{unknown}` in the manifest", file.name));
                }
                asked.extend(named.cloned());
            }
            Err(fault) if fault.kind.whose() == Whose::Adapter => {
                report.findings.push(format!("{}: `ask` ends as {fault}", file.name));
            }
            Err(_) => {}
        }
    }
    if looks > 0 && !manifest.has(Interface::Session) && !manifest.has(Interface::Subscribe) {
        let unasked: Vec<_> = manifest.endpoints.keys().filter(|name| !asked.contains(*name)).cloned().collect();
        if !unasked.is_empty() {
            report.notes.push(format!("endpoints that no recorded look asks for: {}", unasked.join(", ")));
        }
    }
}
