//! The walk over every published code and every status of ours, there and back.

use super::published::{self, Published};
use super::*;

/// Where the page stands, seen from here; rewritten by `POSTHOUSE_WRITE_DOCS=1 cargo test`.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/taxonomies.md");

fn each() -> impl Iterator<Item = (&'static Published, &'static Vocabulary)> {
    published::ALL.iter().map(|list| (list, known(list.name).expect("a published list has its table")))
}

/// Losses after `detail:` are those of a finer level.
fn is_of_detail(loss: Option<&str>) -> bool {
    loss.is_some_and(|loss| loss.starts_with("detail: "))
}

fn is_of_code(loss: Option<&str>) -> bool {
    loss.is_some() && !is_of_detail(loss)
}

#[test]
fn the_lists_are_as_long_as_published() {
    let count =
        |list: &Published| (list.codes.len(), list.loose.len() + list.codes.iter().map(|(_, details)| details.len()).sum::<usize>());
    let counts: Vec<_> = published::ALL.iter().map(|list| (list.name, count(list))).collect();
    assert_eq!(
        counts,
        [
            ("aftership", (9, 48)),
            ("17track", (9, 30)),
            ("easypost", (10, 28)),
            ("shippo", (6, 27)),
            ("karrio", (12, 35)),
            ("kuaidi100", (10, 27)),
            ("kdniao", (8, 34)),
            ("trackingmore", (9, 30)),
            ("delivery-tracker", (9, 0)),
            ("ulsc", (32, 0)),
        ]
    );
    assert!(names().eq(published::ALL.iter().map(|list| list.name)));
}

#[test]
fn every_published_code_is_in_its_table_and_nothing_else_is() {
    for (list, vocabulary) in each() {
        for (code, detail) in list.pairs() {
            assert!(vocabulary.row(code, detail).is_some(), "{}: {code} {detail:?} is not read", list.name);
        }
        for detail in list.loose {
            assert!(vocabulary.reads.iter().any(|row| row.detail == Some(detail)), "{}: {detail} is not read", list.name);
            let under_each = list.codes.iter().map(|(code, _)| vocabulary.reads(code, Some(detail)));
            assert!(under_each.into_iter().all(|reading| reading.is_some()), "{}: {detail}", list.name);
        }
        let mut seen = std::collections::HashSet::new();
        for row in &vocabulary.reads {
            for code in &row.codes {
                assert!(list.has(code, row.detail), "{}: {code} {:?} is not published", list.name, row.detail);
                assert!(seen.insert((code, row.detail)), "{}: {code} {:?} stands twice", list.name, row.detail);
            }
        }
    }
}

#[test]
fn every_status_of_ours_is_told_once_and_in_a_published_word() {
    for (list, vocabulary) in each() {
        let told: Vec<_> = vocabulary.tells.iter().map(|row| row.status).collect();
        let ours: Vec<_> = status::ALL.iter().map(|(code, ..)| Some(*code)).collect();
        assert_eq!(told.iter().filter(|status| status.is_none()).count(), 1, "{}: nothing known yet", list.name);
        assert_eq!(told.len(), ours.len() + 1, "{}", list.name);
        for status in ours {
            assert!(told.contains(&status), "{}: {status:?} is not told", list.name);
            let word = vocabulary.tells(status);
            assert!(list.has(word.code, word.detail), "{}: {word:?} is not published", list.name);
        }
        let nothing = vocabulary.tells(None);
        let no_word = nothing.code.is_empty() && is_of_code(nothing.loss);
        assert!(no_word || list.has(nothing.code, nothing.detail), "{}: {nothing:?}", list.name);
    }
}

#[test]
fn told_and_read_again_is_the_same_or_the_loss_is_declared() {
    for (list, vocabulary) in each() {
        for Ours { status, word } in vocabulary.tells.iter().filter(|row| !row.word.code.is_empty()) {
            let back = vocabulary.reads(word.code, word.detail).expect("a published word is read").status;
            let parent = status.and_then(|status| status.split_once('.')).map(|(parent, _)| parent);
            let honest = if back == *status {
                word.loss.is_none()
            } else if parent.is_some() && back == parent {
                is_of_detail(word.loss)
            } else {
                is_of_code(word.loss)
            };
            assert!(honest, "{}: {status:?} is told as {word:?} and read back as {back:?}", list.name);
        }
    }
}

