use proptest::prelude::*;

use super::*;
use crate::parcel::Event;

/// Few instants, words and statuses, so that ties and twins come often.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let codes = ["picked_up", "arrived_at_hub", "departed_from_hub", "out_for_delivery", "delivered", "delivery_to_locker"];
    let event = (0i64..5, 0..codes.len(), 0..3u8, prop::bool::weighted(0.1)).prop_map(move |(at, code, text, revokes)| Event {
        at: at * 60_000,
        code: codes[code].into(),
        status: codes[code],
        unmapped: false,
        revokes,
        text: format!("扫描 {text}"),
        place: None,
        times: 1,
    });
    prop::collection::vec(event, 1..12)
}

/// What a carrier told: whole answers, and pushes of one event each.
#[derive(Debug, Clone)]
struct Told {
    source: Source,
    events: Vec<Event>,
}

/// As the store keeps it: every telling merged into the set of scans.
fn known(told: &[Told]) -> Vec<Scan> {
    let mut known: Vec<Scan> = vec![];
    for telling in told {
        let mut before: Vec<(Instant, Identity)> = vec![];
        for event in &telling.events {
            let identity = event.identity();
            let after = before.iter().filter(|(at, _)| *at == event.at).map(|(_, earlier)| *earlier).collect();
            before.push((event.at, identity));
            let scan = Scan { event: event.clone(), identity, source: telling.source, after, received_at: 0 };
            match known.iter_mut().find(|scan| scan.identity == identity) {
                Some(same) => *same = merged(same, scan),
                None => known.push(scan),
            }
        }
    }
    known
}

fn track(told: &[Told]) -> Vec<Identity> {
    ordered(known(told)).into_iter().map(|scan| scan.identity).collect()
}

fn state(told: &[Told]) -> Option<&'static str> {
    let steps: Vec<_> = ordered(known(told)).iter().map(|scan| scan.event.step()).collect();
    posthouse_sdk::state::settle(steps).status
}

/// A carrier's own order: by time, ties as they are. Each event once, as an answer that is judged.
fn truth(events: Vec<Event>) -> Vec<Event> {
    let mut seen = HashSet::new();
    let mut truth: Vec<Event> = events.into_iter().filter(|event| seen.insert(event.identity())).collect();
    truth.sort_by_key(|event| event.at);
    truth
}

/// Any parts of the truth, as answers and pushes; the whole of it is among them.
fn tellings() -> impl Strategy<Value = (Vec<Told>, Vec<Told>)> {
    events().prop_map(truth).prop_flat_map(|truth| {
        let count = truth.len();
        let part = prop::collection::vec(prop::bool::ANY, count).prop_map({
            let truth = truth.clone();
            move |kept| truth.iter().zip(kept).filter(|(_, kept)| *kept).map(|(event, _)| event.clone()).collect::<Vec<_>>()
        });
        let answers =
            prop::collection::vec(part, 0..4).prop_map(|parts| parts.into_iter().map(|events| Told { source: Source::Look, events }));
        let pushes = prop::collection::vec(0..count, 0..6).prop_map({
            let truth = truth.clone();
            move |picked| picked.into_iter().map(|n| Told { source: Source::Push, events: vec![truth[n].clone()] }).collect::<Vec<_>>()
        });
        let whole = Told { source: Source::Look, events: truth };
        (answers, pushes).prop_flat_map(move |(answers, pushes)| {
            let mut all: Vec<Told> = answers.chain(pushes).collect();
            all.push(whole.clone());
            let doubled = [all.clone(), all.clone()].concat();
            (Just(all), Just(doubled).prop_shuffle())
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sequence_repetition_and_parts_do_not_matter((all, shuffled) in tellings()) {
        prop_assert_eq!(track(&all), track(&shuffled));
        prop_assert_eq!(state(&all), state(&shuffled));
    }

    #[test]
    fn a_track_is_sorted_by_time_and_hides_nothing_an_answer_told((all, _) in tellings()) {
        let ordered = ordered(known(&all));
        prop_assert!(ordered.is_sorted_by_key(|scan| scan.event.at));
        let told: HashSet<Identity> = all.last().unwrap().events.iter().map(Event::identity).collect();
        let kept: HashSet<Identity> = ordered.iter().map(|scan| scan.identity).collect();
        prop_assert!(told.is_subset(&kept));
    }

    #[test]
    fn ties_stay_as_the_carrier_told_them((all, _) in tellings()) {
        let whole: Vec<Identity> = all.last().unwrap().events.iter().map(Event::identity).collect();
        let kept: Vec<Identity> = track(&all).into_iter().filter(|identity| whole.contains(identity)).collect();
        prop_assert_eq!(kept, whole);
    }

    #[test]
    fn a_split_answer_is_the_whole_one_but_for_ties(events in events().prop_map(truth), cut in 0usize..12) {
        let (first, second) = events.split_at(cut.min(events.len()));
        let part = |events: &[Event]| Told { source: Source::Look, events: events.to_vec() };
        let (split, whole) = (track(&[part(second), part(first)]), track(&[part(&events)]));
        let torn = first.last().zip(second.first()).is_some_and(|(a, b)| a.at == b.at);
        if torn {
            // Never told together: their rank decides, whatever came first.
            prop_assert_eq!(&split, &track(&[part(first), part(second)]));
        } else {
            prop_assert_eq!(split, whole);
        }
    }
}

#[test]
fn a_persons_row_gives_way_to_the_carriers_word() {
    let event = |at, status: &'static str| Event {
        at,
        code: String::new(),
        status,
        unmapped: false,
        revokes: false,
        text: format!("{at}"),
        place: None,
        times: 1,
    };
    let told = |source, events| Told { source, events };
    let clerk = told(Source::Clerk, vec![event(3_600_000, "delivered")]);
    let look = told(Source::Look, vec![event(0, "out_for_delivery"), event(7_200_000, "delivered")]);
    assert_eq!(track(&[clerk.clone(), look.clone()]).len(), 2, "both mean one delivery");
    let other = told(Source::Look, vec![event(0, "out_for_delivery"), event(7_200_000, "delivery_attempted")]);
    assert_eq!(state(&[clerk, other]), Some("delivery_attempted"), "the carrier's explicit later word counts");
}
