//! Everything the carriers know. Locks are short and never held across an await.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, RwLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc::UnboundedSender;

use crate::accounts::{self, Accounts};
use crate::carrier::{Carrier, Interface};
use crate::deppon::{V32, V32Token};
use crate::dice::Dice;
use crate::late;
use crate::mood::Weather;
use crate::options::Options;
use crate::pages::{Front, Robots};
use crate::parcel::{Birth, Pace, Parcel};
use crate::push::Wake;
use crate::quota::{Limits, Used};
use crate::sf;
use crate::tally::Tally;

pub struct World {
    pub options: Options,
    pub accounts: Accounts,
    pub sf: sf::Memory,
    pub v32: V32,
    robots: Mutex<Robots>,
    desks: [Desk; 11],
    story: Mutex<Story>,
    wakes: UnboundedSender<Wake>,
}

/// One carrier's state.
#[derive(Default)]
pub struct Desk {
    pub tally: Tally,
    parcels: RwLock<HashMap<String, Arc<Parcel>>>,
    weather: Mutex<Weather>,
    front: Mutex<Front>,
    quota: Mutex<Quota>,
    push_target: Mutex<Option<String>>,
    lag: Mutex<Option<Duration>>,
}

#[derive(Default)]
struct Quota {
    limits: Option<Limits>,
    query: Used,
    subscribe: Used,
    page: Used,
}

/// The story's clock: real time, stretched.
struct Story {
    since: Instant,
    told: f64,
    speed: f64,
}

/// A batch of parcels to make.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    pub count: usize,
    pub pace: Pace,
    pub phone_tail: bool,
}

impl World {
    pub fn new(options: Options, wakes: UnboundedSender<Wake>) -> Self {
        let world = World {
            accounts: Accounts::new(options.seed),
            sf: sf::Memory::new(options.seed),
            v32: V32::new(options.seed),
            robots: Mutex::default(),
            desks: Default::default(),
            story: Mutex::new(Story { since: Instant::now(), told: 0.0, speed: options.speed }),
            wakes,
            options,
        };
        Carrier::ALL.into_iter().for_each(|carrier| world.set_limits(carrier, world.options.limits(carrier)));
        world
    }

    pub fn desk(&self, carrier: Carrier) -> &Desk {
        &self.desks[carrier as usize]
    }

    /// Seconds of story told until now.
    pub fn story(&self) -> f64 {
        let story = lock(&self.story);
        story.told + story.since.elapsed().as_secs_f64() * story.speed
    }

    pub fn speed(&self) -> f64 {
        lock(&self.story).speed
    }

    pub fn set_speed(&self, speed: f64) {
        let told = self.story();
        *lock(&self.story) = Story { since: Instant::now(), told, speed };
        self.wake(Wake::Retime);
    }

    pub fn create_parcels(&self, carrier: Carrier, batch: Batch) -> Vec<Arc<Parcel>> {
        let birth = Birth { wall_seconds: now_ms() / 1000, story_seconds: self.story() };
        let known = self.desk(carrier).parcels.read().expect("reading does not panic").len() as u64;
        let lag = self.desk(carrier).lag();
        let make = |n: u64| {
            let mut parcel = Parcel::new(self.options.seed, carrier, self.number(carrier, known + n), batch.pace, birth);
            if batch.phone_tail {
                parcel = parcel.with_phone_tail(self.options.seed);
            }
            Arc::new(if let Some(lag) = lag { parcel.with_lag(lag) } else { parcel })
        };
        let made: Vec<_> = (0..batch.count as u64).map(make).collect();
        self.desk(carrier).keep(&made);
        if carrier.pushes_unasked() {
            for parcel in &made {
                self.follow(parcel.clone());
            }
        }
        made
    }

    /// Numbers look drawn by lot, yet none comes twice: the stride is prime to the range.
    fn number(&self, carrier: Carrier, n: u64) -> String {
        const RANGE: u64 = 1_000_000_000_000;
        let start = Dice::new(self.options.seed, &["numbers", carrier.name()]).below(RANGE);
        carrier.number(((u128::from(n) * 736_878_763_133 + u128::from(start)) % u128::from(RANGE)) as u64)
    }

    pub fn parcel(&self, carrier: Carrier, number: &str) -> Option<Arc<Parcel>> {
        self.desk(carrier).parcels.read().expect("reading does not panic").get(number).cloned()
    }

