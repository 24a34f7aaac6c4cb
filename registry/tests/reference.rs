//! `docs/contract.md` is made of the newest released contract, and of that of bulletins.
//! `POSTHOUSE_WRITE_DOCS=1` writes it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use wit_parser::{Docs, Function, InterfaceId, Resolve, Type, TypeDef, TypeDefKind};

/// In the order in which an author meets them.
const ORDER: [&str; 8] = ["tracking", "subscribe", "session", "push", "entry", "credential", "log", "types"];
/// A contract of its own, not released yet.
const BULLETIN: &str = "bulletin-0.1.0";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn newest() -> String {
    let released = std::fs::read_to_string(root().join("wit/released.txt")).unwrap();
    let mut lines = released.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.next_back().and_then(|line| line.split_once(' ')).expect("DIGEST FOLDER").1.trim().to_owned()
}

/// The whole document.
fn document(version: &str) -> String {
    let mut text = format!(
        "<!-- Made of wit/{version} and wit/{BULLETIN} by registry/tests/reference.rs: POSTHOUSE_WRITE_DOCS=1 cargo test -p posthouse-registry --test reference -->\n\n\
         # The contract, {version}\n\n\
         What an adapter exports and what it may import, item by item, as the released [WIT](../wit/{version}) says it. What an author needs besides: \
         [adapters](adapters.md).\n"
    );
    contract(version, &ORDER, &mut text);
    write!(
        text,
        "\n# The contract of bulletins, 0.1.0\n\n\
         For adapters of `kind = \"bulletin\"`, as its [WIT](../wit/{BULLETIN}) says it: a package of its own, `posthouse:bulletin`, not released yet.\n"
    )
    .unwrap();
    contract(BULLETIN, &["notices"], &mut text);
    text
}

/// The worlds of a folder, then its interfaces in this order.
fn contract(folder: &str, order: &[&str], text: &mut String) {
    let mut resolve = Resolve::default();
    resolve.push_dir(root().join("wit").join(folder)).unwrap();
    let interface = |name: &str| resolve.interfaces.iter().find(|(_, i)| i.name.as_deref() == Some(name)).expect(name).0;
    for (_, world) in &resolve.worlds {
        write!(text, "\n## World `{}`\n\n{}", world.name, paragraphs(&world.docs)).unwrap();
        let names = |items: Vec<String>| items.iter().map(|name| format!("[`{name}`](#{name})")).collect::<Vec<_>>().join(", ");
        let of = |keys: Vec<&wit_parser::WorldKey>| {
            let name = |key: &wit_parser::WorldKey| match key {
                wit_parser::WorldKey::Interface(id) => resolve.interfaces[*id].name.clone().expect("a name"),
                wit_parser::WorldKey::Name(name) => name.clone(),
            };
            keys.into_iter().map(name).collect::<Vec<_>>()
        };
        let (imports, exports) = (names(of(world.imports.keys().collect())), names(of(world.exports.keys().collect())));
        let imports = if imports.is_empty() { "nothing".into() } else { imports };
        writeln!(text, "It imports {imports}. It exports of these what its manifest claims: {exports}.").unwrap();
    }
    for name in order {
        described(&resolve, interface(name), text);
    }
    assert_eq!(resolve.interfaces.len(), order.len(), "an interface is left out");
}

fn described(resolve: &Resolve, id: InterfaceId, text: &mut String) {
    let interface = &resolve.interfaces[id];
    write!(text, "\n## {}\n\n{}", interface.name.as_deref().expect("a name"), paragraphs(&interface.docs)).unwrap();
    for function in interface.functions.values() {
        write!(text, "### `{}`\n\n{}\n\n{}", function.name, signature(resolve, function), paragraphs(&function.docs)).unwrap();
    }
    let own = interface.types.iter().filter(|(_, id)| !matches!(resolve.types[**id].kind, TypeDefKind::Type(Type::Id(_))));
    for (name, id) in own {
        let def = &resolve.types[*id];
        write!(text, "### {name}\n\n{}{}", paragraphs(&def.docs), shape(resolve, def)).unwrap();
    }
}

