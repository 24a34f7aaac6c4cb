//! What live traffic announces: `Deprecation` and `Sunset` headers, redirects, 410, another host's
//! certificate, answers that have grown another shape.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Mutex;

use jiff::fmt::rfc2822;

use crate::fault::Instant;
use crate::fetch::Exchange;
use crate::incident::Shape;
use crate::parcel::Account;
use crate::sandbox::types::{HttpReply, Reply};

/// Something that was seen in live traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// The same sign has the same key: account, interface, kind and what was said.
    pub key: String,
    pub carrier: String,
    /// `deprecated`, `sunset`, `redirect`, `gone`, `certificate`, `shape`.
    pub kind: &'static str,
    pub words: String,
    pub due_at: Option<Instant>,
}

/// What was seen and is not stored yet, and what is usual.
#[derive(Default)]
pub struct Signs(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    known: HashSet<String>,
    news: Vec<Sign>,
    certificates: HashMap<String, String>,
    shapes: HashMap<String, Usual>,
    fields_told: usize,
}

/// Fields of an interface's good answers.
#[derive(Default)]
struct Usual {
    answers: u32,
    fields: BTreeSet<String>,
    /// How many answers had a field that is not usual.
    strange: BTreeMap<String, u32>,
}

/// One of so many good answers is looked at for its shape.
const SAMPLE: u32 = 10;
/// Answers that are learned from before anything counts as new.
const LEARNED: u32 = 30;
/// Answers that must have a new field: a rare field is no change.
const OFTEN: u32 = 3;
/// New fields that are told between two starts: an answer whose names are data tells no news.
const FIELDS: usize = 200;
/// Kept in memory at most, of each.
const MOST: usize = 4096;

impl Signs {
    /// Looks at what a carrier answered. Cheap: most answers announce nothing.
    pub fn note(&self, account: &Account, release: &str, exchanges: &[Exchange]) {
        for exchange in exchanges {
            let Some(Reply::Http(reply)) = &exchange.reply else { continue };
            let of = Of { account, interface: exchange.interface };
            let is_good = exchange.fault.is_none() && exchange.interface == "tracking" && reply.status == 200;
            let is_sample = {
                let mut seen = self.0.lock().expect("no panic inside");
                seen.headers(&of, reply);
                if let Some((host, certificate)) = &exchange.peer {
                    seen.certificate(&of, host, certificate);
                }
                is_good && seen.is_sample(&of, release)
            };
            if is_sample {
                // Read without holding anybody up.
                let shape = Shape::of(Some(reply.status), &String::from_utf8_lossy(&reply.body));
                self.0.lock().expect("no panic inside").shape(&of, release, &shape);
            }
        }
    }

    /// They could not be stored: they are told again.
    pub fn put_back(&self, signs: impl IntoIterator<Item = Sign>) {
        self.0.lock().expect("no panic inside").news.extend(signs);
    }

    /// What is new since this was asked last.
    pub fn take(&self) -> Vec<Sign> {
        std::mem::take(&mut self.0.lock().expect("no panic inside").news)
    }
}

struct Of<'a> {
    account: &'a Account,
    interface: &'a str,
}

impl Seen {
    fn tell(&mut self, of: &Of<'_>, kind: &'static str, said: &str, words: String, due_at: Option<Instant>) {
        let key = format!("{} {} {kind} {said}", of.account, of.interface);
        if self.known.len() < MOST && self.known.insert(key.clone()) {
            let words = format!("{} of {}: {words}", of.interface, of.account);
            self.news.push(Sign { key, carrier: of.account.carrier.to_string(), kind, words, due_at });
        }
    }

