//! What can come back instead of a track, and what happens next.
//!
//! The rows are section 6 of the design. A fault is classified where it is born and never
//! re-classified; everything else about it follows from its kind.

use std::fmt;

use posthouse_sdk::fault as codes;

/// Milliseconds since the Unix epoch, UTC.
pub type Instant = i64;

/// A fault: its kind, words for the operator, and when the carrier said to come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    /// For operators and authors; never shown to a consignee, never holds a secret.
    pub detail: String,
    pub until: Option<Instant>,
}

/// Whose fault it is decides who hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Carrier,
    Account,
    Adapter,
    Us,
}

/// When the parcel is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// After the tier's usual interval.
    Normal,
    /// When the carrier said, or after a back-off.
    AtUntil,
    /// With growing distance and jitter.
    BackOff,
    /// Not before somebody acts, but looked at rarely so that recovery is noticed.
    Hold,
}

macro_rules! kinds {
    ($($kind:ident = $code:expr, $whose:ident, $next:ident, $counts:literal, $zh:literal, $en:literal;)+) => {
        /// Every kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind { $($kind),+ }

        impl Kind {
            /// All of them, for tables and documents.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// The word in the API, the log and the store.
            pub fn code(self) -> &'static str {
                match self { $(Self::$kind => $code),+ }
            }

            pub fn whose(self) -> Whose {
                match self { $(Self::$kind => Whose::$whose),+ }
            }

            pub fn next(self) -> Next {
                match self { $(Self::$kind => Next::$next),+ }
            }

            /// Whether it counts against a canary by itself.
            pub fn counts(self) -> bool {
                match self { $(Self::$kind => $counts),+ }
            }

            /// What the customer may be told, Chinese and English.
            pub fn words(self) -> (&'static str, &'static str) {
                match self { $(Self::$kind => ($zh, $en)),+ }
            }
        }
    };
}

kinds! {
    NoEvents = codes::NO_EVENTS, Carrier, Normal, false, "快递公司已有单号，等待首次扫描", "Known to the carrier; the first scan is awaited";
    NotFound = codes::NOT_FOUND, Carrier, Normal, false, "快递公司尚未录入该单号", "The carrier does not know this number yet";
    Throttled = codes::THROTTLED, Carrier, AtUntil, false, "查询较多，稍后自动更新", "Many queries at the moment; updated shortly";
    Unreachable = "unreachable", Carrier, BackOff, false, "暂时连接不上快递公司，稍后自动更新", "The carrier cannot be reached at the moment; updated shortly";
    CarrierError = codes::CARRIER_ERROR, Carrier, BackOff, false, "快递公司系统繁忙，稍后自动更新", "The carrier's system is busy; updated shortly";
    CredentialRejected = codes::CREDENTIAL_REJECTED, Account, Hold, true, "查询通道维护中，已通知商家", "The query channel is being repaired; the merchant has been told";
    TokenExpired = codes::TOKEN_EXPIRED, Account, Hold, true, "查询通道维护中，已通知商家", "The query channel is being repaired; the merchant has been told";
    TurnedAway = codes::TURNED_AWAY, Carrier, Hold, false, "快递公司网页暂不开放查询，已转人工跟进", "The carrier's page refuses queries; a person follows up";
    Challenge = codes::CHALLENGE, Carrier, Hold, false, "快递公司网页需要人工验证，已转人工跟进", "The carrier's page asks for a person; one follows up";
    LayoutChanged = codes::LAYOUT_CHANGED, Adapter, BackOff, true, "快递公司接口有变化，正在适配", "The carrier changed its interface; we are adapting";
    NotEligible = codes::NOT_ELIGIBLE, Adapter, Hold, true, "该单号需要补充信息后才能查询", "More facts are needed before this number can be tracked";
    Unreadable = codes::UNREADABLE, Adapter, BackOff, true, "快递公司返回的内容无法识别，正在处理", "The carrier's answer cannot be read; it is being looked into";
    LowConfidence = codes::LOW_CONFIDENCE, Adapter, BackOff, true, "查询结果待核实", "The result is being checked";
    Decoy = codes::DECOY, Carrier, BackOff, false, "快递公司暂未返回真实轨迹，稍后自动更新", "The carrier gave a placeholder; updated shortly";
    WrongParcel = codes::WRONG_PARCEL, Carrier, BackOff, false, "快递公司返回了其他单号的内容，已忽略", "The carrier answered for another parcel; ignored";
    Trap = "trap", Adapter, BackOff, true, "正在处理", "Being looked into";
    Limit = "limit", Adapter, BackOff, true, "正在处理", "Being looked into";
    Deadline = "deadline", Adapter, BackOff, true, "正在处理", "Being looked into";
    Contract = "contract", Adapter, BackOff, true, "正在处理", "Being looked into";
    More = "more", Adapter, BackOff, true, "正在处理", "Being looked into";
    Host = "host", Us, BackOff, false, "正在处理", "Being looked into";
}

/// Longest detail kept, in characters.
const DETAIL: usize = 500;

impl Kind {
    /// The kind of a code, if there is one.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }
}

impl Fault {
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let mut detail: String = detail.into();
        if let Some((end, _)) = detail.char_indices().nth(DETAIL) {
            detail.truncate(end);
        }
        Self { kind, detail, until: None }
    }

    pub fn contract(detail: impl Into<String>) -> Self {
        Self::new(Kind::Contract, detail)
    }

    /// A fault as an adapter words it. A code adapters may not use is a breach of contract.
    pub fn from_guest(code: &str, detail: &str, retry_after: Option<u32>, now: Instant) -> Self {
        if !codes::ALL.contains(&code) {
            return Self::contract(format!("the adapter reported `{code}`, which is no fault code"));
        }
        let kind = Kind::parse(code).expect("every guest code has a kind");
        let until = retry_after.map(|s| now + i64::from(s.min(86_400)) * 1000);
        Self { until, ..Self::new(kind, detail) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.code(), self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_an_adapter_may_use_has_a_row() {
        for code in codes::ALL {
            assert_eq!(Kind::parse(code).map(Kind::code), Some(*code));
        }
    }

    #[test]
    fn a_guest_cannot_blame_the_host() {
        assert_eq!(Fault::from_guest("host", "", None, 0).kind, Kind::Contract);
        assert_eq!(Fault::from_guest("throttled", "", Some(60), 5).until, Some(60_005));
    }

    #[test]
    fn a_detail_is_cut_between_characters() {
        assert_eq!(Fault::contract("驿".repeat(900)).detail.chars().count(), 500);
    }
}
