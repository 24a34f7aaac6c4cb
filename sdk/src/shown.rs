//! What stood on a page: a guard, a word about the parcel, rows, or the answer that it fetched.

use crate::page::{CHALLENGES, DECOYS, DRAWN, REFUSALS, SAID, twin};
use crate::{Cell, Event, Fault, Heard, HttpReply, PageReply, Parcel, Reply, Track, fault};

/// What a page tells of the parcel itself.
const TOLD: &[&str] = &[fault::NOT_ELIGIBLE, fault::NOT_FOUND, fault::NO_EVENTS];

/// Of two marks on one page, the graver one is the fault.
const BY_WEIGHT: &[&str] = &[
    fault::CHALLENGE,
    SAID,
    fault::TURNED_AWAY,
    fault::DECOY,
    fault::WRONG_PARCEL,
    fault::NOT_ELIGIBLE,
    fault::NOT_FOUND,
    fault::NO_EVENTS,
];

impl PageReply {
    /// What the document's status or a mark says instead of a track.
    pub fn fault(&self) -> Option<Fault> {
        self.marked(BY_WEIGHT).or_else(|| of_status(self.status))
    }

    /// What is graver than the rows that stand there: a guard that is shown, a status that is no
    /// page's, and rows that are only some of them. A word in a footer is not.
    pub fn fault_beside_rows(&self) -> Option<Fault> {
        self.marked(&[fault::CHALLENGE]).or_else(|| of_status(self.status)).or_else(|| self.marked(&[fault::NOT_ELIGIBLE]))
    }

    /// What stands there whoever was asked about.
    fn guard(&self) -> Option<Fault> {
        self.fault().filter(|fault| !TOLD.contains(&fault.code.as_str()))
    }

    fn marked(&self, codes: &[&str]) -> Option<Fault> {
        let code = codes.iter().find(|code| self.has(code))?;
        let code = if *code == SAID { fault::CHALLENGE } else { code };
        Some(Fault::new(code, format!("the page shows it: {}", self.title).trim_end_matches([':', ' '])))
    }

    /// Refuses a page that shows another number than the parcel's. Where it shows none this says
    /// nothing; where it cannot be read surely, nobody knows whose rows they are.
    pub fn must_show(&self, parcel: &Parcel, fact: &str) -> Result<(), Fault> {
        match value(&self.facts, fact) {
            Some(shown) => parcel.must_be(shown),
            None => Err(Fault::new(fault::LOW_CONFIDENCE, "the number on the page cannot be read surely")),
        }
    }

    /// Whether a mark stood on the page.
    pub fn has(&self, mark: &str) -> bool {
        self.marks.iter().any(|seen| seen == mark)
    }

    /// A value of the whole page, if it is there and sure.
    pub fn fact(&self, name: &str) -> Option<&str> {
        value(&self.facts, name).filter(|text| !text.is_empty())
    }

    /// The track of a page of rows, whose fact `number` is the number it shows. A guard speaks of
    /// nobody and comes first; what speaks of a parcel counts only if it is this one.
    pub fn track(&self, parcel: &Parcel, read: impl Fn(&[Cell]) -> Option<Event>) -> Result<Track, Fault> {
        let empty = self.rows.iter().all(|row| is_blank(row));
        let (told, guarded): (Option<Fault>, _) = if empty { (self.marked(TOLD), self.guard()) } else { (None, self.fault_beside_rows()) };
        if let Some(guard) = guarded {
            return Err(guard);
        }
        self.must_show(parcel, "number")?;
        if empty {
            return Err(told.unwrap_or_else(|| Fault::new(fault::LAYOUT_CHANGED, "neither rows nor a word about the parcel")));
        }
        let (events, odd) = events(&self.rows, read)?;
        parcel.track(events, odd)
    }

    /// What the page fetched from an endpoint, as if we had asked for it, unless a guard stands
    /// before it. A refusal is one of the page: there is no account that could be wrong.
    pub fn heard(&self, endpoint: &str) -> Result<HttpReply, Fault> {
        let heard = self.heard.iter().rev().find(|heard| heard.endpoint == endpoint);
        let fault = if heard.is_some() { self.fault_beside_rows() } else { self.fault() };
        match (fault, heard) {
            (Some(fault), _) => Err(fault),
            (None, None) => Err(Fault::new(fault::LAYOUT_CHANGED, format!("the page fetched nothing from `{endpoint}`"))),
            (None, Some(Heard { status, body, charset, .. })) => match of_status(*status) {
                Some(fault) => Err(fault),
                None => Ok(HttpReply { status: *status, headers: vec![], body: body.clone(), charset: charset.clone() }),
            },
        }
    }
}

