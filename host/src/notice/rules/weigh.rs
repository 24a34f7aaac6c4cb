//! Weighs a notice by the tables, kind by kind.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use super::kind::Kind;
use super::plain::{self, Sentence};
use super::table::{
    ALONE, ASKED, ASKS, DATED, DAYS, GRAVITY, GROUPS, HOLIDAY_NAMES, HOLIDAY_PROOF, HOLIDAY_READERS, NOISE, OUTAGE_PROOF, RAISED, ROWS,
    SECOND, SYSTEM_READERS, TALE, TERM, TERMS, TERMS_AT_MOST, TITLE, UNCHANGED, WINDOW,
};

/// A kind that weighs enough, and why.
#[derive(Debug, Clone)]
pub struct Aspect {
    pub kind: Kind,
    pub title: f64,
    pub text: f64,
    pub noise: f64,
    /// Its part of the heaviest kind's weight.
    pub share: f64,
    /// The sentences that speak for it, heaviest first.
    pub proof: Vec<usize>,
}

/// What every kind weighs in one notice.
pub struct Weights {
    aspects: Vec<Aspect>,
    /// What speaks for a notice of any kind.
    bonus: f64,
}

/// What the days of a notice say about it as a whole.
#[derive(Debug, Clone, Copy)]
pub struct Days {
    /// There is one at all.
    pub any: bool,
    /// One is still to come, or is today.
    pub ahead: bool,
    /// One runs from one clock to another.
    pub window: bool,
}

struct Tables {
    rows: Vec<(Kind, Regex, f64)>,
    noise: Vec<(Regex, f64)>,
    unchanged: Regex,
    days: Regex,
    outage_proof: Regex,
    holiday_proof: Regex,
    holiday_names: Regex,
    asks: Regex,
    terms: Vec<Regex>,
    system_readers: Regex,
    holiday_readers: Regex,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    rows: ROWS.iter().map(|(kind, pattern, weight)| (*kind, compile(pattern), *weight)).collect(),
    noise: NOISE.iter().map(|(pattern, weight)| (compile(pattern), *weight)).collect(),
    unchanged: compile(UNCHANGED),
    days: compile(DAYS),
    outage_proof: compile(OUTAGE_PROOF),
    holiday_proof: compile(HOLIDAY_PROOF),
    holiday_names: compile(HOLIDAY_NAMES),
    asks: compile(ASKS),
    terms: TERMS.iter().map(|pattern| compile(pattern)).collect(),
    system_readers: compile(SYSTEM_READERS),
    holiday_readers: compile(HOLIDAY_READERS),
});

/// Fills in the groups. Case is ignored: notices write Token, TOKEN and token.
pub fn compile(pattern: &str) -> Regex {
    let mut whole = pattern.to_owned();
    for _ in 0..2 {
        for (name, group) in GROUPS {
            whole = whole.replace(&format!("<{name}>"), group);
        }
    }
    RegexBuilder::new(&whole).case_insensitive(true).size_limit(64 << 20).build().expect("the tables hold only patterns that compile")
}

pub fn weigh(title: &Sentence, body: &[Sentence], days: Days) -> Weights {
    let heading = TABLES.days.replace_all(&title.plain, "@");
    let claims: Vec<String> = body.iter().map(claims).collect();
    let mut aspects: Vec<Aspect> =
        Kind::ALL.into_iter().map(|kind| Aspect { kind, title: 0.0, text: 0.0, noise: 0.0, share: 0.0, proof: Vec::new() }).collect();
    let mut per_sentence = vec![[0.0_f64; 7]; body.len()];
    for (kind, pattern, weight) in &TABLES.rows {
        let aspect = &mut aspects[kind.index()];
        if pattern.is_match(&heading) {
            aspect.title += weight * TITLE;
        }
        let mut counted = 0;
        for (at, claim) in claims.iter().enumerate() {
            if pattern.is_match(claim) {
                per_sentence[at][kind.index()] += weight;
                counted += 1;
                if counted <= 2 {
                    aspect.text += weight;
                }
            }
        }
    }
    let noise = noise(title, body);
    let terms = terms(title, body);
    for aspect in &mut aspects {
        aspect.noise = noise;
        if aspect.kind == Kind::Outage && days.window && aspect.whole() > 0.0 {
            aspect.text += WINDOW;
        }
        let mut proof: Vec<usize> = (0..body.len()).filter(|at| per_sentence[*at][aspect.kind.index()] > 0.0).collect();
        proof.sort_by(|one, other| per_sentence[*other][aspect.kind.index()].total_cmp(&per_sentence[*one][aspect.kind.index()]));
        aspect.proof = proof;
        // An outage or a holiday without a day is talk, unless the title announces it.
        let timeless = aspect.kind.passes() && !days.any && aspect.title <= 0.0;
        if timeless || !addressed(aspect.kind, terms, title, body) {
            aspect.text = 0.0;
            aspect.title = 0.0;
        }
    }
    Weights { aspects, bonus: bonus(terms, body, days) }
}

