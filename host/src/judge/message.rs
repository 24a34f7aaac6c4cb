//! The one sentence a customer reads about a parcel.
//!
//! It always says what is known, even before the first scan: handed over, how long ago, and when the
//! carrier usually scans. A signature is told only as surely as it is trusted. Pure; reads no clock.

use super::explain::Plain;
use super::verdict::Level;

/// Hours above this are told in days.
const HOURS_TOLD: u32 = 48;

/// A sentence in each language, without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub zh: String,
    pub en: String,
}

/// What is known of a parcel.
#[derive(Debug, Clone, Copy)]
pub enum Known<'a> {
    /// The sender handed it over; the carrier has not scanned it. Counted from the hand-over.
    HandedOver(Wait),
    /// Nobody has said that it was handed over. Counted from the registration.
    NothingYet(Wait),
    /// The carrier cannot be asked now, or does not answer; the last that is known, if anything.
    Waiting { why: Why, last: Option<&'a Plain> },
    /// Its last event. `stale`: the carrier has been silent for longer than is usual.
    On { plain: &'a Plain, stale: bool },
    /// The carrier says that it was signed for.
    Signed { level: Level, plain: &'a Plain },
    /// It goes back to the sender under another number.
    Returned { new_number: &'a str },
    /// It goes on under another number.
    Forwarded { new_number: &'a str },
    /// A person looks after it; the last that is known, if anything.
    Clerk { last: Option<&'a Plain> },
}

/// How long the first scan has been waited for, in whole hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    pub hours: u32,
    /// What this carrier usually takes, if that is known.
    pub usual: Option<u32>,
}

/// Why the carrier gives no answer now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The carrier shows this track only to who verifies the recipient's phone.
    PhoneNotVerified,
    /// What failed, in words for customers.
    Fault { zh: &'static str, en: &'static str },
}

/// The sentence for what is known.
pub fn message(known: Known<'_>) -> Message {
    match known {
        Known::HandedOver(wait) => handed_over(wait),
        Known::NothingYet(wait) => nothing_yet(wait),
        Known::Waiting { why, last } => waiting(why, last),
        Known::On { plain, stale: false } => as_told(plain),
        Known::On { plain, stale: true } => both(
            format!("{}；之后的进展快递公司还没有更新，我们在继续查询", plain.zh),
            format!("{}; the carrier has not updated it since, and we keep asking", plain.en),
        ),
        Known::Signed { level, plain } => signed(level, plain),
        Known::Returned { new_number } => {
            let number = number(new_number);
            both(
                format!("包裹正在以新单号退回寄件人：{number}"),
                format!("The parcel is going back to the sender under a new number: {number}"),
            )
        }
        Known::Forwarded { new_number } => {
            let number = number(new_number);
            both(format!("包裹已换新单号继续运送：{number}"), format!("The parcel travels on under a new number: {number}"))
        }
        Known::Clerk { last } => with_last("客服正在人工核实这个包裹", "Our staff are checking on this parcel", last),
    }
}

fn handed_over(wait: Wait) -> Message {
    let (ago, ago_en) = lasting(wait.hours);
    let Some(usual) = wait.usual else {
        return match wait.hours {
            0 => both("已交运，等待快递公司首次扫描", "Handed over; waiting for the carrier's first scan"),
            _ => both(
                format!("已交运 {ago}，等待快递公司首次扫描，我们在继续查询"),
                format!("Handed over {ago_en} ago; waiting for the carrier's first scan, and we keep asking"),
            ),
        };
    };
    let (usually, usually_en) = lasting(usual.max(1));
    if wait.hours > usual {
        return both(
            format!("已交运 {ago}，比通常的 {usually}慢，我们在继续查询"),
            format!("Handed over {ago_en} ago; the first scan usually takes about {usually_en}, and we keep asking"),
        );
    }
    match lasting(usual - wait.hours) {
        (left, left_en) if wait.hours < usual => {
            both(format!("已交运，预计 {left}内更新轨迹"), format!("Handed over; the first scan is expected within about {left_en}"))
        }
        _ => both("已交运，轨迹通常在这个时候更新", "Handed over; the first scan usually comes about now"),
    }
}

fn nothing_yet(wait: Wait) -> Message {
    let (ago, ago_en) = lasting(wait.hours);
    match wait.usual {
        Some(usual) if wait.hours > usual => both(
            format!("已登记 {ago}，还在等快递公司首次扫描，我们在继续查询"),
            format!("Registered {ago_en} ago; the carrier's first scan is still to come, and we keep asking"),
        ),
        Some(usual) => {
            let (usually, usually_en) = lasting(usual.max(1));
            both(
                format!("已登记，通常在交运后 {usually}内更新轨迹"),
                format!("Registered; the first scan usually comes within about {usually_en} of handing over"),
            )
        }
        None => both("已登记，快递公司首次扫描后更新轨迹", "Registered; tracking begins with the carrier's first scan"),
    }
}

fn waiting(why: Why, last: Option<&Plain>) -> Message {
    match why {
        Why::PhoneNotVerified => with_last(
            "收件人手机号未通过快递公司验证，请按快递公司要求完成验证",
            "The carrier has not verified the recipient's phone number; please complete the verification it asks for",
            last,
        ),
        Why::Fault { zh, en } => with_last(zh, en, last),
    }
}

fn signed(level: Level, plain: &Plain) -> Message {
    match level {
        Level::Confirmed => as_told(plain),
        Level::Provisional => both("快递公司显示已签收，正在核实", "The carrier reports it as delivered; we are verifying this"),
        Level::Doubted => both(
            "快递公司显示已签收，但有疑点，我们正在核实；如未收到请联系我们",
            "The carrier reports it as delivered, but something does not add up and we are checking; if you have not received it, please contact us",
        ),
    }
}

/// What is the case now, and behind it the last that the carrier told.
fn with_last(zh: &str, en: &str, last: Option<&Plain>) -> Message {
    match last {
        Some(last) => both(format!("{zh}。最近的进展：{}", last.zh), format!("{en}. Latest update: {}", last.en)),
        None => both(zh, en),
    }
}

fn as_told(plain: &Plain) -> Message {
    both(plain.zh.as_str(), plain.en.as_str())
}

fn both(zh: impl Into<String>, en: impl Into<String>) -> Message {
    Message { zh: zh.into(), en: en.into() }
}

/// `5 小时`, `3 天` and `5 hours`, `3 days`.
fn lasting(hours: u32) -> (String, String) {
    let plural = |count: u32, unit: &str| if count == 1 { format!("{count} {unit}") } else { format!("{count} {unit}s") };
    match hours {
        0..HOURS_TOLD => (format!("{hours} 小时"), plural(hours, "hour")),
        _ => (format!("{} 天", hours / 24), plural(hours / 24, "day")),
    }
}

/// A waybill number, and nothing else that came with it.
fn number(raw: &str) -> String {
    raw.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(known: Known<'_>, zh: &str, en: &str) {
        assert_eq!(message(known), both(zh, en), "{known:?}");
    }

    fn plain(zh: &str, en: &str) -> Plain {
        Plain { zh: zh.into(), en: en.into(), by_rule: true }
    }

    #[test]
    fn waiting_for_the_first_scan_is_told_in_hours() {
        let wait = |hours, usual| Wait { hours, usual };
        let over = |hours, usual| Known::HandedOver(wait(hours, usual));
        let yet = |hours, usual| Known::NothingYet(wait(hours, usual));
        for (known, zh, en) in [
            (over(0, Some(3)), "已交运，预计 3 小时内更新轨迹", "Handed over; the first scan is expected within about 3 hours"),
            (over(2, Some(3)), "已交运，预计 1 小时内更新轨迹", "Handed over; the first scan is expected within about 1 hour"),
            (over(3, Some(3)), "已交运，轨迹通常在这个时候更新", "Handed over; the first scan usually comes about now"),
            (
                over(5, Some(3)),
                "已交运 5 小时，比通常的 3 小时慢，我们在继续查询",
                "Handed over 5 hours ago; the first scan usually takes about 3 hours, and we keep asking",
            ),
            (
                over(75, Some(1)),
                "已交运 3 天，比通常的 1 小时慢，我们在继续查询",
                "Handed over 3 days ago; the first scan usually takes about 1 hour, and we keep asking",
            ),
            (over(0, Some(0)), "已交运，轨迹通常在这个时候更新", "Handed over; the first scan usually comes about now"),
            (over(0, None), "已交运，等待快递公司首次扫描", "Handed over; waiting for the carrier's first scan"),
            (
                over(30, None),
                "已交运 30 小时，等待快递公司首次扫描，我们在继续查询",
                "Handed over 30 hours ago; waiting for the carrier's first scan, and we keep asking",
            ),
            (yet(1, None), "已登记，快递公司首次扫描后更新轨迹", "Registered; tracking begins with the carrier's first scan"),
            (
                yet(1, Some(3)),
                "已登记，通常在交运后 3 小时内更新轨迹",
                "Registered; the first scan usually comes within about 3 hours of handing over",
            ),
            (
                yet(50, Some(3)),
                "已登记 2 天，还在等快递公司首次扫描，我们在继续查询",
                "Registered 2 days ago; the carrier's first scan is still to come, and we keep asking",
            ),
        ] {
            check(known, zh, en);
        }
    }

    #[test]
    fn a_signature_is_told_as_surely_as_it_is_trusted() {
        let plain = plain("包裹已由本人签收", "Your parcel was signed for by the recipient");
        let signed = |level| Known::Signed { level, plain: &plain };
        check(signed(Level::Confirmed), "包裹已由本人签收", "Your parcel was signed for by the recipient");
        check(signed(Level::Provisional), "快递公司显示已签收，正在核实", "The carrier reports it as delivered; we are verifying this");
        check(
            signed(Level::Doubted),
            "快递公司显示已签收，但有疑点，我们正在核实；如未收到请联系我们",
            "The carrier reports it as delivered, but something does not add up and we are checking; if you have not received it, please contact us",
        );
    }

    #[test]
    fn what_was_last_known_stays_in_the_sentence() {
        let plain = plain("包裹已到达云港转运站", "Your parcel has arrived at 云港转运中心");
        let (why, last) = (Why::Fault { zh: "暂时连接不上快递公司", en: "The carrier cannot be reached" }, Some(&plain));
        check(Known::On { plain: &plain, stale: false }, "包裹已到达云港转运站", "Your parcel has arrived at 云港转运中心");
        check(
            Known::On { plain: &plain, stale: true },
            "包裹已到达云港转运站；之后的进展快递公司还没有更新，我们在继续查询",
            "Your parcel has arrived at 云港转运中心; the carrier has not updated it since, and we keep asking",
        );
        check(
            Known::Waiting { why, last },
            "暂时连接不上快递公司。最近的进展：包裹已到达云港转运站",
            "The carrier cannot be reached. Latest update: Your parcel has arrived at 云港转运中心",
        );
        check(
            Known::Clerk { last },
            "客服正在人工核实这个包裹。最近的进展：包裹已到达云港转运站",
            "Our staff are checking on this parcel. Latest update: Your parcel has arrived at 云港转运中心",
        );
    }

    #[test]
    fn what_the_customer_has_to_do_or_to_know_is_said() {
        for (known, zh, en) in [
            (
                Known::Waiting { why: Why::PhoneNotVerified, last: None },
                "收件人手机号未通过快递公司验证，请按快递公司要求完成验证",
                "The carrier has not verified the recipient's phone number; please complete the verification it asks for",
            ),
            (Known::Clerk { last: None }, "客服正在人工核实这个包裹", "Our staff are checking on this parcel"),
            (
                Known::Returned { new_number: "YC1900000000099" },
                "包裹正在以新单号退回寄件人：YC1900000000099",
                "The parcel is going back to the sender under a new number: YC1900000000099",
            ),
            (
                Known::Forwarded { new_number: "YC19 <卢大海>" },
                "包裹已换新单号继续运送：YC19",
                "The parcel travels on under a new number: YC19",
            ),
        ] {
            check(known, zh, en);
        }
    }
}