    fn headers(&mut self, of: &Of<'_>, reply: &HttpReply) {
        let header = |name: &str| reply.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name)).map(|h| cut(&h.value));
        if let Some(said) = header("sunset") {
            let due = date(&said);
            self.tell(of, "sunset", &said, format!("the answer says that it ends at {said} (Sunset, RFC 8594)"), due);
        }
        if let Some(said) = header("deprecation") {
            let due = date(&said);
            self.tell(of, "deprecated", &said, format!("the answer says that it is deprecated: {said} (RFC 9745)"), due);
        }
        match reply.status {
            410 => self.tell(of, "gone", "410", "the carrier answers that the address is gone (HTTP 410)".into(), None),
            301 | 302 | 307 | 308 => {
                let to = header("location").map_or_else(|| "nowhere".into(), |to| host_of(&to));
                self.tell(of, "redirect", &to, format!("the carrier points to {to} (HTTP {}), which is not followed", reply.status), None);
            }
            _ => {}
        }
    }

    /// The first one seen since the start is the usual one.
    fn certificate(&mut self, of: &Of<'_>, host: &str, certificate: &str) {
        let before = self.certificates.insert(host.to_owned(), certificate.to_owned());
        if before.is_some_and(|before| before != certificate) {
            let short = &certificate[..certificate.len().min(16)];
            self.tell(of, "certificate", certificate, format!("{host} shows another certificate ({short}…)"), None);
        }
    }

    fn usual(&mut self, of: &Of<'_>, release: &str) -> &mut Usual {
        self.shapes.entry(format!("{} {} {release}", of.account, of.interface)).or_default()
    }

    fn is_sample(&mut self, of: &Of<'_>, release: &str) -> bool {
        let usual = self.usual(of, release);
        usual.answers += 1;
        usual.answers <= LEARNED || usual.answers.is_multiple_of(SAMPLE)
    }

    fn shape(&mut self, of: &Of<'_>, release: &str, shape: &Shape) {
        let told = self.fields_told;
        let usual = self.usual(of, release);
        if usual.answers <= LEARNED {
            usual.fields.extend(shape.fields().map(str::to_owned));
            return;
        }
        let strange: Vec<String> = shape.fields().filter(|field| !usual.fields.contains(*field)).map(str::to_owned).collect();
        let mut new = vec![];
        for field in strange {
            if usual.strange.len() >= MOST || told >= FIELDS {
                break;
            }
            let count = usual.strange.entry(field.clone()).or_default();
            *count += 1;
            if *count == OFTEN {
                new.push(field);
            }
        }
        self.fields_told += new.len();
        for field in new {
            self.tell(of, "shape", &field, format!("good answers have a field that they did not have: {field}"), None);
        }
    }
}

/// An HTTP date, or the seconds since 1970 that RFC 9745 writes: `@1688169599`.
fn date(text: &str) -> Option<Instant> {
    match text.strip_prefix('@') {
        Some(seconds) => seconds.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1000)),
        None => rfc2822::parse(text).ok().map(|at| at.timestamp().as_millisecond()),
    }
}

/// Of an address only the host: its path may hold a secret.
fn host_of(address: &str) -> String {
    reqwest::Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "another path of its own".into())
}

fn cut(text: &str) -> String {
    text.trim().chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::types::Pair;

    fn answered(status: u16, headers: &[(&str, &str)], body: &str) -> Exchange {
        let headers = headers.iter().map(|(name, value)| Pair { name: (*name).into(), value: (*value).into() }).collect();
        let reply = HttpReply { status, headers, body: body.into(), charset: None };
        Exchange { reply: Some(Reply::Http(reply)), ..Exchange::new("tracking", 0, 0) }
    }

    fn kinds(signs: &Signs) -> Vec<&'static str> {
        signs.take().iter().map(|sign| sign.kind).collect()
    }

    #[test]
    fn an_answer_announces_its_own_end_once() {
        let (signs, account) = (Signs::default(), Account::new("acme", "main"));
        let ends = || answered(200, &[("Sunset", "Wed, 04 Feb 2026 00:00:00 GMT"), ("deprecation", "@1770163200")], "{}");
        signs.note(&account, "acme@1.0.0+1", &[ends(), ends()]);
        let told = signs.take();
        assert_eq!(
            told.iter().map(|sign| (sign.kind, sign.due_at)).collect::<Vec<_>>(),
            [("sunset", Some(1_770_163_200_000)), ("deprecated", Some(1_770_163_200_000))]
        );
        signs.note(&account, "acme@1.0.0+1", &[answered(308, &[("location", "https://new.example/k/secret")], "")]);
        let told = signs.take();
        assert!(told[0].kind == "redirect" && told[0].words.contains("new.example") && !told[0].words.contains("secret"));
        signs.note(&account, "acme@1.0.0+1", &[answered(410, &[], "")]);
        assert_eq!(kinds(&signs), ["gone"]);
    }

    #[test]
    fn a_field_that_came_to_stay_is_told_and_a_rare_one_is_not() {
        let (signs, account) = (Signs::default(), Account::new("acme", "main"));
        let note = |body: &str, times: u32| (0..times).for_each(|_| signs.note(&account, "acme@1.0.0+1", &[answered(200, &[], body)]));
        note(r#"{"a":1}"#, 60);
        note(r#"{"a":1,"rare":1}"#, 10);
        note(r#"{"a":1}"#, 60);
        assert_eq!(kinds(&signs), Vec::<&str>::new());
        note(r#"{"a":1,"token":1}"#, 40);
        assert_eq!(
            signs.take().iter().map(|sign| sign.words.clone()).collect::<Vec<_>>(),
            ["tracking of acme/main: good answers have a field that they did not have: $.token"]
        );
        let other =
            |certificate: &str| Exchange { peer: Some(("acme.example".into(), certificate.into())), ..answered(200, &[], r#"{"a":1}"#) };
        signs.note(&account, "acme@1.0.0+1", &[other("aa"), other("aa"), other("bb")]);
        assert_eq!(kinds(&signs), ["certificate"]);
    }
}
