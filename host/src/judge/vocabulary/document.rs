//! `docs/taxonomies.md`, written from the tables.

use std::fmt::Write;

use super::{Ours, Theirs, VOCABULARIES, Vocabulary, status};

const INTRO: &str = "\
# Taxonomies of others

Written from the tables in `host/src/judge/vocabulary/` by `vocabulary::document()`; a test keeps the two the same. Edit the tables.

Our statuses are the 32 codes of ULSC and two below `in_transit`. Ten published taxonomies are mapped to them and back, code by code,
and each code says what it loses:

* **Read**: their code becomes our status. A loss is what is no longer said when our status is told back in their words.
* **Told**: our status becomes their code. A loss is what is no longer said when their code is read back.
* A loss after `detail:` leaves the code itself as it was: it is their detail that does not come back, or our part after the dot.
  In a row without a detail it says what else the bare code may stand for. All other losses change the code or the status.
* An empty loss means that the way there and back returns the same. A test walks all of it: a loss that is not declared fails, and so
  does one that is declared where nothing is lost.
* An empty status means that their code says nothing of the parcel yet; a status that is known already stands.
* A detail that a code is not known to go with is left out, and the answer says so. A detail that goes with one code alone is understood
  in the place of the code too.
* Where the nearest word of theirs would name a cause, a place or a person that we do not know, the wider one is told. A step for which they
  have no word is told as the one beside it: a return that has not set out as one under way, a release by customs as cleared.
";

/// The page, the same for the same tables.
pub fn document() -> String {
    let mut page = String::from(INTRO);
    write_overview(&mut page).expect("a string takes all");
    for vocabulary in VOCABULARIES.iter() {
        write_section(&mut page, vocabulary).expect("a string takes all");
    }
    page
}

fn write_overview(page: &mut String) -> std::fmt::Result {
    writeln!(
        page,
        "\n| taxonomy | name in the API | codes with details | read without loss | our {} told without loss |",
        status::ALL.len()
    )?;
    writeln!(page, "|---|---|---|---|---|")?;
    for Vocabulary { name, title, reads, tells, .. } in VOCABULARIES.iter() {
        let codes = reads.iter().map(|row| row.codes.len()).sum::<usize>();
        let whole = reads.iter().filter(|row| row.reading.loss.is_none()).map(|row| row.codes.len()).sum::<usize>();
        let told = tells.iter().filter(|row| row.status.is_some() && row.word.loss.is_none()).count();
        writeln!(page, "| [{title}](#{}) | `{name}` | {codes} | {whole} | {told} |", anchor(title))?;
    }
    Ok(())
}

/// As the usual renderers make it from a heading.
fn anchor(title: &str) -> String {
    title.to_lowercase().replace(' ', "-")
}

fn write_section(page: &mut String, vocabulary: &Vocabulary) -> std::fmt::Result {
    let Vocabulary { title, source, notes, reads, tells, .. } = vocabulary;
    writeln!(page, "\n## {title}\n\nSource: {source}.")?;
    if !notes.is_empty() {
        writeln!(page)?;
    }
    for note in notes {
        writeln!(page, "* {note}")?;
    }
    let shown = Shown { detail: vocabulary.fields.1.is_some(), meaning: reads.iter().any(|row| row.meaning.is_some()) };
    writeln!(page, "\nRead:\n")?;
    write_row(page, &shown.of_theirs(&vocabulary.heads()))?;
    write_row(page, &shown.of_theirs(&["---"; 5].map(String::from)))?;
    for row in reads {
        write_row(page, &shown.of_theirs(&their_cells(row)))?;
    }
    writeln!(page, "\nTold:\n")?;
    let [code, detail, _, status, loss] = vocabulary.heads();
    write_row(page, &shown.of_ours(&[status, code, detail, loss]))?;
    write_row(page, &shown.of_ours(&["---"; 4].map(String::from)))?;
    for row in tells {
        write_row(page, &shown.of_ours(&our_cells(row)))?;
    }
    Ok(())
}

/// The columns that this taxonomy fills.
struct Shown {
    detail: bool,
    meaning: bool,
}

impl Shown {
    fn of_theirs<'a>(&self, [code, detail, meaning, status, loss]: &'a [String; 5]) -> Vec<&'a str> {
        let cells = [(true, code), (self.detail, detail), (self.meaning, meaning), (true, status), (true, loss)];
        cells.into_iter().filter_map(|(shown, cell)| shown.then_some(cell.as_str())).collect()
    }

    fn of_ours<'a>(&self, [status, code, detail, loss]: &'a [String; 4]) -> Vec<&'a str> {
        let cells = [(true, status), (true, code), (self.detail, detail), (true, loss)];
        cells.into_iter().filter_map(|(shown, cell)| shown.then_some(cell.as_str())).collect()
    }
}

impl Vocabulary {
    fn heads(&self) -> [String; 5] {
        let (code, detail) = self.fields;
        [quoted(Some(code)), quoted(detail), "means".into(), "our status".into(), "loss".into()]
    }
}

fn their_cells(Theirs { codes, detail, meaning, reading }: &Theirs) -> [String; 5] {
    let codes: Vec<_> = codes.iter().map(|code| quoted(Some(code))).collect();
    [codes.join(", "), quoted(*detail), plain(*meaning), quoted(reading.status), plain(reading.loss)]
}

fn our_cells(Ours { status, word }: &Ours) -> [String; 4] {
    let status = status.map_or("nothing known yet".into(), |status| quoted(Some(status)));
    [status, quoted(Some(word.code).filter(|code| !code.is_empty())), quoted(word.detail), plain(word.loss)]
}

fn quoted(cell: Option<&str>) -> String {
    cell.map_or(String::new(), |cell| format!("`{cell}`"))
}

fn plain(cell: Option<&str>) -> String {
    cell.unwrap_or_default().into()
}

fn write_row(page: &mut String, cells: &[&str]) -> std::fmt::Result {
    writeln!(page, "| {} |", cells.join(" | "))
}
