//! What a hub may send, parsed once; bad input gets a typed, actionable error.

use std::collections::BTreeMap;

use posthouse_sdk::manifest::{Interface, Kind};
use serde::Deserialize;
use utoipa::ToSchema;

use super::auth::Caller;
use super::{Problem, Shared};
use crate::judge;
use crate::parcel::Account;
use crate::store::{Customer, NewParcel};

/// Most parcels in one call.
pub const MOST: usize = 100;
const LONGEST_NUMBER: usize = 40;
const LONGEST_FACT: usize = 200;
const MOST_FACTS: usize = 16;

/// Parcels to be watched.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// 1 to 100.
    pub parcels: Vec<RegisterOne>,
}

/// One parcel.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterOne {
    /// As in `/v1/carriers`: `sf`.
    pub carrier: String,
    /// The waybill number.
    pub number: String,
    /// Ours with the carrier; `main` if left out.
    #[serde(default)]
    pub account: Option<String>,
    /// Last four digits of the sender's or receiver's phone; some carriers want them.
    #[serde(default)]
    pub phone_tail: Option<String>,
    /// RFC 3339.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub shipped_at: Option<jiff::Timestamp>,
    /// What it is worth, in yuan: `599.00`. Valuable parcels need a picture of their delivery.
    #[serde(default)]
    pub declared_value: Option<String>,
    /// Further facts, as the carrier's adapter names them; `phone_verified`: `false` where the carrier
    /// waits for the consignee to verify the phone.
    #[serde(default)]
    pub extra: BTreeMap<String, String>,
    /// Who hears of its first scan, once.
    #[serde(default)]
    pub notify: Option<Notify>,
}

/// A customer to be told, by a messenger's template message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// The messenger's package: `wechat`.
    pub channel: String,
    /// Ours with the messenger; `main` if left out.
    #[serde(default)]
    pub account: Option<String>,
    /// The template's id, as the messenger gave it.
    pub template: String,
    /// Whom: personal data, kept sealed and erased with the parcel.
    pub openid: String,
}

impl RegisterOne {
    /// A parcel that can be registered, or what is wrong with it.
    pub fn check(self, house: &Shared, caller: &Caller) -> Result<NewParcel, Problem> {
        let account = account(house, caller, &self.carrier, self.account.as_deref())?;
        let number = number(house, &self.carrier, &self.number)?;
        if self.phone_tail.as_ref().is_some_and(|t| t.len() != 4 || !t.bytes().all(|b| b.is_ascii_digit())) {
            return Err(Problem::bad("phone-tail", "`phone_tail` is four digits"));
        }
        if self.extra.len() > MOST_FACTS || self.extra.iter().any(|(k, v)| k.len() > LONGEST_FACT || v.len() > LONGEST_FACT) {
            return Err(Problem::bad("extra", format!("`extra` holds at most {MOST_FACTS} facts of {LONGEST_FACT} bytes")));
        }
        let declared_value = self.declared_value.as_deref().map(fen).transpose()?;
        let adapter = house.adapter(&self.carrier).ok_or_else(|| Problem::not_found("its adapter was taken away meanwhile"))?;
        let pushes = house.config.carriers.get(&self.carrier).and_then(|row| row.push) != Some(false);
        // Where only the public page is read nobody can subscribe, and a parcel that counted as
        // subscribed would be looked at as rarely as one that is pushed.
        let is_asked = house.releases.stable(&account).is_some_and(|release| !release.reads_pages());
        let subscribe = pushes && is_asked && adapter.manifest.has(Interface::Subscribe);
        let notify = self.notify.map(|notify| notify.check(house)).transpose()?;
        Ok(NewParcel {
            notify,
            account,
            number,
            phone_tail: self.phone_tail,
            shipped_at: self.shipped_at.map(|t| t.as_millisecond()),
            extra: self.extra,
            watched: true,
            subscribe,
            declared_value,
            judging: house.judging(&adapter.manifest),
        })
    }
}