/// What the words mean with which a page's own fetch was refused.
pub fn refused(words: &str) -> Fault {
    let said = |any: &[&str]| any.iter().any(|word| words.contains(word));
    let code = match () {
        () if said(CHALLENGES) => fault::CHALLENGE,
        () if said(REFUSALS) => fault::TURNED_AWAY,
        () if said(DECOYS) => fault::DECOY,
        () => match fault::of_words(words) {
            // Nobody gave one.
            fault::CREDENTIAL_REJECTED => fault::TURNED_AWAY,
            code => code,
        },
    };
    Fault::new(code, words)
}

/// A status that is not a page's.
fn of_status(status: u16) -> Option<Fault> {
    let code = match status {
        0..=399 => return None,
        401 | 403 | 418 | 429 | 451 => fault::TURNED_AWAY,
        500..=599 => fault::CARRIER_ERROR,
        _ => fault::LAYOUT_CHANGED,
    };
    Some(Fault::new(code, format!("HTTP {status}")))
}

/// A cell's text by name, or what is drawn there instead; empty if there is neither, none if it
/// could not be read surely.
pub fn value<'a>(cells: &'a [Cell], name: &str) -> Option<&'a str> {
    let of = |name: &str| cells.iter().find(|cell| cell.name == name);
    let text = of(name).filter(|cell| cell.unsure || !cell.value.is_empty());
    text.or_else(|| of(&twin(name))).map_or(Some(""), |cell| (!cell.unsure).then_some(cell.value.as_str()))
}

/// Whether each of its values is sure. What is drawn beside a text is an icon.
fn is_sure(row: &[Cell]) -> bool {
    row.iter().filter(|cell| cell.unsure).all(|cell| {
        let text = cell.name.strip_suffix(DRAWN).and_then(|name| row.iter().find(|text| text.name == name));
        text.is_some_and(|text| !text.unsure && !text.value.is_empty())
    })
}

/// Reads every row. What is no event goes aside as raw text, a row with an unsure value too: it is
/// never guessed. If not one row is sure, the page was not read: `low-confidence`.
pub fn events(rows: &[Vec<Cell>], read: impl Fn(&[Cell]) -> Option<Event>) -> Result<(Vec<Event>, Vec<String>), Fault> {
    let rows = rows.iter().filter(|row| !is_blank(row));
    let (sure, unsure): (Vec<_>, Vec<_>) = rows.partition(|row| is_sure(row));
    if sure.is_empty() && !unsure.is_empty() {
        return Err(Fault::new(fault::LOW_CONFIDENCE, format!("none of {} drawn rows can be read surely", unsure.len())));
    }
    let (mut events, mut odd) = (vec![], vec![]);
    for row in sure {
        match read(row) {
            Some(event) => events.push(event),
            None => odd.push(line(row)),
        }
    }
    odd.extend(unsure.into_iter().map(|row| line(row)));
    Ok((events, odd))
}

/// A heading, or the one cell across in which a table says that it is empty.
fn is_blank(row: &[Cell]) -> bool {
    row.iter().all(|cell| cell.value.is_empty() && !cell.unsure)
}

