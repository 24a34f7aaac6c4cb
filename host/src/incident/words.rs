//! What an incident says to a person, in both languages.

use posthouse_sdk::manifest::Manifest;

use super::Incident;
use crate::fault::Kind;
use crate::task::Explanation;

/// One sentence: who, since when, what, on which release, how often.
pub fn headline(incident: &Incident, manifest: Option<&Manifest>) -> (String, String) {
    let id = &*incident.account.carrier;
    let (zh, en) = manifest.map_or((id, id), |m| (m.names.zh.as_str(), m.names.en.as_str()));
    let last = incident.evidence.last();
    let (what_zh, what_en) = last.and_then(|e| Kind::parse(&e.outcome)).map_or(("查询失败", "looks fail"), plain);
    let release = last.map_or("-", |e| e.release.as_str());
    let looks: u64 = incident.looks.values().sum();
    let account = &incident.account.name;
    let since = |pattern: &str| {
        let at = jiff::Timestamp::from_millisecond(incident.since).unwrap_or_default();
        jiff::tz::Offset::constant(8).to_datetime(at).strftime(pattern).to_string()
    };
    let (since_zh, since_en) = (since("%-m月%-d日 %H:%M:%S"), since("%Y-%m-%d %H:%M:%S+08:00"));
    let end = incident.closed_at.map_or(("，尚未恢复", ", not over yet"), |_| ("，已恢复", ", over"));
    let (why_zh, why_en) = announced(incident);
    (
        format!("{zh}（账号 {account}）自 {since_zh} 起{what_zh}，版本 {release}，失败 {looks} 次{}{why_zh}", end.0),
        format!("{en} (account {account}): {what_en} since {since_en}, release {release}, {looks} failed looks{}{why_en}", end.1),
    )
}

/// What it may come of; nothing if nothing was announced.
fn announced(incident: &Incident) -> (String, String) {
    let Some(Explanation { title, due_at, notice, .. }) = incident.explained.first() else { return Default::default() };
    let day = |pattern: &str| {
        let at = due_at.and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
        at.map(|at| jiff::tz::Offset::constant(8).to_datetime(at).strftime(pattern).to_string())
    };
    let zh = day("%-m月%-d日").map_or_else(String::new, |day| format!("（{day}生效）"));
    let en = day("%Y-%m-%d").map_or_else(String::new, |day| format!(", effective {day}"));
    if notice.is_none() {
        return (format!("；承运商接口此前已有迹象：{title}{zh}"), format!("; its answers announced something: {title}{en}"));
    }
    (format!("；可能与公告《{title}》有关{zh}"), format!("; it may come of what was announced: “{title}”{en}"))
}

/// An outcome for operators, who may hear what customers need not.
fn plain(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Unreachable => ("连接不上", "it cannot be reached"),
        Kind::CarrierError => ("接口报错", "its system answers with errors"),
        Kind::CredentialRejected => ("拒绝我方凭据", "it refuses our credential"),
        Kind::TokenExpired => ("不接受刚换取的令牌", "it refuses a token just fetched"),
        Kind::TurnedAway => ("拒绝页面查询", "its page turns us away"),
        Kind::Challenge => ("要求人工验证", "its page asks for a person"),
        Kind::LayoutChanged => ("接口或页面结构已变", "its answers have another layout"),
        Kind::NotEligible => ("缺少查询所需信息", "facts are missing that it asks for"),
        Kind::Unreadable => ("返回内容无法解析", "its answers cannot be read"),
        Kind::LowConfidence => ("识别结果不可靠", "what was recognised is not certain"),
        Kind::Decoy => ("返回虚假轨迹", "it answers with placeholders"),
        Kind::WrongParcel => ("返回其他单号的轨迹", "it answers for other parcels"),
        Kind::Trap | Kind::Limit | Kind::Deadline | Kind::Contract | Kind::More => ("适配器运行出错", "the adapter breaks"),
        Kind::Host | Kind::NoEvents | Kind::NotFound | Kind::Throttled => ("查询失败", "looks fail"),
    }
}