/// The sentence without the clauses in which something stays as it is.
fn claims(sentence: &Sentence) -> String {
    let kept: Vec<&str> = sentence.plain.split(',').filter(|clause| !TABLES.unchanged.is_match(clause)).collect();
    TABLES.days.replace_all(plain::cut(&kept.join(","), plain::LONGEST), "@").into_owned()
}

fn noise(title: &Sentence, body: &[Sentence]) -> f64 {
    TABLES
        .noise
        .iter()
        .map(|(pattern, weight)| {
            let in_title = if pattern.is_match(&title.plain) { weight * TITLE } else { 0.0 };
            let hits = body.iter().filter(|sentence| pattern.is_match(&sentence.plain)).take(2).count();
            in_title + weight * hits as f64
        })
        .sum()
}

/// How many of the words that only callers of interfaces use stand in it.
fn terms(title: &Sentence, body: &[Sentence]) -> usize {
    TABLES.terms.iter().filter(|term| stands(term, title, body)).count()
}

/// Technical words, requests to act and a day still to come make any kind likelier.
fn bonus(terms: usize, body: &[Sentence], days: Days) -> f64 {
    let asked = body.iter().filter(|sentence| TABLES.asks.is_match(&sentence.plain)).take(2).count();
    let dated = match days {
        Days { ahead: true, .. } => DATED,
        Days { any: true, .. } if asked == 0 => -TALE,
        _ => 0.0,
    };
    (terms as f64 * TERM).min(TERMS_AT_MOST) + asked as f64 * ASKED + dated
}

/// Whether the notice speaks to those a kind concerns: a notice without one technical word is not for them.
fn addressed(kind: Kind, terms: usize, title: &Sentence, body: &[Sentence]) -> bool {
    match kind {
        Kind::Holiday => {
            [&TABLES.holiday_readers, &TABLES.holiday_proof, &TABLES.holiday_names].iter().all(|words| stands(words, title, body))
        }
        Kind::Outage => stands(&TABLES.system_readers, title, body) && stands(&TABLES.outage_proof, title, body),
        _ => terms >= 1,
    }
}

fn stands(pattern: &Regex, title: &Sentence, body: &[Sentence]) -> bool {
    pattern.is_match(&title.plain) || body.iter().any(|sentence| pattern.is_match(&sentence.plain))
}

impl Aspect {
    fn whole(&self) -> f64 {
        self.title + self.text
    }

    fn grave(&self) -> f64 {
        let gravity = GRAVITY.iter().find(|(kind, _)| *kind == self.kind).map_or(1.0, |(_, gravity)| *gravity);
        self.whole() * gravity
    }
}

impl Weights {
    /// The kinds that weigh enough, heaviest first.
    pub fn raised(self) -> Vec<Aspect> {
        let mut aspects = self.aspects;
        aspects.sort_by(|one, other| other.grave().total_cmp(&one.grave()));
        let heaviest = aspects.iter().map(Aspect::whole).fold(0.0, f64::max);
        let bonus = self.bonus;
        let enough = |aspect: &Aspect| aspect.whole() >= ALONE && aspect.whole() + bonus - aspect.noise >= RAISED;
        aspects.retain(|aspect| enough(aspect) && aspect.whole() >= heaviest * SECOND);
        for aspect in &mut aspects {
            aspect.share = aspect.whole() / heaviest;
        }
        aspects
    }
}
