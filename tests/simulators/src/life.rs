//! A parcel's plausible life, in steps that no carrier's words colour yet.
//!
//! Six to fourteen steps; each at least a second after the one before, so that every event of a
//! parcel has an identity of its own.

use crate::carrier::Carrier;
use crate::dice::Dice;
use crate::places::{CITIES, COURIERS, City, SIGNERS};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    PickedUp,
    Departed,
    Arrived,
    /// SF's trap: the code of a delivery before there is one.
    Assigned,
    OutForDelivery,
    Problem,
    InLocker,
    Collected,
    Signed,
    /// A courier took it out of the locker again.
    Retaken,
    /// EMS's trap: a delivery is taken back.
    Revoked,
    Returning,
}

#[derive(Clone, Copy, Debug)]
pub struct Stop {
    pub city: &'static City,
    pub hub: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub act: Act,
    pub stop: Stop,
    /// Where it goes to; the same stop if it goes nowhere.
    pub next: Stop,
    /// The courier, or who signed.
    pub person: &'static str,
    /// Story seconds since the parcel's creation.
    pub offset: u32,
}

/// The steps of one parcel, ascending. The dice decide everything.
pub fn live(dice: &mut Dice, carrier: Carrier) -> Vec<Step> {
    let route = route(dice);
    let mut diary = Diary { dice, steps: Vec::with_capacity(14), clock: 0 };
    diary.note(Act::PickedUp, route[0], route[0], 20..100);
    for leg in route.windows(2) {
        diary.note(Act::Departed, leg[0], leg[1], 30..180);
        diary.note(Act::Arrived, leg[1], leg[1], 180..840);
    }
    let last = route[route.len() - 1];
    if carrier == Carrier::Sf && route.len() < 5 && diary.dice.one_in(3) {
        diary.note(Act::Assigned, last, last, 10..60);
    }
    let plain = if carrier.has_page() { diary.deliver_with_detours(last, carrier) } else { diary.deliver(last) };
    let mut steps = diary.steps;
    if plain && carrier == Carrier::Zto && dice.one_in(5) {
        register_signature_early(&mut steps);
    }
    steps
}

fn route(dice: &mut Dice) -> Vec<Stop> {
    let hubs = 1 + dice.below(3) as usize;
    let (start, stride) = (dice.below(13) as usize, 1 + dice.below(12) as usize);
    let stop = |i: usize| Stop { city: &CITIES[(start + i * stride) % CITIES.len()], hub: i > 0 && i <= hubs };
    (0..hubs + 2).map(stop).collect()
}

struct Diary<'a> {
    dice: &'a mut Dice,
    steps: Vec<Step>,
    clock: u32,
}

impl Diary<'_> {
    fn note(&mut self, act: Act, stop: Stop, next: Stop, minutes: std::ops::Range<u32>) {
        let spread = u64::from((minutes.end - minutes.start) * 60);
        self.clock += minutes.start * 60 + self.dice.below(spread) as u32;
        let person = if act == Act::Signed { self.dice.pick(&SIGNERS) } else { self.dice.pick(&COURIERS) };
        self.steps.push(Step { act, stop, next, person, offset: self.clock });
    }

    /// The last mile. True if it went plainly: out, and signed at once.
    fn deliver(&mut self, at: Stop) -> bool {
        self.note(Act::OutForDelivery, at, at, 60..360);
        let problem = self.dice.one_in(8);
        if problem {
            self.note(Act::Problem, at, at, 60..300);
            self.note(Act::OutForDelivery, at, at, 600..1200);
        }
        match self.dice.below(12) {
            0 => return false,
            1 | 2 => {
                self.note(Act::InLocker, at, at, 30..240);
                self.note(Act::Collected, at, at, 60..900);
                return false;
            }
            _ => self.note(Act::Signed, at, at, 30..300),
        }
        !problem
    }

    /// The last mile of a carrier with a page, where more goes wrong. Never plain.
    fn deliver_with_detours(&mut self, at: Stop, carrier: Carrier) -> bool {
        self.note(Act::OutForDelivery, at, at, 60..360);
        let acts: &[Act] = match self.dice.below(12) {
            0 => &[],
            1 => &[Act::InLocker, Act::Collected],
            2 => &[Act::InLocker, Act::Retaken, Act::Signed],
            3 => &[Act::Problem, Act::Returning],
            4 => &[Act::Problem, Act::OutForDelivery, Act::Signed],
            5 | 6 if carrier == Carrier::Ems => &[Act::Signed, Act::Revoked, Act::OutForDelivery, Act::Signed],
            _ => &[Act::Signed],
        };
        acts.iter().for_each(|act| self.note(*act, at, at, 30..300));
        false
    }
}

/// ZTO's trap: the signature carries an earlier time than the arrival and the delivery, so that
/// the last event is not the parcel's state.
fn register_signature_early(steps: &mut [Step]) {
    let from = steps.len() - 3;
    let offsets = [0, 1, 2].map(|i| steps[from + i].offset);
    steps[from..].rotate_right(1);
    steps[from..].iter_mut().zip(offsets).for_each(|(step, offset)| step.offset = offset);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_plausible_and_the_same_each_time() {
        let mut early = 0;
        for carrier in Carrier::ALL {
            for n in 0..500 {
                let number = carrier.number(n);
                let life = || live(&mut Dice::new(7, &[carrier.name(), &number]), carrier);
                let steps = life();
                assert!((6..=14).contains(&steps.len()), "{} steps", steps.len());
                assert!(steps.windows(2).all(|w| w[0].offset < w[1].offset));
                assert_eq!(format!("{steps:?}"), format!("{:?}", life()));
                early += usize::from(steps[steps.len() - 3].act == Act::Signed);
            }
        }
        assert!(early > 20, "ZTO registers some signatures early");
    }
}
