//! Whose number is it? By the manifests' patterns and check digits.
//!
//! A pattern that few numbers fit says more about one that does: `SF` and thirteen digits is surely
//! one carrier's, twelve digits could be several'. How many fit is counted from the pattern itself.

use posthouse_sdk::manifest::Manifest;
use regex_syntax::hir::{Class, Hir, HirKind};

/// A carrier that a number may be of.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    pub carrier: String,
    /// Of the carriers that it may be of, how likely this one is: 0 to 1.
    pub share: f64,
    /// Its check digit is right.
    pub checked: bool,
}

/// How much surer a right check digit makes it: one number in eleven has it by chance.
const CHECKED: f64 = 11.0;

/// The carriers whose numbers look so, the likeliest first. A wrong check digit rules a carrier out.
pub fn detect<'m>(manifests: impl IntoIterator<Item = &'m Manifest>, number: &str) -> Vec<Ranked> {
    let mut found: Vec<Ranked> = manifests.into_iter().filter_map(|manifest| fits(manifest, number)).collect();
    let all: f64 = found.iter().map(|one| one.share).sum();
    for one in &mut found {
        one.share /= all;
    }
    found.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.carrier.cmp(&b.carrier)));
    found
}

/// With the pattern's weight instead of a share: the fewer numbers fit, the more.
fn fits(manifest: &Manifest, number: &str) -> Option<Ranked> {
    let patterns = manifest.numbers.iter().zip(manifest.number_patterns());
    let matching = patterns.filter(|(_, pattern)| pattern.is_match(number)).map(|(text, _)| digits_left(text));
    let digits = matching.min_by(f64::total_cmp)?;
    let checked = match manifest.check_digit(number) {
        Some(false) => return None,
        right => right.is_some(),
    };
    let share = 10_f64.powf(-digits) * if checked { CHECKED } else { 1.0 };
    Some(Ranked { carrier: manifest.id.clone(), share, checked })
}

/// The decimal logarithm of how many numbers fit a pattern.
fn digits_left(pattern: &str) -> f64 {
    regex_syntax::parse(pattern).map_or(f64::INFINITY, |hir| logarithm(&hir))
}

fn logarithm(hir: &Hir) -> f64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => 0.0,
        HirKind::Class(Class::Unicode(class)) => ranges(class.ranges().iter().map(|r| u32::from(r.end()) - u32::from(r.start()))),
        HirKind::Class(Class::Bytes(class)) => ranges(class.ranges().iter().map(|r| u32::from(r.end()) - u32::from(r.start()))),
        HirKind::Repetition(repeated) => f64::from(repeated.max.unwrap_or(repeated.min + 20)) * logarithm(&repeated.sub),
        HirKind::Capture(group) => logarithm(&group.sub),
        HirKind::Concat(parts) => parts.iter().map(logarithm).sum(),
        HirKind::Alternation(either) => either.iter().map(|hir| 10_f64.powf(logarithm(hir))).sum::<f64>().log10(),
    }
}

fn ranges(lengths: impl Iterator<Item = u32>) -> f64 {
    f64::from(lengths.map(|length| length + 1).sum::<u32>()).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(id: &str, numbers: &str, checked: &str) -> Manifest {
        let text = format!(
            r#"
            id = "{id}"
            version = "1.0.0"
            contract = "0.1.0"
            tier = "A"
            evidence = "invented"
            interfaces = ["tracking"]
            numbers = {numbers}
            {checked}
            names = {{ zh = "快易", en = "Acme" }}
            endpoints = {{ track = "https://acme.example/" }}
            "#
        );
        Manifest::parse(&text).unwrap()
    }

    #[test]
    fn the_pattern_that_fits_fewest_is_the_likeliest() {
        let postal = r#"checked = { "[A-Z]{2}[0-9]{9}CN" = "upu-s10" }"#;
        let all = [
            manifest("aa", r#"["AA[0-9]{12}", "[0-9]{12}"]"#, ""),
            manifest("bb", r#"["7[0-9]{11}"]"#, ""),
            manifest("cc", r#"["[0-9A-Z]{12,14}"]"#, ""),
            manifest("post", r#"["[A-Z]{2}[0-9]{9}CN"]"#, postal),
        ];
        for (number, expected) in [
            ("AA123456789012", vec!["aa", "cc"]),
            ("712345678901", vec!["bb", "aa", "cc"]),
            ("612345678901", vec!["aa", "cc"]),
            ("RN473124829CN", vec!["post", "cc"]),
            ("RN473124828CN", vec!["cc"]),
            ("?", vec![]),
        ] {
            let found = detect(&all, number);
            assert_eq!(found.iter().map(|one| one.carrier.as_str()).collect::<Vec<_>>(), expected, "{number}");
            assert!(found.is_empty() || (found.iter().map(|one| one.share).sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }
}
