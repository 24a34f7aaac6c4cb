//! The state of a parcel: what its events, in order, amount to.
//!
//! "The last event wins" is not the rule. Carriers register scans late (ZTO: the arrival after the
//! signature), so a plain scan does not undo an end; what takes a delivery back says so. A move that
//! the table does not know is flagged and followed all the same: the carrier's explicit word counts,
//! and no event is hidden.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::status::{
    self, ARRIVED_AT_DESTINATION, ARRIVED_AT_HUB, DELIVERED, DEPARTED_FROM_HUB, IN_TRANSIT, OUT_FOR_DELIVERY, PICKED_UP,
    RETURNED_TO_SENDER, SIGNED_BY_THIRD_PARTY, TRANSFERRED_TO_CARRIER,
};

/// One event, as far as the state goes.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    pub status: &'a str,
    /// It takes back a delivery or a hand-over (EMS 743, SF 126).
    pub revokes: bool,
    /// Its meaning is a guess by its wording.
    pub unmapped: bool,
}

/// What is remarkable about an event's place among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// A plain scan after the end: registered late, it changes nothing.
    AfterEnd,
    /// It takes the end before it back.
    Revokes,
    /// A move that the table does not know.
    Unexpected,
}

/// What the events amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State<'a> {
    /// None without events.
    pub status: Option<&'a str>,
    /// One for each event.
    pub flags: Vec<Option<Flag>>,
}

impl Flag {
    /// Its name in answers.
    pub fn code(self) -> &'static str {
        match self {
            Self::AfterEnd => "after-end",
            Self::Revokes => "revokes",
            Self::Unexpected => "unexpected",
        }
    }
}

/// Puts what a carrier told into the order of time, ties as the carrier has them: an answer that
/// begins with the newest is turned round first. Whether it was told in order at all, up or down.
pub fn chronological<T>(told: &mut [T], at: impl Fn(&T) -> i64) -> bool {
    let (up, down) = (told.is_sorted_by_key(&at), told.is_sorted_by_key(|one| std::cmp::Reverse(at(one))));
    if down && !up {
        told.reverse();
    }
    told.sort_by_key(at);
    up || down
}

/// The state after these events, in their order.
pub fn settle<'a>(steps: impl IntoIterator<Item = Step<'a>>) -> State<'a> {
    let mut state: Option<&'a str> = None;
    let mut flags = vec![];
    for step in steps {
        let flag = state.and_then(|before| flag(before, step));
        if flag != Some(Flag::AfterEnd) {
            state = Some(step.status);
        }
        flags.push(flag);
    }
    State { status: state, flags }
}

fn flag(before: &str, step: Step<'_>) -> Option<Flag> {
    if step.revokes && takes_back(before) {
        return Some(Flag::Revokes);
    }
    if is_end(before) && before != step.status && is_late(before, step) {
        return Some(Flag::AfterEnd);
    }
    (!may_move(before, step.status)).then_some(Flag::Unexpected)
}

/// Signed for, by whomever: what comes after must say more than "scanned".
fn is_end(status: &str) -> bool {
    matches!(status, DELIVERED | SIGNED_BY_THIRD_PARTY | RETURNED_TO_SENDER)
}

/// What a revocation can be of.
fn takes_back(status: &str) -> bool {
    is_end(status) || matches!(status, status::DELIVERY_TO_LOCKER | status::AWAITING_PICKUP)
}

/// A scan on the way. After the customer's signature so is a hand-over to a locker; after a station's
/// it is not: the parcel lies there now.
fn is_late(before: &str, step: Step<'_>) -> bool {
    let on_the_way = matches!(
        step.status,
        PICKED_UP | ARRIVED_AT_HUB | DEPARTED_FROM_HUB | ARRIVED_AT_DESTINATION | TRANSFERRED_TO_CARRIER | OUT_FOR_DELIVERY
    );
    let at_locker = step.status == status::DELIVERY_TO_LOCKER && before != SIGNED_BY_THIRD_PARTY;
    on_the_way || parent(step.status) == IN_TRANSIT || at_locker || step.unmapped
}

/// Whether the table knows the move; finer codes move as their parent does.
pub fn may_move(from: &str, to: &str) -> bool {
    let (from, to) = (parent(from), parent(to));
    from == to || MOVES.contains(&(from, to)) || MOVES.contains(&("*", to))
}

fn parent(code: &str) -> &str {
    code.split_once('.').map_or(code, |(parent, _)| parent)
}

static MOVES: LazyLock<HashSet<(&'static str, &'static str)>> = LazyLock::new(|| rows().map(|[from, to, _]| (from, to)).collect());

/// The table: from, to, and where the move was seen.
pub fn rows() -> impl Iterator<Item = [&'static str; 3]> {
    let lines = include_str!("state/moves.csv").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut cells = line.splitn(3, ',');
        Some([cells.next()?, cells.next()?, cells.next()?])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_moves_between_statuses_and_names_each_source() {
        let known = |code: &str| code == "*" || status::is_known(code);
        for [from, to, source] in rows() {
            assert!(known(from) && known(to) && !source.is_empty(), "{from} {to} {source}");
        }
        let ulsc = rows().filter(|[.., source]| *source == "ulsc").count();
        assert_eq!((ulsc, rows().count()), (69, MOVES.len()), "69 rows of ULSC, and none twice");
    }

    /// Sequences and their states, written by hand.
    #[test]
    fn sequences_end_where_people_say_they_do() {
        #[derive(serde::Deserialize)]
        struct Sequence {
            about: String,
            events: Vec<Seen>,
            state: String,
            flags: Vec<Option<String>>,
        }
        #[derive(serde::Deserialize)]
        struct Seen {
            status: String,
            revokes: bool,
        }
        let sequences: Vec<Sequence> = serde_json::from_str(include_str!("../../tests/expected/states.json")).unwrap();
        let mut wrong = vec![];
        for Sequence { about, events, state, flags } in &sequences {
            let found = settle(events.iter().map(|seen| Step { status: &seen.status, revokes: seen.revokes, unmapped: false }));
            let told: Vec<_> = found.flags.iter().map(|flag| flag.map(|flag| flag.code().to_owned())).collect();
            if found.status != Some(state) || told != *flags {
                wrong.push(format!("{about}: {:?} {told:?}\n   expected {state} {flags:?}", found.status));
            }
        }
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), sequences.len(), wrong.join("\n"));
    }

    #[test]
    fn ties_stay_as_the_carrier_has_them() {
        for (mut told, ordered, expected) in [
            (vec![(1, 'a'), (2, 'b'), (2, 'c')], true, "abc"),
            (vec![(2, 'c'), (2, 'b'), (1, 'a')], true, "abc"),
            (vec![(2, 'b'), (1, 'a'), (2, 'c')], false, "abc"),
            (vec![(1, 'a'), (1, 'b')], true, "ab"),
        ] {
            assert_eq!(chronological(&mut told, |one| one.0), ordered);
            assert_eq!(told.iter().map(|one| one.1).collect::<String>(), expected);
        }
    }

    #[test]
    fn finer_codes_move_as_their_parent() {
        assert!(may_move("picked_up", "in_transit.linehaul") && may_move("in_transit.linehaul", "in_transit.regional"));
        assert!(may_move("in_transit.regional", "arrived_at_hub") && !may_move("in_transit.regional", "order_created"));
    }
}
