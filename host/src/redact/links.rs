//! Links, tokens in text, e-mails and positions.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{Kind, MASK, Redactor};

static LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?:https?|ftp)://[^\s"'<>\\，。；、）)】》]+"#));
static PICTURE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\.(?:jpe?g|png|gif|webp|bmp|pdf|heic)$"));
static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)(\b(?:access_?token|refresh_?token|token|j?session_?id|session|sid|ticket|secret|passwd|password|signature|sign)=|\bBearer\s+)([A-Za-z0-9+/_.~%=-]{6,})"#,
    )
});
/// What opens a locker.
static CODE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"((?:取件|取货|提货|签收|自提|验证)码(?:为|是)?[:：【\s]{0,2})([0-9][0-9-]{2,9})"));
static EMAIL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[A-Za-z0-9*._%+-]*[A-Za-z0-9*]@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"));
static POSITION: LazyLock<Regex> = LazyLock::new(|| pattern(r"(-?\d{1,3}\.\d{3,})(\s*[,，]\s*)(-?\d{1,3}\.\d{3,})"));

impl Redactor {
    /// A link keeps where it leads and loses its query; a picture loses its name, too.
    pub(super) fn links(&self, text: &str) -> String {
        LINK.replace_all(text, |caps: &Captures<'_>| self.link(&caps[0])).into_owned()
    }

    fn link(&self, link: &str) -> String {
        let path = link.split(['?', '#']).next().unwrap_or(link);
        let short = if PICTURE.is_match(path) { nameless(path) } else { path.to_owned() };
        self.put(Kind::Link, link, short)
    }

    /// What stands under a picture's name: a link, a path, or the picture itself.
    pub(super) fn picture(&self, value: &str) -> String {
        let path = value.split(['?', '#']).next().unwrap_or(value);
        let short = match path {
            path if path.contains("://") || PICTURE.is_match(path) => nameless(path),
            _ if value.len() > 64 && value.is_ascii() => MASK.to_owned(),
            _ => return value.to_owned(),
        };
        self.put(Kind::Link, value, short)
    }

    pub(super) fn tokens(&self, text: &str) -> String {
        let masked = |caps: &Captures<'_>| self.put(Kind::Token, &caps[0], format!("{}{MASK}", &caps[1]));
        let text = TOKEN.replace_all(text, masked);
        let zeros = |code: &str| code.replace(|c: char| c.is_ascii_digit(), "0");
        CODE.replace_all(&text, |caps: &Captures<'_>| format!("{}{}", &caps[1], self.put(Kind::Token, &caps[2], zeros(&caps[2]))))
            .into_owned()
    }

    pub(super) fn emails(&self, text: &str) -> String {
        EMAIL
            .replace_all(text, |caps: &Captures<'_>| match &caps[0] {
                ours if ours.ends_with("@example.com") => ours.to_owned(),
                email => {
                    self.put(Kind::Email, email, format!("someone{}@example.com", self.salt.digits("email", &email.to_lowercase(), 6)))
                }
            })
            .into_owned()
    }

    /// Two numbers that can be nothing but a position.
    pub(super) fn positions(&self, text: &str) -> String {
        let rounded = |caps: &Captures<'_>| format!("{}{}{}", self.position(&caps[1]), &caps[2], self.position(&caps[3]));
        POSITION.replace_all(text, rounded).into_owned()
    }

    /// To a tenth of a degree: the city, not the house.
    pub(super) fn position(&self, text: &str) -> String {
        match text.parse::<f64>() {
            Ok(degrees) if text.split_once('.').is_some_and(|(_, places)| places.len() > 1) => {
                self.put(Kind::Coordinate, text, format!("{degrees:.1}"))
            }
            _ => text.to_owned(),
        }
    }
}

/// `https://host/a/b.jpg` as `https://host/***.jpg`.
fn nameless(path: &str) -> String {
    let (scheme, rest) = path.split_once("://").map_or(("", path), |(scheme, rest)| (scheme, rest));
    let Some((host, name)) = rest.split_once('/') else {
        return path.to_owned();
    };
    let kind = PICTURE.find(name).map_or("", |kind| kind.as_str());
    let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
    format!("{scheme}{host}/{MASK}{kind}")
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("written here")
}