fn signature(resolve: &Resolve, function: &Function) -> String {
    let params: Vec<_> = function.params.iter().map(|param| format!("{}: {}", param.name, told(resolve, &param.ty))).collect();
    let result = function.result.as_ref().map_or_else(String::new, |ty| format!(" → {}", told(resolve, ty)));
    format!("{}({}){result}", function.name, params.join(", "))
}

fn shape(resolve: &Resolve, def: &TypeDef) -> String {
    let row = |name: &str, ty: String, docs: &Docs| format!("| `{name}` | {ty} | {} |\n", cell(docs));
    match &def.kind {
        TypeDefKind::Record(record) => {
            let rows: String = record.fields.iter().map(|field| row(&field.name, told(resolve, &field.ty), &field.docs)).collect();
            format!("| field | type | |\n|---|---|---|\n{rows}\n")
        }
        TypeDefKind::Variant(variant) => {
            let ty = |ty: &Option<Type>| ty.as_ref().map_or_else(String::new, |ty| told(resolve, ty));
            let rows: String = variant.cases.iter().map(|case| row(&case.name, ty(&case.ty), &case.docs)).collect();
            format!("| case | holds | |\n|---|---|---|\n{rows}\n")
        }
        TypeDefKind::Type(ty) => format!("Is {}.\n\n", told(resolve, ty)),
        kind => format!("Is {}.\n\n", of_kind(resolve, kind)),
    }
}

/// A type, with a link where it has a name.
fn told(resolve: &Resolve, ty: &Type) -> String {
    let Type::Id(id) = ty else { return format!("`{}`", plain(ty)) };
    let def = &resolve.types[*id];
    match (&def.name, &def.kind) {
        // Taken over from `types` by `use`.
        (Some(name), _) => format!("[`{name}`](#{name})"),
        (None, kind) => of_kind(resolve, kind),
    }
}

fn of_kind(resolve: &Resolve, kind: &TypeDefKind) -> String {
    let told = |ty: &Type| told(resolve, ty);
    let or_none = |ty: &Option<Type>| ty.as_ref().map_or_else(|| "`_`".into(), told);
    match kind {
        TypeDefKind::List(ty) => format!("list of {}", told(ty)),
        TypeDefKind::Option(ty) => format!("{} or none", told(ty)),
        TypeDefKind::Result(result) => format!("result of {} or error {}", or_none(&result.ok), or_none(&result.err)),
        TypeDefKind::Tuple(tuple) => format!("({})", tuple.types.iter().map(told).collect::<Vec<_>>().join(", ")),
        TypeDefKind::Type(ty) => told(ty),
        other => panic!("the contract has no {}", other.as_str()),
    }
}

fn plain(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::U8 => "u8",
        Type::U16 => "u16",
        Type::U32 => "u32",
        Type::U64 => "u64",
        Type::S64 => "s64",
        Type::String => "string",
        other => panic!("the contract has no {other:?}"),
    }
}

fn paragraphs(docs: &Docs) -> String {
    docs.contents.as_deref().map_or_else(String::new, |text| format!("{}\n\n", text.trim()))
}

fn cell(docs: &Docs) -> String {
    let text = docs.contents.as_deref().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

#[test]
fn the_reference_is_made_of_the_contract() {
    let file = root().join("docs/contract.md");
    let made = document(&newest());
    if std::env::var_os("POSTHOUSE_WRITE_DOCS").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == made, "docs/contract.md is not what the contract says: its first line says how to write it");
}

#[test]
fn every_link_leads_somewhere() {
    let made = document(&newest());
    let headings: BTreeSet<String> = made
        .lines()
        .filter_map(|line| line.strip_prefix("### ").or(line.strip_prefix("## ")))
        .map(|heading| heading.trim_matches('`').to_lowercase().replace(' ', "-"))
        .collect();
    let links: BTreeSet<&str> = made.split("](#").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link).collect();
    assert!(links.len() > 20, "{links:?}");
    for link in links {
        assert!(headings.contains(link), "#{link} is nowhere: {headings:?}");
    }
}
