//! Where a source's pages are: under an endpoint of the signed manifest, or where the operator pointed it.

use std::collections::BTreeMap;

use posthouse_sdk::manifest::Manifest;
use reqwest::Url;

use crate::fault::{Fault, Kind};

/// A bulletin's addresses.
pub struct Addresses<'a> {
    pub manifest: &'a Manifest,
    /// The operator's endpoints.
    pub overrides: Option<&'a BTreeMap<String, String>>,
}

impl Addresses<'_> {
    /// Of a source, as its manifest has it.
    pub fn of(&self, url: &str) -> Result<Url, Fault> {
        let (endpoint, rest) = self.manifest.under(url).ok_or_else(|| astray(url))?;
        let base = self.overrides.and_then(|own| own.get(endpoint)).or_else(|| self.manifest.endpoints.get(endpoint));
        let base = base.expect("`under` names an endpoint").trim_end_matches('/');
        parsed(&format!("{base}{rest}"))
    }

    /// Of an announcement, as the page that was read from `at` has it.
    pub fn within(&self, at: &Url, url: &str) -> Result<Url, Fault> {
        let mut url = at.join(url.trim()).map_err(|_| astray(url))?;
        url.set_fragment(None);
        if self.manifest.under(url.as_str()).is_some() {
            return self.of(url.as_str());
        }
        // A relative one on a site that the operator pointed an endpoint at.
        let own = self.overrides.iter().flat_map(|own| own.values());
        let below = |base: &String| {
            let rest = url.as_str().strip_prefix(base.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        };
        if own.into_iter().any(below) { Ok(url) } else { Err(astray(url.as_str())) }
    }

    /// An address of ours as people know it, wherever an operator points.
    pub fn public(&self, url: &Url) -> Result<String, Fault> {
        let (endpoint, path) = self.below(url)?;
        let base = self.manifest.endpoints[&endpoint].trim_end_matches('/');
        Ok(format!("{base}{path}{}", url.query().map_or_else(String::new, |query| format!("?{query}"))))
    }

    /// The endpoint that an address of ours lies under, and its path below it.
    pub fn below(&self, url: &Url) -> Result<(String, String), Fault> {
        let base = |name: &String| self.overrides.and_then(|own| own.get(name)).or_else(|| self.manifest.endpoints.get(name));
        let below = |name: &String| {
            let rest = url.as_str().strip_prefix(base(name)?.trim_end_matches('/'))?;
            let path = rest.split(['?', '#']).next().unwrap_or_default();
            (rest.is_empty() || rest.starts_with(['/', '?'])).then(|| (name.clone(), path.to_owned()))
        };
        self.manifest.endpoints.keys().find_map(below).ok_or_else(|| astray(url.as_str()))
    }
}

fn parsed(url: &str) -> Result<Url, Fault> {
    Url::parse(url).map_err(|e| Fault::new(Kind::Host, format!("`{url}`: {e}")))
}

fn astray(url: &str) -> Fault {
    let shown: String = url.chars().take(200).collect();
    Fault::contract(format!("`{shown}` lies under no endpoint of the manifest"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
        id = "acme-bulletin"
        version = "1.0.0"
        contract = "0.1.0"
        kind = "bulletin"
        evidence = "invented"
        interfaces = ["notices"]
        names = { zh = "快易公告", en = "Acme's announcements" }
        endpoints = { site = "https://www.acme.example/notice" }
        announcements = [{ name = "open", url = "https://www.acme.example/notice/list?page=1" }]
    "#;

    #[test]
    fn a_page_leads_nowhere_but_under_the_endpoints() {
        let manifest = Manifest::parse(MANIFEST).unwrap();
        let addresses = Addresses { manifest: &manifest, overrides: None };
        let list = addresses.of("https://www.acme.example/notice/list?page=1").unwrap();
        assert_eq!(list.as_str(), "https://www.acme.example/notice/list?page=1");
        let told = |url: &str| addresses.within(&list, url).map(|url| url.to_string());
        for good in ["17.html", "/notice/17.html", "https://www.acme.example/notice/x/../17.html#top"] {
            assert_eq!(told(good).unwrap(), "https://www.acme.example/notice/17.html", "{good}");
        }
        for bad in [
            "/other/17.html",
            "../secret",
            "https://www.acme.example/notice/%2e%2e/secret",
            "https://www.acme.example/noticeable",
            "https://www.acme.example:8443/notice/17.html",
            "https://www.acme.example@evil.example/notice/17.html",
            "//evil.example/notice/17.html",
            "http://www.acme.example/notice/17.html",
            "javascript:void(0)",
        ] {
            assert!(told(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn where_an_operator_points_the_pages_follow() {
        let manifest = Manifest::parse(MANIFEST).unwrap();
        let own = BTreeMap::from([("site".to_owned(), "http://127.0.0.1:9/board/".to_owned())]);
        let addresses = Addresses { manifest: &manifest, overrides: Some(&own) };
        let list = addresses.of("https://www.acme.example/notice/list?page=1").unwrap();
        assert_eq!(list.as_str(), "http://127.0.0.1:9/board/list?page=1");
        for (url, at) in [
            ("17.html", "http://127.0.0.1:9/board/17.html"),
            ("https://www.acme.example/notice/17.html", "http://127.0.0.1:9/board/17.html"),
        ] {
            let ours = addresses.within(&list, url).unwrap();
            assert_eq!((ours.as_str(), addresses.public(&ours).unwrap().as_str()), (at, "https://www.acme.example/notice/17.html"));
        }
        assert!(addresses.within(&list, "http://127.0.0.1:9/boards").is_err());
    }
}
