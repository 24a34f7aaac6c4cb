//! Messages as people read them: Markdown in Chinese and English, as short as a chat wants it.

use super::quiet::china;
use super::{Message, Severity, Step};

/// WeCom's robot takes no more bytes (developer.work.weixin.qq.com, 群机器人配置说明); DingTalk's takes 20,000.
pub const LONGEST: usize = 4096;

/// A list's line in a chat window. DingTalk wants a keyword if its robot is guarded by one.
pub fn title(messages: &[Message]) -> String {
    match messages {
        [one] => format!("Posthouse {}：{}", step(one.step).0, one.zh),
        all => format!("Posthouse {} 条告警 / {} alerts", all.len(), all.len()),
    }
}

/// One Markdown text for all of them, of so many bytes at most.
pub fn markdown(messages: &[Message], longest: usize) -> String {
    let mut text = String::new();
    for (place, message) in messages.iter().enumerate() {
        let more = one(message);
        let rest = format!("\n\n… 另有 {n} 条 / {n} more: `posthouse alert list`", n = messages.len() - place);
        if text.len() + more.len() + 2 + rest.len() > longest {
            if place == 0 {
                return cut(&more, longest);
            }
            text.push_str(&rest);
            return text;
        }
        text.push_str(if place == 0 { "" } else { "\n\n" });
        text.push_str(&more);
    }
    text
}

fn one(message: &Message) -> String {
    let (zh, en) = step(message.step);
    let (how_zh, how_en) = severity(message.severity);
    let mut lines = vec![match message.step {
        Step::Digest | Step::Test => format!("### {zh} {en}"),
        _ => format!("### 【{zh}·{how_zh}】{en}, {how_en}"),
    }];
    lines.extend([message.zh.clone(), message.en.clone()]);
    lines.extend(message.lines.iter().cloned());
    if let Some(alert) = &message.alert {
        let (opened, at) = (china(alert.opened_at, "%m-%d %H:%M:%S"), china(message.at, "%m-%d %H:%M:%S"));
        let when = if opened == at { opened } else { format!("{opened} → {at}") };
        lines.push(format!("> {when} · `{}`", alert.id));
    }
    lines.join("\n\n")
}

fn step(step: Step) -> (&'static str, &'static str) {
    match step {
        Step::Opened => ("告警", "Alert"),
        Step::Updated => ("更新", "Update"),
        Step::Escalated => ("升级：无人确认", "Escalation: nobody acknowledged"),
        Step::Recovered => ("已恢复", "Recovered"),
        Step::Digest => ("每日摘要", "Daily digest"),
        Step::Test => ("测试消息", "Test"),
    }
}

fn severity(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Info => ("提示", "info"),
        Severity::Warning => ("警告", "warning"),
        Severity::Critical => ("严重", "critical"),
    }
}

fn cut(text: &str, longest: usize) -> String {
    let end = (0..=longest.saturating_sub('…'.len_utf8())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(zh: &str) -> Message {
        Message { step: Step::Opened, severity: Severity::Warning, zh: zh.into(), en: "late".into(), lines: vec![], at: 0, alert: None }
    }

    #[test]
    fn a_text_is_never_longer_than_the_robot_takes() {
        let all: Vec<Message> = (0..100).map(|n| message(&format!("第 {n} 条：{}", "迟".repeat(40)))).collect();
        let text = markdown(&all, LONGEST);
        assert!(text.len() <= LONGEST && text.contains("第 0 条") && text.contains("more: `posthouse alert list`"), "{}", text.len());
        let long = markdown(&[message(&"迟".repeat(5000))], LONGEST);
        assert!(long.len() <= LONGEST && long.ends_with('…'));
        assert!(!markdown(&all[..2], LONGEST).contains("more:"));
    }
}