#[test]
fn read_and_told_again_is_the_same_or_the_loss_is_declared() {
    for (list, vocabulary) in each() {
        for row in &vocabulary.reads {
            let Reading { status, loss } = row.reading;
            let back = vocabulary.tells(status);
            for code in &row.codes {
                let honest = match (back.code == *code, row.detail) {
                    (true, None) => loss.is_none() || is_of_detail(loss),
                    (true, detail) if back.detail == detail => loss.is_none(),
                    (true, _) => is_of_detail(loss),
                    (false, _) => is_of_code(loss),
                };
                assert!(honest, "{}: {code} {:?} is read as {status:?} ({loss:?}) and told back as {back:?}", list.name, row.detail);
            }
        }
    }
}

#[test]
fn rows_that_are_easily_mistaken() {
    for (name, code, detail, status) in [
        ("aftership", "AvailableForPickup", None, Some("awaiting_pickup")),
        ("aftership", "AttemptFail", Some("AttemptFail_002"), Some("recipient_unavailable")),
        ("aftership", "InTransit_007", None, Some("departed_from_hub")),
        ("aftership", "Expired", Some("Expired_001"), None),
        ("17track", "Exception", Some("Exception_Returned"), Some("returned_to_sender")),
        ("easypost", "failure", None, Some("exception")),
        ("easypost", "delivered", Some("arrived_at_destination"), Some("delivered")),
        ("easypost", "delivered", Some("departed_facility"), Some("delivered")),
        ("shippo", "TRANSIT", Some("pickup_available"), Some("awaiting_pickup")),
        ("karrio", "on_hold", Some("consignee_refused"), Some("refused")),
        ("karrio", "delivered", Some("weather_delay"), Some("delivered")),
        ("kuaidi100", "5", Some("501"), Some("delivery_to_locker")),
        ("kuaidi100", "304", None, Some("signed_by_third_party")),
        ("kuaidi100", "304", Some("304"), Some("signed_by_third_party")),
        ("kuaidi100", "3", Some("3"), Some("delivered")),
        ("kuaidi100", "13", None, Some("customs_held")),
        ("kuaidi100", "14", None, Some("refused")),
        ("kuaidi100", "6", Some(""), Some("in_return_transit")),
        ("kuaidi100", "4", None, Some("returned_to_sender")),
        ("kdniao", "2", Some("2"), Some("in_transit")),
        ("kdniao", "211", None, Some("delivery_to_locker")),
        ("kdniao", "10", None, Some("pickup_scheduled")),
        ("trackingmore", "pickup", Some("pickup002"), Some("awaiting_pickup")),
    ] {
        let reading = known(name).unwrap().reads(code, detail);
        assert_eq!(reading.map(|reading| reading.status), Some(status), "{name}: {code} {detail:?}");
    }
}

#[test]
fn what_is_not_known_is_not_guessed() {
    let aftership = known("AfterShip").expect("capitals do not matter");
    assert_eq!(aftership.reads("Teleported", Some("Teleported_001")), None);
    assert_eq!(aftership.reads("Exception", Some("Exception_099")), Some(Reading { status: Some("exception"), loss: Some(UNREAD) }));
    assert_eq!(known("easypost").unwrap().reads("damaged", None), None, "it stands under two statuses");
    assert_eq!(aftership.tells(Some("in_transit.rail")), aftership.tells(Some("in_transit")));
    assert_eq!(aftership.tells(Some("gone")), aftership.tells(None));
    assert_eq!(known("ulsc").unwrap().tells(None).code, "");
    assert!(known("nobody").is_none());
}

#[test]
fn the_page_is_written_from_the_tables() {
    if std::env::var_os("POSTHOUSE_WRITE_DOCS").is_some() {
        std::fs::write(PAGE, document()).unwrap();
    }
    let page = std::fs::read_to_string(PAGE).unwrap();
    assert!(page == document(), "docs/taxonomies.md is not what the tables say: run this test with POSTHOUSE_WRITE_DOCS=1");
}
