//! Sin: `read` leaves out the last number it was asked about and answers for two that nobody asked
//! about. Its batch size is four.

use posthouse_sdk::prelude::*;

struct ExtraNumbers;

impl Tracking for ExtraNumbers {
    fn ask(task: Task) -> Result<Want, Fault> {
        let numbers = task.parcels.iter().map(|p| text::field("number", plain(&p.number)));
        Ok(http::get("track", numbers.collect()).want())
    }

    fn read(task: Task, _: Reply) -> Result<Reading, Fault> {
        let asked = task.parcels.iter().map(|parcel| parcel.number.clone());
        let kept = asked.take(task.parcels.len() - 1);
        let strangers = ["G9999999998", "G9999999999"].map(String::from);
        let answers = kept.chain(strangers).map(|number| track(number, vec![scan(task.now)]));
        Ok(Reading::Tracks(answers.collect()))
    }
}

fn scan(at: time::Instant) -> Event {
    Event { at, code: "80".into(), status: None, text: "signed".into(), place: None }
}

fn track(number: String, events: Vec<Event>) -> OfOne {
    OfOne::track(Track { number, events, signed: None, odd: vec![], extra: vec![] })
}

posthouse_sdk::export!(ExtraNumbers: tracking);
