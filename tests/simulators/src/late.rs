//! Carriers that tell late: what can be seen now happened a while ago, for each parcel a little
//! more or less than is usual for its carrier.

use std::sync::Mutex;
use std::time::Duration;

use crate::carrier::Carrier;
use crate::dice::Dice;
use crate::parcel::Event;

/// Below it, events that are told in one second could lie in the future.
const LEAST: Duration = Duration::from_secs(20 * 60);
const MOST: Duration = Duration::from_secs(30 * 86_400);

/// A carrier's lag, or what is wrong with it.
pub fn check(lag: Duration) -> Result<Duration, String> {
    let is_good = (LEAST..=MOST).contains(&lag);
    is_good.then_some(lag).ok_or_else(|| format!("a lag is {} to {} seconds", LEAST.as_secs(), MOST.as_secs()))
}

/// One parcel's lag, and how many of its events have their final time.
#[derive(Debug)]
pub struct Late {
    seconds: i64,
    /// No two events of a parcel are in the same grain: EMS writes no seconds.
    grain: i64,
    dated: Mutex<usize>,
}

impl Late {
    /// The carrier's lag, by up to a fifth more or less: the dice decide.
    pub fn new(carrier: Carrier, lag: Duration, dice: &mut Dice) -> Self {
        let percent = 80 + dice.below(41);
        let seconds = (lag.as_secs() * percent / 100) as i64;
        Late { seconds, grain: if carrier == Carrier::Ems { 60 } else { 1 }, dated: Mutex::new(0) }
    }

    /// Dates what is visible of a parcel at its making: it was told one by one until then.
    pub fn begin(&self, events: &[Event], visible: usize) {
        for event in events {
            event.date(self.floor(event.at() - self.seconds));
        }
        *self.dated.lock().expect("dating does not panic") = visible;
    }

    /// Dates what came into view since the last call: the newest happened the lag before `now`, those
    /// that came with it before that, as far apart as the story has them, and none before an older one.
    pub fn date(&self, visible: &[Event], now: i64) {
        let mut dated = self.dated.lock().expect("dating does not panic");
        let Some(newest) = visible.last().filter(|_| *dated < visible.len()) else { return };
        for index in *dated..visible.len() {
            let event = &visible[index];
            let before = i64::from(newest.step.offset) - i64::from(event.step.offset);
            let after_the_last = index.checked_sub(1).map_or(i64::MIN, |last| visible[last].at() + self.grain);
            event.date(self.floor(now - self.seconds - before).max(after_the_last));
        }
        *dated = visible.len();
    }

    fn floor(&self, at: i64) -> i64 {
        at - at.rem_euclid(self.grain)
    }
}