    /// All parcels of a carrier, by number.
    pub fn parcels(&self, carrier: Carrier) -> Vec<Arc<Parcel>> {
        let mut all: Vec<_> = self.desk(carrier).parcels.read().expect("reading does not panic").values().cloned().collect();
        all.sort_unstable_by(|a, b| a.number.cmp(&b.number));
        all
    }

    pub fn advance(&self, parcel: &Arc<Parcel>, events: u32) -> usize {
        let visible = parcel.advance(self.story(), events);
        self.wake(Wake::Advanced(parcel.clone()));
        visible
    }

    /// Begins to push what appears on this number from now on. A number that does not exist is
    /// accepted too: carriers answer before they look.
    pub fn subscribe(&self, carrier: Carrier, number: &str) {
        let Some(parcel) = self.parcel(carrier, number) else {
            return;
        };
        if self.follow(parcel) {
            self.desk(carrier).tally.subscriptions.one();
        }
    }

    /// False if its pushes had begun already.
    fn follow(&self, parcel: Arc<Parcel>) -> bool {
        let first = parcel.subscribe(self.story());
        if first {
            self.wake(Wake::Subscribed(parcel));
        }
        first
    }

    pub fn robots(&self) -> MutexGuard<'_, Robots> {
        lock(&self.robots)
    }

    /// Counts an authenticated request against the account's quota, or refuses it.
    pub fn admit(&self, carrier: Carrier, interface: Interface, now_ms: i64) -> bool {
        let desk = self.desk(carrier);
        let quota = &mut *lock(&desk.quota);
        let (used, count) = match interface {
            Interface::Query => (&mut quota.query, &desk.tally.queries),
            Interface::Subscribe => (&mut quota.subscribe, &desk.tally.subscribes),
        };
        let open = quota.limits.is_none_or(|limits| used.admit(limits, now_ms));
        if open {
            count.one();
        }
        open
    }

    /// Whether one more page may be looked at now.
    pub fn admit_visitor(&self, carrier: Carrier, now_ms: i64) -> bool {
        let quota = &mut *lock(&self.desk(carrier).quota);
        quota.limits.is_none_or(|limits| quota.page.admit(limits, now_ms))
    }

    pub fn set_limits(&self, carrier: Carrier, limits: Limits) {
        lock(&self.desk(carrier).quota).limits = Some(limits);
    }

    /// From now on Deppon speaks "V3.2", and for so long it answers nobody.
    pub fn change_deppon(&self, token: V32Token, outage: Duration) {
        self.v32.begin(token, now_ms(), outage);
    }

    /// The account that Deppon knows now, in both directions.
    pub fn deppon_account(&self) -> &accounts::Deppon {
        if self.v32.change().is_some() { &self.accounts.deppon_v32.account } else { &self.accounts.deppon }
    }

    fn wake(&self, wake: Wake) {
        // Without a pusher there is nobody to tell; that is the end of the process.
        let _ = self.wakes.send(wake);
    }
}

impl Desk {
    fn keep(&self, made: &[Arc<Parcel>]) {
        let mut parcels = self.parcels.write().expect("inserting does not panic");
        parcels.extend(made.iter().map(|p| (p.number.clone(), p.clone())));
    }

    pub fn count(&self) -> usize {
        self.parcels.read().expect("reading does not panic").len()
    }

    pub fn weather(&self) -> MutexGuard<'_, Weather> {
        lock(&self.weather)
    }

    /// What the carrier's page shows instead.
    pub fn face(&self) -> MutexGuard<'_, Front> {
        lock(&self.front)
    }

    pub fn push_target(&self) -> Option<String> {
        lock(&self.push_target).clone()
    }

    pub fn set_push_target(&self, url: Option<String>) {
        *lock(&self.push_target) = url;
    }

    /// How long after they happened events are told; none if nobody said so.
    pub fn lag(&self) -> Option<Duration> {
        *lock(&self.lag)
    }

    /// Parcels that are made from now on are told so long after it happened, a fifth more or less.
    pub fn set_lag(&self, lag: Option<Duration>) -> Result<(), String> {
        *lock(&self.lag) = lag.map(late::check).transpose()?;
        Ok(())
    }
}

pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970").as_millis() as i64
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics under these locks")
}
