//! The pusher: tells the subscriber's URL of every event that appears, until it is acknowledged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Client;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::carrier::Carrier;
use crate::parcel::{Event, Parcel};
use crate::world::{World, now_ms};
use crate::{deppon, pushes, sf, yto, zto};

/// Requests in flight at once.
const LANES: usize = 64;
/// No timer sleeps longer, so that a heap without parcels needs no case of its own.
const NAP: Duration = Duration::from_secs(3600);

/// What the pusher must hear of.
pub enum Wake {
    Subscribed(Arc<Parcel>),
    /// Events of this parcel appeared before their time.
    Advanced(Arc<Parcel>),
    /// The story goes at another speed.
    Retime,
}

/// An event on its way out.
pub struct Due<'a> {
    pub parcel: &'a Parcel,
    pub event: &'a Event,
    pub world: &'a World,
    pub now_ms: i64,
}

/// One request to the subscriber.
pub struct Push {
    content_type: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Push {
    pub fn json(value: &Value) -> Self {
        Push { content_type: "application/json;charset=UTF-8", headers: vec![], body: value.to_string() }
    }

    pub fn form<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Push { content_type: "application/x-www-form-urlencoded; charset=UTF-8", headers: vec![], body }
    }

    pub fn with_headers(self, headers: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Push { headers: headers.into_iter().collect(), ..self }
    }

    fn of(due: &Due) -> Self {
        match due.parcel.carrier {
            Carrier::Sf => sf::push(due),
            Carrier::Zto => zto::push(due),
            Carrier::Yto => yto::push(due),
            Carrier::Deppon => deppon::push(due),
            Carrier::Sto => pushes::sto::push(due),
            Carrier::Jt => pushes::jt::push(due),
            Carrier::Ems => pushes::ems::push(due),
            Carrier::Jd => pushes::jd::push(due),
            carrier => unreachable!("nobody subscribes to `{carrier}`"),
        }
    }
}

fn accepts(world: &World, parcel: &Parcel, index: usize, reply: &[u8]) -> bool {
    match parcel.carrier {
        Carrier::Sf => sf::accepts(reply),
        Carrier::Zto => zto::accepts(reply),
        Carrier::Yto => yto::accepts(reply, parcel),
        Carrier::Deppon => deppon::accepts(reply),
        Carrier::Sto => pushes::sto::accepts(reply, parcel),
        Carrier::Jt => pushes::jt::accepts(reply),
        Carrier::Ems => pushes::ems::accepts(reply, &world.accounts.ems, &parcel.events[index], parcel),
        Carrier::Jd => pushes::jd::accepts(reply),
        carrier => unreachable!("`{carrier}` pushed nothing"),
    }
}

/// Runs until it is dropped; all pushes under way end with it.
pub async fn run(world: Arc<World>, client: Client, mut wakes: UnboundedReceiver<Wake>) {
    let post = Post { world, client, lanes: Arc::new(Semaphore::new(LANES)) };
    let mut round = Round { post, alarms: BinaryHeap::new(), under_way: JoinSet::new() };
    loop {
        round.ring();
        let nap = round.until_next();
        tokio::select! {
            wake = wakes.recv() => match wake {
                Some(Wake::Subscribed(parcel)) => round.follow(parcel),
                Some(Wake::Advanced(parcel)) => _ = round.send_due(&parcel),
                Some(Wake::Retime) => {}
                None => return,
            },
            Some(_) = round.under_way.join_next() => {}
            () = sleep(nap) => {}
        }
    }
}

struct Round {
    post: Post,
    alarms: BinaryHeap<Reverse<Alarm>>,
    under_way: JoinSet<()>,
}

/// A moment of the story, in milliseconds, at which a parcel's next event appears.
struct Alarm(u64, Arc<Parcel>);

impl Round {
    fn ring(&mut self) {
        let now = (self.post.world.story() * 1000.0) as u64;
        while self.alarms.peek().is_some_and(|Reverse(alarm)| alarm.0 <= now) {
            let Some(Reverse(Alarm(_, parcel))) = self.alarms.pop() else {
                break;
            };
            self.follow(parcel);
        }
    }

    /// Sends what is due and sets the parcel's one alarm.
    fn follow(&mut self, parcel: Arc<Parcel>) {
        let Some(seen) = self.send_due(&parcel) else {
            return;
        };
        if let Some(at) = parcel.appears(seen) {
            // A millisecond late rather than early: an early alarm would ring again and again.
            self.alarms.push(Reverse(Alarm((at * 1000.0).ceil() as u64 + 1, parcel)));
        }
    }

    /// Sends what is due; returns how many events were seen.
    fn send_due(&mut self, parcel: &Arc<Parcel>) -> Option<usize> {
        let due = parcel.due_pushes(self.post.world.story())?;
        if parcel.carrier.pushes_unasked() && self.post.world.desk(parcel.carrier).push_target().is_none() {
            return Some(due.end);
        }
        for index in due.clone() {
            self.post.world.desk(parcel.carrier).tally.push.due.one();
            self.under_way.spawn(self.post.clone().deliver(parcel.clone(), index));
        }
        Some(due.end)
    }

    fn until_next(&self) -> Duration {
        let Some(Reverse(alarm)) = self.alarms.peek() else {
            return NAP;
        };
        let story_left = (alarm.0 as f64 / 1000.0 - self.post.world.story()).max(0.0);
        let real = story_left / self.post.world.speed().max(f64::MIN_POSITIVE);
        Duration::try_from_secs_f64(real).unwrap_or(NAP).clamp(Duration::from_millis(1), NAP)
    }
}

#[derive(Clone)]
struct Post {
    world: Arc<World>,
    client: Client,
    lanes: Arc<Semaphore>,
}

impl Post {
    async fn deliver(self, parcel: Arc<Parcel>, index: usize) {
        let tally = &self.world.desk(parcel.carrier).tally.push;
        if is_late(&parcel, index) {
            sleep(Duration::from_millis(self.world.options.push_late_ms)).await;
        }
        for _ in 0..self.world.options.push_tries {
            match self.attempt(&parcel, index).await {
                Some(reply) if accepts(&self.world, &parcel, index, &reply) => return tally.accepted.one(),
                Some(_) => tally.refused.one(),
                None => tally.failed.one(),
            }
            sleep(self.world.options.push_retry()).await;
        }
        tally.given_up.one();
    }

    /// The body of a good HTTP answer, an empty one for a bad one, nothing if there was no answer.
    async fn attempt(&self, parcel: &Parcel, index: usize) -> Option<Bytes> {
        let desk = self.world.desk(parcel.carrier);
        let target = desk.push_target()?;
        let _lane = self.lanes.acquire().await.ok()?;
        let due = Due { parcel, event: &parcel.events[index], world: &self.world, now_ms: now_ms() };
        let push = Push::of(&due);
        desk.tally.push.sent.one();
        let request = self.client.post(target).header("content-type", push.content_type).body(push.body);
        let request = push.headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let response = request.send().await.ok()?;
        let good = response.status().is_success();
        let body = response.bytes().await.ok()?;
        Some(if good { body } else { Bytes::new() })
    }
}

/// About every sixth push is late, always the same ones for the same number.
fn is_late(parcel: &Parcel, index: usize) -> bool {
    parcel.dice("late").draw().rotate_left(index as u32 * 5).is_multiple_of(6)
}

impl PartialEq for Alarm {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl Eq for Alarm {}
impl PartialOrd for Alarm {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Alarm {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
