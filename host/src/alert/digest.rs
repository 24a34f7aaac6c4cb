//! The day in a page: what was late, what nobody knows the meaning of, what waits for a person.

use super::{AlertKind, Message, Severity, Step};
use crate::app::House;
use crate::fault::Instant;
use crate::incident;
use crate::parcel::Account;
use crate::permit;
use crate::store::{AlertFilter, NotStored};

const DAY: Instant = 24 * 3_600_000;
/// Lines of one section.
const MOST: usize = 10;

/// What a day left behind.
#[derive(Debug, Clone)]
pub struct Digest {
    pub since: Instant,
    pub until: Instant,
    /// Headlines of SLA breaches that were opened or still open.
    pub breaches: Vec<(String, String)>,
    /// Carrier, code, what its wording was taken for, how often it was seen in all.
    pub unknown: Vec<(String, String, String, i64)>,
    /// Accounts whose parcels wait for a person: why, and how many.
    pub held: Vec<(Account, &'static str, i64)>,
    /// Accounts whose credential was refused, and how many parcels' last look ended so.
    pub rejected: Vec<(Account, i64)>,
    /// Headlines of incidents that are not over.
    pub incidents: Vec<(String, String)>,
}

/// Of the day before this moment; of every account, or of these.
pub async fn digest(house: &House, until: Instant, accounts: Option<&[String]>) -> Result<Digest, NotStored> {
    let shows = |account: &Account| accounts.is_none_or(|own| own.iter().any(|name| **name == *account.name));
    let since = until - DAY;
    let kind = Some(AlertKind::SlaBreached.as_str().into());
    let of_sla = AlertFilter { kind, accounts: accounts.map(<[String]>::to_vec), ..AlertFilter::default() };
    let late = house.store.alerts(&of_sla, 200).await?.alerts;
    let lately = late.into_iter().filter(|alert| alert.closed_at.is_none_or(|at| at >= since) && alert.opened_at <= until);
    let breaches = lately.map(|alert| alert.headline).collect();
    let watched = house.store.watched_by_account().await?;
    let held = watched.into_iter().filter_map(|(account, count)| Some((permit::hold(house, &account)?.code(), account, count)));
    let held = held.map(|(why, account, count)| (account, why, count)).filter(|(account, ..)| shows(account)).collect();
    let words = |incident: incident::Incident| {
        let adapter = house.adapter(&incident.account.carrier);
        incident::headline(&incident, adapter.as_ref().map(|adapter| &*adapter.manifest))
    };
    let open = house.store.incidents(true, 100).await?;
    let incidents = open.into_iter().filter(|incident| shows(&incident.account)).map(words).collect();
    let rejected = house.store.rejected_by_account().await?.into_iter().filter(|(account, _)| shows(account)).collect();
    let unknown = house.store.unmapped_since(since).await?;
    Ok(Digest { since, until, breaches, unknown, held, rejected, incidents })
}

impl Digest {
    /// As the channels are told it.
    pub fn message(&self, at: Instant) -> Message {
        let (zh, en) = self.headline();
        Message { step: Step::Digest, severity: Severity::Info, zh, en, lines: self.lines(), at, alert: None }
    }

    /// What there was, in figures.
    pub fn headline(&self) -> (String, String) {
        let (late, unknown, open) = (self.breaches.len(), self.unknown.len(), self.incidents.len());
        let held: i64 = self.held.iter().map(|(.., count)| count).sum();
        let rejected = self.rejected.len();
        (
            format!(
                "过去 24 小时：时效超标 {late} 次，未知状态码 {unknown} 个，等待人工 {held} 件，凭据被拒 {rejected} 个账号，未恢复故障 {open} 起"
            ),
            format!(
                "Last 24 hours: {late} SLA breaches, {unknown} unknown codes, {held} parcels wait for a person, \
                 {rejected} accounts with a refused credential, {open} open incidents"
            ),
        )
    }

    fn lines(&self) -> Vec<String> {
        let both = |(zh, en): &(String, String)| format!("{zh}\n  {en}");
        let code = |(carrier, code, status, seen): &(String, String, String, i64)| format!("{carrier} `{code}` → {status}? × {seen}");
        let held = |(account, why, count): &(Account, &str, i64)| format!("{account}：{count} 件 / parcels ({why})");
        let rejected = |(account, count): &(Account, i64)| format!("{account}：{count} 件 / parcels");
        let sections = [
            section("时效超标 / SLA breaches", self.breaches.iter().map(both).collect()),
            section("未知状态码 / Unknown codes", self.unknown.iter().map(code).collect()),
            section("等待人工 / Held", self.held.iter().map(held).collect()),
            section("凭据被拒 / Refused credentials", self.rejected.iter().map(rejected).collect()),
            section("未恢复故障 / Open incidents", self.incidents.iter().map(both).collect()),
        ];
        sections.into_iter().flatten().collect()
    }
}

fn section(title: &str, all: Vec<String>) -> Option<String> {
    let rest = all.len().saturating_sub(MOST);
    let shown: Vec<String> = all.iter().take(MOST).map(|line| format!("- {line}")).collect();
    let more = if rest > 0 { format!("\n- … +{rest}") } else { String::new() };
    (!shown.is_empty()).then(|| format!("**{title}**\n{}{more}", shown.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_section_is_left_out_and_a_long_one_is_cut() {
        assert_eq!(section("Held", vec![]), None);
        let many: Vec<String> = (0..12).map(|n| n.to_string()).collect();
        let told = section("Held", many).unwrap();
        assert!(told.starts_with("**Held**\n- 0\n") && told.ends_with("- 9\n- … +2"), "{told}");
    }
}
