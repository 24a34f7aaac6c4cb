//! What is said of late answers, in both languages.

use serde_json::{Value, json};

use super::{Row, ms};
use crate::fault::Instant;

pub fn breached(row: &Row, zh: &str, en: &str) -> (String, String) {
    let (account, tier, fresh, sla) = (&row.account.name, row.tier, &row.fresh, ms(row.pace.sla));
    let ((age_zh, age_en), (sla_zh, sla_en)) = (length(fresh.p95()), length(sla));
    (
        format!(
            "{zh}（账号 {account}，{tier:?} 级）轨迹更新超时：P95 为 {age_zh}，承诺 {sla_zh}；{} 件中 {} 件超时，{} 件尚无结果",
            fresh.parcels, fresh.late, fresh.never
        ),
        format!(
            "{en} (account {account}, tier {tier:?}) breaches its SLA: p95 is {age_en}, promised {sla_en}; {} of {} parcels are late, {} never answered",
            fresh.late, fresh.parcels, fresh.never
        ),
    )
}

pub fn over(row: &Row, zh: &str, en: &str) -> (String, String) {
    let Some(capacity) = row.capacity else { return Default::default() };
    let account = &row.account.name;
    let (expected, sla) = (length(ms(capacity.expected_every)), length(ms(capacity.sla)));
    (
        format!(
            "{zh}（账号 {account}）查询配额不足：轮询 {} 件，配额只够 {} 件；平均 {} 才能查一遍，承诺 {}",
            capacity.polled, capacity.budget, expected.0, sla.0
        ),
        format!(
            "{en} (account {account}) is over capacity: {} parcels are polled, the quota carries {}; each is looked at every {}, promised {}",
            capacity.polled, capacity.budget, expected.1, sla.1
        ),
    )
}

pub fn detail(row: &Row) -> Value {
    let s = |ms: Instant| ms as f64 / 1000.0;
    let (fresh, capacity) = (&row.fresh, row.capacity.as_ref());
    json!({
        "tier": format!("{:?}", row.tier), "sla_s": row.pace.sla.as_secs_f64(), "parcels": fresh.parcels, "late": fresh.late,
        "never_answered": fresh.never, "p50_s": s(fresh.p50()), "p90_s": s(fresh.p90()), "p95_s": s(fresh.p95()), "max_s": s(fresh.max()),
        "polled": capacity.map(|c| c.polled), "budget": capacity.map(|c| c.budget),
        "expected_every_s": capacity.map(|c| c.expected_every.as_secs_f64()),
    })
}

/// A length of time, as it is said.
fn length(ms: Instant) -> (String, String) {
    let (seconds, minutes, hours) = (ms / 1000, ms / 60_000, ms / 3_600_000);
    match () {
        () if seconds < 120 => (format!("{seconds} 秒"), format!("{seconds} s")),
        () if minutes < 120 => (format!("{minutes} 分钟"), format!("{minutes} min")),
        () => (format!("{hours} 小时"), format!("{hours} h")),
    }
}