/// A row as one line, for what could not be read: unsure cells are `?`.
pub fn line(cells: &[Cell]) -> String {
    let shown = |cell: &Cell| if cell.unsure { "?".to_owned() } else { cell.value.clone() };
    cells.iter().map(shown).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

impl Reply {
    /// The page. An adapter that asked for none never gets one.
    pub fn page(self) -> Result<PageReply, Fault> {
        match self {
            Reply::Page(page) => Ok(page),
            Reply::Http(reply) => Err(fault::unreadable("an HTTP answer came where a page was asked for", &reply.body)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, marks: &[&str]) -> PageReply {
        let marks = marks.iter().map(|m| (*m).to_owned()).collect();
        PageReply { status, title: "查询".into(), url: String::new(), marks, rows: vec![], facts: vec![], heard: vec![] }
    }

    #[test]
    fn the_graver_mark_is_the_fault() {
        for (status, marks, expected) in [
            (200, &[][..], None),
            (200, &["no-events", "challenge"], Some(fault::CHALLENGE)),
            (200, &["not-found"], Some(fault::NOT_FOUND)),
            (200, &["challenge-said"], Some(fault::CHALLENGE)),
            (200, &["delivered"], None),
            (403, &["challenge"], Some(fault::CHALLENGE)),
            (403, &[], Some(fault::TURNED_AWAY)),
            (502, &[], Some(fault::CARRIER_ERROR)),
            (404, &[], Some(fault::LAYOUT_CHANGED)),
        ] {
            assert_eq!(reply(status, marks).fault().map(|f| f.code), expected.map(str::to_owned), "{status} {marks:?}");
        }
    }

    #[test]
    fn rows_weigh_more_than_a_word_and_less_than_a_guard() {
        for (status, marks, expected) in [
            (200, &["challenge-said", "decoy", "turned-away", "not-found"][..], None),
            (200, &["challenge"], Some(fault::CHALLENGE)),
            (200, &["decoy", "not-eligible"], Some(fault::NOT_ELIGIBLE)),
            (403, &["not-eligible"], Some(fault::TURNED_AWAY)),
        ] {
            assert_eq!(reply(status, marks).fault_beside_rows().map(|f| f.code), expected.map(str::to_owned), "{status} {marks:?}");
        }
    }

    #[test]
    fn the_number_shown_is_the_number_asked_for() {
        let parcel = Parcel::of("AC01");
        let shows = |value: &str, unsure| {
            let facts = vec![Cell { name: "number".into(), value: value.into(), unsure }];
            PageReply { facts, ..reply(200, &[]) }.must_show(&parcel, "number").map_err(|f| f.code)
        };
        assert_eq!(shows("AC01", false), Ok(()));
        assert_eq!(shows("", false), Ok(()));
        assert_eq!(shows("AC02", false), Err(fault::WRONG_PARCEL.into()));
        assert_eq!(shows("", true), Err(fault::LOW_CONFIDENCE.into()));
    }

    #[test]
    fn a_refused_fetch_is_the_pages_refusal() {
        let heard = |status| Heard { endpoint: "lookup".into(), status, body: b"{}".to_vec(), charset: None };
        let page = |status| PageReply { heard: vec![heard(status)], ..reply(200, &[]) };
        assert!(page(200).heard("lookup").is_ok());
        assert_eq!(page(403).heard("lookup").unwrap_err().code, fault::TURNED_AWAY);
        assert_eq!(page(502).heard("lookup").unwrap_err().code, fault::CARRIER_ERROR);
        assert_eq!(page(200).heard("page").unwrap_err().code, fault::LAYOUT_CHANGED);
    }

    #[test]
    fn rows_are_a_track_if_they_are_the_parcels() {
        let parcel = Parcel::of("AC01");
        let cell = |name: &str, value: &str| Cell { name: name.into(), value: value.into(), unsure: false };
        let page = |number: &str, text: &str, marks: &[&str]| PageReply {
            facts: vec![cell("number", number)],
            rows: vec![vec![cell("text", text)]],
            ..reply(200, marks)
        };
        let event = |row: &[Cell]| Some(Event { at: 0, code: String::new(), status: None, text: value(row, "text")?.into(), place: None });
        let read = |number: &str, text: &str, marks: &[&str]| page(number, text, marks).track(&parcel, event).map_err(|f| f.code);
        assert_eq!(read("AC01", "到达", &["decoy"]).unwrap().events.len(), 1);
        for (number, text, marks, expected) in [
            ("AC02", "到达", &[][..], fault::WRONG_PARCEL),
            ("AC02", "到达", &["challenge"], fault::CHALLENGE),
            ("AC02", "", &["not-found"], fault::WRONG_PARCEL),
            ("AC01", "", &["no-events"], fault::NO_EVENTS),
            ("AC01", "", &["no-events", "decoy"], fault::DECOY),
            ("AC01", "到达", &["not-eligible"], fault::NOT_ELIGIBLE),
            ("", "", &[], fault::LAYOUT_CHANGED),
        ] {
            assert_eq!(read(number, text, marks).unwrap_err(), expected, "{number} {text} {marks:?}");
        }
    }

    #[test]
    fn a_refusals_words_are_the_pages() {
        for (words, expected) in [
            ("请完成滑块验证", fault::CHALLENGE),
            ("操作过于频繁", fault::TURNED_AWAY),
            ("无权限", fault::TURNED_AWAY),
            ("系统维护中，请稍后再试", fault::DECOY),
            ("运单不存在", fault::NOT_FOUND),
            ("系统错误", fault::CARRIER_ERROR),
        ] {
            assert_eq!(refused(words).code, expected, "{words}");
        }
    }

    #[test]
    fn what_is_drawn_counts_where_there_is_no_text() {
        let cell = |name: &str, value: &str, unsure| Cell { name: name.into(), value: value.into(), unsure };
        let row = |text: &str, drawn: &str, unsure| vec![cell("text", text, false), cell("text:drawn", drawn, unsure)];
        assert_eq!(value(&row("到达", "", true), "text"), Some("到达"));
        assert_eq!(value(&row("", "到达", false), "text"), Some("到达"));
        assert_eq!(value(&row("", "", true), "text"), None);
        assert_eq!([row("到达", "", true), row("", "到达", false), row("", "", true)].map(|row| is_sure(&row)), [true, true, false]);
    }
}