impl Notify {
    fn check(self, house: &Shared) -> Result<Customer, Problem> {
        let is_channel = house.shelf.all().get(&self.channel).is_some_and(|package| package.manifest.kind == Kind::Channel);
        if !is_channel {
            return Err(Problem::bad(
                "unknown-channel",
                "`notify.channel` names no messenger that is set up here; see `posthouse adapter list`",
            ));
        }
        let account = Account::new(&self.channel, self.account.as_deref().unwrap_or("main"));
        if house.releases.of(&account).is_none() {
            return Err(Problem::bad(
                "no-account",
                "no usable credential for `notify.account` with that messenger; see `posthouse doctor`",
            ));
        }
        let is_id = |text: &str| (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !is_id(&self.template) || !is_id(&self.openid) {
            return Err(Problem::bad("notify", "`notify.template` and `notify.openid` are ids: 1 to 128 letters, digits, `-` and `_`"));
        }
        Ok(Customer { account, template: self.template, openid: self.openid.into() })
    }
}

/// `599`, `599.5` or `599.00` yuan in fen.
fn fen(yuan: &str) -> Result<u64, Problem> {
    let bad = || Problem::bad("declared-value", "`declared_value` is in yuan, with at most two decimals: `599.00`");
    let (whole, cents) = yuan.trim().split_once('.').unwrap_or((yuan.trim(), ""));
    let digits = |text: &str, most: usize| text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole, 9) || !digits(cents, 2) {
        return Err(bad());
    }
    format!("{whole}{cents:0<2}").parse().map_err(|_| bad())
}

/// How many a page shows: 50 unless told.
pub fn limit(limit: Option<u32>) -> Result<u32, Problem> {
    let limit = limit.unwrap_or(50);
    if (1..=200).contains(&limit) { Ok(limit) } else { Err(Problem::bad("bad-limit", "`limit` is 1 to 200")) }
}

/// Why somebody decides something.
pub fn reason(text: &str) -> Result<&str, Problem> {
    let text = text.trim();
    if text.is_empty() || text.len() > 2000 { Err(Problem::bad("reason", "`reason` says why, in 1 to 2000 bytes")) } else { Ok(text) }
}

/// An account that is set up and that the caller may use.
pub fn account(house: &Shared, caller: &Caller, carrier: &str, name: Option<&str>) -> Result<Account, Problem> {
    if house.adapter(carrier).is_none() {
        let adapters = house.shelf.carriers();
        let known: Vec<_> = adapters.keys().map(String::as_str).collect();
        let shown: String = carrier.chars().take(LONGEST_NUMBER).collect();
        return Err(Problem::bad("unknown-carrier", format!("no adapter for carrier `{shown}`; there are: {}", known.join(", "))));
    }
    let account = Account::new(carrier, name.unwrap_or("main"));
    if !caller.may(&account.name) {
        return Err(Problem::forbidden("the key's scope does not hold this account"));
    }
    if house.releases.of(&account).is_none() {
        return Err(Problem::bad("no-account", format!("no usable credential for that account with `{carrier}`; see `posthouse doctor`")));
    }
    Ok(account)
}

/// A number that can be this carrier's.
pub fn number(house: &Shared, carrier: &str, number: &str) -> Result<String, Problem> {
    let number = number.trim();
    if number.is_empty() || number.len() > LONGEST_NUMBER {
        return Err(Problem::bad("bad-number", format!("a waybill number has 1 to {LONGEST_NUMBER} characters")));
    }
    let fits = house.adapter(carrier).is_some_and(|a| a.accepts(number));
    if !fits {
        let all = house.shelf.carriers();
        let others = judge::detect(all.values().map(|a| &*a.manifest), number);
        let hint = others
            .first()
            .map_or_else(|| "check the carrier and the digits".into(), |best| format!("it looks like one of `{}`", best.carrier));
        return Err(Problem::bad("bad-number", format!("that is no waybill number of `{carrier}`; {hint}")));
    }
    Ok(number.to_owned())
}

/// Where a page begins.
pub fn cursor(given: Option<String>) -> Result<i64, Problem> {
    let bad = || Problem::bad("bad-cursor", "`cursor` is what `next` of a page held");
    given.map_or(Ok(0), |text| i64::from_str_radix(&text, 36).map_err(|_| bad()))
}

/// The `next` of a page that ends with this key.
pub fn next(mut key: i64) -> String {
    let mut digits = vec![];
    while key > 0 {
        digits.push(char::from_digit((key % 36) as u32, 36).unwrap_or('0'));
        key /= 36;
    }
    digits.iter().rev().collect()
}
