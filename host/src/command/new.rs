//! `posthouse adapter new`: a folder that builds and passes its own test at once.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use posthouse_sdk::manifest::Manifest;
use serde_json::json;

use super::{Context, print_json};

/// Writes the beginnings of an adapter: code, manifest, one recorded answer and what it means.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  posthouse adapter new acme --zh 快易 --en Acme\n  posthouse adapter new acme --language python --number 'AC[0-9]{10}' --example AC0123456789"
)]
pub struct New {
    /// The carrier's id: 2 to 32 of a-z, 0-9 and -.
    id: String,
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    language: Language,
    /// The folder; the id if left out.
    #[arg(long)]
    into: Option<PathBuf>,
    /// What people call the carrier, in Chinese.
    #[arg(long)]
    zh: Option<String>,
    /// And in English.
    #[arg(long)]
    en: Option<String>,
    /// A regular expression for its waybill numbers.
    #[arg(long, requires = "example")]
    number: Option<String>,
    /// A number that the expression matches.
    #[arg(long, requires = "number")]
    example: Option<String>,
    /// Where the SDK's crate lies; looked for around here and around this program if left out.
    #[arg(long)]
    sdk: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    Rust,
    Javascript,
    Python,
}

/// A file's name and its text, with `{id}` and the like in both.
type Template = (&'static str, &'static str);

macro_rules! templates {
    ($name:ident: $folder:literal, $($file:literal),+) => {
        const $name: &[Template] = &[$(($file, include_str!(concat!("../../templates/", $folder, "/", $file, ".txt")))),+];
    };
}

templates!(COMMON: "common", "adapter.toml", "README.md", "recorded/signed.json");
templates!(JAVASCRIPT: "javascript", "package.json", "adapter.js");
templates!(PYTHON: "python", "requirements.txt", "adapter.py");
templates!(RUST: "rust", "Cargo.toml", "src/lib.rs", "tests/recorded.rs");

/// The newest released contract.
const CONTRACT: &str = "0.1.0";

impl New {
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.into.clone().unwrap_or_else(|| PathBuf::from(&self.id));
        anyhow::ensure!(!folder.exists(), "{} is there already: name another folder with --into", folder.display());
        let words = self.words(&folder)?;
        let fill = |text: &str| words.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value));
        // What would not build is said before a file is written.
        Manifest::parse(&fill(COMMON[0].1)).with_context(|| format!("no adapter can be made of `{}`", self.id))?;
        let mut written = vec![];
        for (name, text) in COMMON.iter().chain(self.language.templates()) {
            let file = folder.join(name);
            std::fs::create_dir_all(file.parent().context("a file in a folder")?)?;
            std::fs::write(&file, fill(text)).with_context(|| format!("cannot write {}", file.display()))?;
            written.push(file);
        }
        if self.language == Language::Rust {
            self.lock(&folder)?;
        }
        let shown = folder.display();
        let next = [format!("posthouse adapter build {shown}"), format!("posthouse adapter check {} --recorded {shown}/recorded", self.id)];
        if context.json {
            return print_json(&json!({ "folder": folder, "files": written, "next": next }));
        }
        written.iter().for_each(|file| println!("{}", file.display()));
        println!("\nnext:\n  {}\n{shown}/README.md says how to go on", next.join("\n  "));
        Ok(())
    }

    fn words(&self, folder: &Path) -> anyhow::Result<Vec<(&'static str, String)>> {
        let upper = self.id.to_uppercase();
        let prefix: String = upper.chars().filter(char::is_ascii_alphabetic).take(2).collect();
        let number = self.number.clone().unwrap_or_else(|| format!("{prefix}[0-9]{{10}}"));
        let (sdk, workspace) = match self.language {
            Language::Rust => self.dependency(folder)?,
            _ => Default::default(),
        };
        Ok(vec![
            ("id", self.id.clone()),
            ("module", self.id.replace('-', "_")),
            ("type", camel(&self.id)),
            ("zh", self.zh.clone().unwrap_or_else(|| upper.clone())),
            ("en", self.en.clone().unwrap_or_else(|| camel(&self.id))),
            ("number", number.replace('\\', "\\\\")),
            ("example", self.example.clone().unwrap_or_else(|| format!("{prefix}0123456789"))),
            ("contract", CONTRACT.into()),
            ("source", self.language.source().into()),
            ("folder", folder.display().to_string()),
            ("sdk", sdk),
            ("workspace", workspace),
        ])
    }

    /// Where the SDK is, as Cargo wants it: the workspace's own inside one that has it, else by path.
    fn dependency(&self, folder: &Path) -> anyhow::Result<(String, String)> {
        let at = std::path::absolute(folder)?;
        let has_sdk = |dir: &Path| {
            std::fs::read_to_string(dir.join("Cargo.toml")).is_ok_and(|text| text.contains("[workspace]") && text.contains("posthouse-sdk"))
        };
        // Its members are `adapters/*`.
        let house = at.parent().filter(|dir| dir.ends_with("adapters")).and_then(Path::parent);
        if self.sdk.is_none() && house.is_some_and(has_sdk) {
            return Ok(("{ workspace = true }".into(), String::new()));
        }
        let sdk = self.sdk()?;
        Ok((format!("{{ path = {:?} }}", sdk.display().to_string()), "\n[workspace]\n".into()))
    }

    fn sdk(&self) -> anyhow::Result<PathBuf> {
        let program = std::env::current_exe()?;
        let here = std::env::current_dir()?;
        let around = program.ancestors().chain(here.ancestors()).map(|dir| dir.join("sdk"));
        let given = self.sdk.iter().cloned();
        let found = given.chain(around).find(|dir| dir.join("src/lib.rs").is_file() && dir.join("Cargo.toml").is_file());
        let found = found.context("the SDK's crate is not around here: name it with --sdk, such as --sdk posthouse/sdk")?;
        Ok(std::fs::canonicalize(found)?)
    }

    /// The versions that the project is built with, where the adapter is a workspace of its own.
    fn lock(&self, folder: &Path) -> anyhow::Result<()> {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml"))?;
        if manifest.contains("[workspace]") {
            let lock = self.sdk()?.join("../Cargo.lock");
            if lock.is_file() {
                std::fs::copy(lock, folder.join("Cargo.lock"))?;
            }
        }
        Ok(())
    }
}

impl Language {
    fn templates(self) -> &'static [Template] {
        match self {
            Self::Rust => RUST,
            Self::Javascript => JAVASCRIPT,
            Self::Python => PYTHON,
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::Rust => "src/lib.rs",
            Self::Javascript => "adapter.js",
            Self::Python => "adapter.py",
        }
    }
}

/// `AcmeExpress` of `acme-express`.
fn camel(id: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    let name: String = id.split('-').map(word).collect();
    // No name of a type begins with a digit.
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("Carrier{name}") } else { name }
}
