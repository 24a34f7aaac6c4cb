//! YTO Express (圆通速递): the open platform's query and subscription, and its push.
//!
//! One number per call. What is known of the interface comes from copies of the official pages
//! and the platform debugger's own request, except where a comment says otherwise.

use posthouse_sdk::prelude::*;

mod event;
mod push;
mod reply;
mod request;

/// The adapter.
pub struct Yto;

impl Tracking for Yto {
    fn ask(task: Task) -> Result<Want, Fault> {
        request::query(&task).map(Request::want)
    }

    fn read(task: Task, answer: Reply) -> Result<Reading, Fault> {
        read_one(&task, answer, reply::track).map(Reading::Tracks)
    }
}

impl Subscribe for Yto {
    fn ask(task: Task) -> Result<Option<Want>, Fault> {
        request::subscribe(&task).map(|request| Some(request.want()))
    }

    fn read(task: Task, answer: Reply) -> Result<Vec<OfOne>, Fault> {
        read_one(&task, answer, reply::subscribed)
    }
}

impl Push for Yto {
    fn receive(delivery: Delivery) -> Result<Receipt, Refusal> {
        push::receive(&delivery)
    }
}

fn read_one(task: &Task, answer: Reply, read: fn(&str, &[u8]) -> Result<Track, Fault>) -> Result<Vec<OfOne>, Fault> {
    let answer = answer.http()?;
    if let Some(fault) = fault::of_status(&answer) {
        return Err(fault);
    }
    let number = request::number(task)?;
    Ok(vec![OfOne { number: number.into(), outcome: read(number, &answer.body) }])
}

posthouse_sdk::export!(Yto: tracking, subscribe, push);
