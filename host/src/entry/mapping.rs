//! Which heading of a sheet is which field.

use std::collections::BTreeMap;

use posthouse_sdk::entry::FIELDS;
use posthouse_sdk::manifest::Manifest;

/// A sheet's columns: the field of each, if it is one.
pub type Columns = Vec<Option<String>>;

/// Finds each heading's field: as told now, as told the last time for this carrier, by the
/// manifest's names, by the field's own. A field that is told for no heading there, or that a
/// carrier needs and nobody gives, is named.
pub fn columns(
    manifest: &Manifest,
    headings: &[String],
    told: &BTreeMap<String, String>,
    remembered: &BTreeMap<String, String>,
) -> Result<Columns, String> {
    if let Some((heading, field)) = told.iter().find(|(_, field)| !is_field(field)) {
        let known: Vec<_> = FIELDS.iter().map(|(field, ..)| *field).collect();
        return Err(format!("`{field}` (for `{heading}`) is no field; there are: {}", known.join(", ")));
    }
    if let Some(missing) = told.keys().find(|heading| !headings.contains(heading)) {
        return Err(format!("the sheet has no heading `{missing}`; it has: {}", headings.join(", ")));
    }
    let field = |heading: &String| {
        let field = told.get(heading).or_else(|| remembered.get(heading)).cloned();
        field.or_else(|| by_name(manifest, heading))
    };
    let mut columns: Columns = headings.iter().map(field).collect();
    only_once(&mut columns, headings, told);
    let needed = FIELDS.iter().map(|(field, label, _)| (*field, *label)).filter(|(field, _)| needs(manifest, field));
    let missing: Vec<_> = needed.filter(|(field, _)| !columns.iter().flatten().any(|found| found == field)).collect();
    match missing.first() {
        None => Ok(columns),
        Some((field, label)) => Err(format!(
            "no column is `{field}` ({label}); name it, as in {{\"单号\": \"{field}\"}}; the headings are: {}",
            headings.join(", ")
        )),
    }
}

/// What of it is worth remembering for the next sheet.
pub fn remembered(headings: &[String], columns: &Columns) -> BTreeMap<String, String> {
    headings.iter().cloned().zip(columns).filter_map(|(heading, field)| Some((heading, field.clone()?))).collect()
}

fn is_field(name: &str) -> bool {
    FIELDS.iter().any(|(field, ..)| *field == name)
}

fn needs(manifest: &Manifest, field: &str) -> bool {
    match &manifest.entry {
        Some(rules) => rules.columns.get(field).is_some_and(|column| column.required),
        None => matches!(field, "number" | "time"),
    }
}

fn by_name(manifest: &Manifest, heading: &str) -> Option<String> {
    let alike = |name: &str| name.eq_ignore_ascii_case(heading);
    let own = manifest.entry.iter().flat_map(|rules| &rules.columns);
    let named = own.filter(|(_, column)| column.names.iter().any(|name| alike(name))).map(|(field, _)| field.clone()).next();
    named.or_else(|| FIELDS.iter().find(|(field, label, _)| alike(field) || alike(label)).map(|(field, ..)| (*field).to_owned()))
}

/// Of two headings for one field the one that was told counts, else the first.
fn only_once(columns: &mut Columns, headings: &[String], told: &BTreeMap<String, String>) {
    for place in 0..columns.len() {
        let Some(field) = columns[place].clone() else { continue };
        let is_told = |at: usize| told.get(&headings[at]) == Some(&field);
        let better = (0..columns.len()).any(|at| {
            at != place && columns[at].as_ref() == Some(&field) && (is_told(at) && !is_told(place) || at < place && !is_told(place))
        });
        if better {
            columns[place] = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest::parse(
            r#"
            id = "acme"
            version = "1.0.0"
            contract = "0.1.0"
            tier = "C"
            evidence = "invented"
            interfaces = ["entry"]
            numbers = ["A.*"]
            names = { zh = "快易", en = "Acme" }
            entry.columns.number = { names = ["运单号", "单号"], required = true }
            entry.columns.time = { names = ["时间"], required = true }
            entry.columns.text = { names = ["物流信息"] }
            "#,
        )
        .unwrap()
    }

    fn found(headings: &[&str], told: &[(&str, &str)], kept: &[(&str, &str)]) -> Result<Vec<Option<String>>, String> {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        columns(&manifest(), &headings.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>(), &map(told), &map(kept))
    }

    #[test]
    fn a_heading_is_found_by_what_is_told_remembered_or_named() {
        let fields =
            |found: Result<Vec<Option<String>>, String>| found.unwrap().into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>();
        assert_eq!(fields(found(&["单号", "时间", "物流信息", "颜色"], &[], &[])), ["number", "time", "text", ""]);
        assert_eq!(fields(found(&["Waybill", "Time"], &[("Waybill", "number")], &[])), ["number", "time"]);
        assert_eq!(fields(found(&["Waybill", "time"], &[], &[("Waybill", "number")])), ["number", "time"]);
        assert_eq!(fields(found(&["单号", "运单号", "时间"], &[("运单号", "number")], &[])), ["", "number", "time"]);
        assert_eq!(fields(found(&["单号", "运单号", "时间"], &[], &[])), ["number", "", "time"]);
    }

    #[test]
    fn what_is_missing_is_named() {
        for (headings, told, word) in [
            (&["单号"][..], &[][..], "no column is `time`"),
            (&["单号", "时间"], &[("单号", "colour")], "`colour` (for `单号`) is no field"),
            (&["单号", "时间"], &[("日期", "time")], "no heading `日期`"),
        ] {
            let why = found(headings, told, &[]).unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }
}
