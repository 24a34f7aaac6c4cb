//! What each act of a fixture `acts` ends as, by the way it enters. What an act is stands beside its
//! number in `component.wat`, where 00 is none.

/// In the code that runs: the same wherever an adapter is called.
pub struct InCode {
    pub number: u32,
    /// The misbehaving guest that does the same.
    pub guest: Option<&'static str>,
    pub outcome: &'static str,
}

/// In the request that is wanted.
pub struct Wanted {
    pub number: u32,
    pub guest: Option<&'static str>,
    pub outcome: &'static str,
    /// Requests that leave.
    pub requests: usize,
}

/// In what is told.
pub struct Told {
    pub number: u32,
    pub guest: Option<&'static str>,
    pub look: &'static str,
    /// Requests that leave for a look; a subscription has one round.
    pub requests: usize,
    pub subscription: &'static str,
    /// What the carrier is answered, and what became of the push.
    pub push: &'static str,
    /// `entered`, or why a row is refused.
    pub row: &'static str,
}

const fn code(number: u32, guest: Option<&'static str>, outcome: &'static str) -> InCode {
    InCode { number, guest, outcome }
}

const fn want(number: u32, guest: Option<&'static str>, outcome: &'static str, requests: usize) -> Wanted {
    Wanted { number, guest, outcome, requests }
}

/// As a look ends after so many requests, as a subscription, a push and a row.
const fn tell(number: u32, guest: Option<&'static str>, look: (&'static str, usize), rest: [&'static str; 3]) -> Told {
    let [subscription, push, row] = rest;
    Told { number, guest, look: look.0, requests: look.1, subscription, push, row }
}

/// `read` of tracking and subscribe does these as 21 to 39.
pub const IN_CODE: &[InCode] = &[
    code(1, Some("loop"), "deadline"),
    code(2, Some("memory"), "limit"),
    code(3, Some("recursion"), "limit"),
    code(4, Some("trap"), "trap"),
    code(5, Some("undeclared-use"), "contract"),
    code(6, Some("undeclared-use"), "contract"),
    code(7, None, "contract"),
    code(8, None, "contract"),
    code(9, None, "contract"),
    // There is no such public field, as far as it is told.
    code(10, None, "tracks"),
    code(11, None, "contract"),
    code(12, None, "contract"),
    code(13, None, "contract"),
    code(14, None, "contract"),
    code(15, None, "limit"),
    // Sixteen lines are kept.
    code(16, Some("log-flood"), "tracks"),
    code(17, None, "contract"),
    code(18, None, "trap"),
    code(19, Some("memories"), "limit"),
];

pub const WANTED: &[Wanted] = &[
    want(40, Some("undeclared-endpoint"), "contract", 0),
    want(41, Some("undeclared-endpoint"), "contract", 0),
    want(42, Some("sends-elsewhere"), "contract", 0),
    want(43, None, "contract", 0),
    want(44, None, "contract", 0),
    want(45, None, "contract", 0),
    want(46, None, "contract", 0),
    want(47, None, "contract", 0),
    want(48, None, "contract", 0),
    want(49, None, "contract", 0),
    // Nobody has allowed one. A session is never fetched from a page: `contract`.
    want(50, None, "not-eligible", 0),
    want(51, None, "contract", 0),
    want(52, None, "contract", 0),
    want(53, None, "contract", 0),
    want(54, None, "contract", 0),
    want(55, None, "contract", 0),
    want(56, None, "contract", 0),
    want(57, None, "limit", 0),
    want(58, None, "limit", 0),
    want(59, None, "contract", 0),
];

const STORED: &str = "200 stored";
/// Kept, and what it says is not believed: its parcel is looked at instead.
const ASIDE: &str = "200 aside";

pub const TOLD: &[Told] = &[
    tell(0, None, ("tracks", 1), ["tracks", STORED, "entered"]),
    tell(60, Some("overlapping"), ("limit", 1), ["limit", "500 limit", "entered"]),
    tell(61, Some("garbage"), ("contract", 1), ["contract", "500 contract", "contract"]),
    tell(62, Some("invalid-status"), ("tracks", 1), ["tracks", STORED, "entered"]),
    tell(63, Some("invalid-status"), ("tracks", 1), ["tracks", STORED, "entered"]),
    tell(64, Some("invalid-status"), ("layout-changed", 1), ["tracks", ASIDE, "layout-changed"]),
    tell(65, None, ("layout-changed", 1), ["tracks", ASIDE, "unreadable"]),
    tell(66, None, ("layout-changed", 1), ["tracks", ASIDE, "layout-changed"]),
    tell(67, None, ("contract", 1), ["contract", "500 contract", "contract"]),
    tell(68, None, ("contract", 1), ["contract", "500 contract", "contract"]),
    // A push may be about nobody, or about strangers: they are not watched.
    tell(69, Some("extra-numbers"), ("contract", 1), ["contract", ASIDE, "entered"]),
    tell(70, Some("extra-numbers"), ("contract", 1), ["contract", STORED, "entered"]),
    tell(71, None, ("contract", 1), ["contract", STORED, "entered"]),
    tell(72, None, ("contract", 1), ["contract", STORED, "entered"]),
    tell(73, Some("endless-rounds"), ("contract", 3), ["tracks", STORED, "entered"]),
    tell(74, Some("big-memo"), ("limit", 1), ["tracks", STORED, "entered"]),
    tell(75, None, ("contract", 1), ["tracks", STORED, "entered"]),
    tell(76, Some("invalid-status"), ("contract", 1), ["contract", "401 contract", "contract"]),
    tell(77, None, ("contract", 1), ["contract", "401 contract", "contract"]),
    tell(79, None, ("contract", 1), ["contract", "500 contract", "contract"]),
    tell(80, None, ("contract", 1), ["contract", "500 contract", "contract"]),
    tell(81, None, ("contract", 1), ["contract", "500 contract", "contract"]),
    tell(82, Some("huge-reading"), ("limit", 1), ["tracks", ASIDE, "entered"]),
    tell(83, None, ("tracks", 1), ["tracks", STORED, "entered"]),
    // Of the push's answer: what would end it early, or never, is not sent.
    tell(85, None, ("tracks", 1), ["tracks", "500 stored", "entered"]),
    tell(86, None, ("tracks", 1), ["tracks", STORED, "entered"]),
    tell(87, None, ("tracks", 1), ["tracks", STORED, "entered"]),
    tell(88, None, ("tracks", 1), ["tracks", "500 stored", "entered"]),
    tell(89, None, ("tracks", 1), ["tracks", STORED, "entered"]),
];

/// Guests whose sin is tried elsewhere in this suite (`scans-memory`, `liar`, `wasi`), cannot be said
/// in a few lines (`nest-bomb`), or who have none.
pub const OTHERS: &[&str] = &["scans-memory", "liar", "wasi", "nest-bomb", "echo", "good"];
