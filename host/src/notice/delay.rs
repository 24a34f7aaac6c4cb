//! From publication to a reading: never told shorter than it was.

use crate::fault::Instant;

const DAY: Instant = 86_400_000;
/// China's midnight is eight hours before that of UTC.
const CHINA: Instant = 8 * 3_600_000;

/// Milliseconds from publication to the moment it was read. None for what was there before anybody
/// looked.
///
/// Where the page gives no time of the day, publication counts from the last look that did not show it,
/// if that was later than the day's beginning: it cannot have been earlier.
pub fn published_to_read(published: Option<Instant>, unseen_until: Option<Instant>, read: Instant) -> Option<Instant> {
    Some((read - since(published, unseen_until?)).max(0))
}

/// The same until the look that showed it.
pub fn published_to_seen(published: Option<Instant>, unseen_until: Option<Instant>, seen: Instant) -> Option<Instant> {
    published_to_read(published, unseen_until, seen)
}

fn since(published: Option<Instant>, unseen_until: Instant) -> Instant {
    match published {
        Some(at) if (at + CHINA) % DAY != 0 => at,
        Some(day) => day.max(unseen_until),
        None => unseen_until,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_date_is_bounded_by_the_look_that_did_not_show_it() {
        const HOUR: Instant = 3_600_000;
        // 2026-01-20 00:00 in China.
        let day = 1_768_838_400_000;
        let (looked, read) = (day + 10 * HOUR, day + 10 * HOUR + 30 * 60_000);
        for (published, unseen_until, expected) in [
            // To the minute: what the page says, even if the list showed it late.
            (Some(day + 9 * HOUR), Some(looked), Some(HOUR + 30 * 60_000)),
            (Some(day), Some(looked), Some(30 * 60_000)),
            // Published on the day after the last look.
            (Some(day), Some(day - HOUR), Some(10 * HOUR + 30 * 60_000)),
            (None, Some(looked), Some(30 * 60_000)),
            // There at the first look: nobody was late.
            (Some(day), None, None),
            // The site's clock goes before ours.
            (Some(read + 1), Some(looked), Some(0)),
        ] {
            assert_eq!(published_to_read(published, unseen_until, read), expected, "{published:?} {unseen_until:?}");
        }
    }
}
