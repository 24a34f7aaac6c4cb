//! A task is an alert until somebody takes it; it becomes critical the day before it comes true.

use serde_json::json;

use super::{DAY, Task};
use crate::alert::{self, AlertKind, Severity, Subject};
use crate::app::House;
use crate::fault::Instant;
use crate::store::{NotStored, TaskFilter};

/// Open tasks that are told of again as their day comes nearer.
const MOST: u32 = 1_000;

/// Opens or updates the alert of every task that nobody took.
pub async fn tell(house: &House) -> Result<(), NotStored> {
    let open = TaskFilter { open: true, ..TaskFilter::default() };
    let tasks = house.store.tasks(&open, MOST).await?;
    for task in &tasks {
        alert::raise(house, subject(task, house.now())).await?;
    }
    // Taken while it was told of, or before the host died.
    alert::recover_others(house, AlertKind::Notice, |of| tasks.iter().any(|task| key(&task.id) == of)).await
}

/// Somebody took it.
pub async fn taken(house: &House, task: &str) -> Result<(), NotStored> {
    alert::recover(house, &key(task)).await
}

fn key(task: &str) -> String {
    format!("task:{task}")
}

fn subject(task: &Task, now: Instant) -> Subject {
    let (zh, en) = names(&task.kind);
    let carriers = if task.carriers.is_empty() { "*".into() } else { task.carriers.join(", ") };
    let day = |pattern: &str| task.due_at.map(|at| alert::china(at, pattern));
    let due = (
        day("%-m月%-d日 %H:%M").map_or_else(|| "日期未注明".into(), |day| format!("{day} 起")),
        day("%Y-%m-%d %H:%M+08:00").map_or_else(|| "no date given".into(), |day| format!("from {day}")),
    );
    Subject {
        key: key(&task.id),
        kind: AlertKind::Notice,
        severity: severity(task, now),
        carrier: (task.carriers.len() == 1).then(|| task.carriers[0].clone()),
        account: None,
        headline: (
            format!("{carriers} {zh}（{}）：{}，待认领 {}", due.0, task.title, task.id),
            format!("{carriers}: {en} ({}): {}; nobody took {} yet", due.1, task.title, task.id),
        ),
        detail: json!({ "task": task.id, "notice": task.notice, "kind": task.kind, "url": task.url }),
    }
}

/// What breaks looks by itself is worse than what passes by itself.
fn severity(task: &Task, now: Instant) -> Severity {
    let breaks = matches!(task.kind.as_str(), "retirement" | "host-change" | "auth-change" | "gone");
    match task.kind.as_str() {
        _ if breaks && task.due_at.is_some_and(|due| due - now < DAY) => Severity::Critical,
        "holiday" | "certificate" | "shape" => Severity::Info,
        _ => Severity::Warning,
    }
}

fn names(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "retirement" => ("接口下线", "something is switched off"),
        "host-change" => ("接口地址变更", "the address changes"),
        "auth-change" => ("鉴权方式变更", "keys or signatures change"),
        "field-change" => ("字段变更", "fields change"),
        "limit-change" => ("调用限制变更", "limits change"),
        "outage" => ("停机维护", "an outage"),
        "holiday" => ("节假日安排", "a holiday"),
        "sunset" => ("接口声明即将停用", "an answer announces its end"),
        "deprecated" => ("接口声明已弃用", "an answer says it is deprecated"),
        "redirect" => ("接口开始跳转", "the carrier points elsewhere"),
        "gone" => ("接口地址已失效", "the address is gone"),
        "certificate" => ("证书已更换", "another certificate"),
        _ => ("返回内容结构变化", "answers have another shape"),
    }
}
