//! The night Deppon changes its interface, and the operator's morning. "V3.2" is the story's
//! number: nothing is known of a real one.
//!
//! What the operator does is what the command line does; nothing else touches the host.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::carriers::Event;
use crate::host::Pace;
use crate::hub::Parcel;
use crate::{Programs, Stage};

/// The day Deppon switches the old key off: incident, new credential, 1 %, 10 %, everybody.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  make demo-deppon\n  make demo-deppon ONCE=1\n  make demo-deppon ONCE=1 TOKEN=fetched")]
pub struct Deppon {
    /// End with the story; the last line is JSON.
    #[arg(long)]
    once: bool,
    /// Where the new token comes from.
    #[arg(long, value_enum, default_value_t = Token::Static)]
    token: Token,
    /// Parcels of Deppon; each of the other three carriers has a tenth of it.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(20..=10_000))]
    parcels: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Token {
    /// A new field of the credential.
    Static,
    /// Fetched from Deppon, and fetched again before it ends.
    Fetched,
}

/// Story seconds in a second: looks every 5 minutes are every 10 seconds.
const SCALE: f64 = 30.0;
/// How fast parcels live meanwhile, and before the story begins.
const LIFE: u32 = 600;
const BEFORE: u32 = 6000;
/// Deppon is out for so long before it refuses: two minutes and a half of the story.
const OUTAGE: Duration = Duration::from_secs(5);
/// The operator is woken, reads, and gets the new key by phone: 12 minutes of the story.
const WAKES: Duration = Duration::from_secs(24);
const GLANCE: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(90);

/// The last line of `--once`. Seconds are the story's, from the first refusal.
#[derive(Debug, Serialize)]
struct Summary {
    incident_s: u64,
    restored_s: u64,
    canary_parcels: u64,
    lost: usize,
    doubled: usize,
    others_breached: usize,
}

struct Story {
    stage: Stage,
    adapters: PathBuf,
    scenario: PathBuf,
    began: Instant,
    /// Parcels of other carriers that were not fresh at some glance.
    breached: BTreeSet<String>,
}

/// Tells the story.
pub async fn tell(options: &Deppon, programs: &Programs) -> anyhow::Result<ExitCode> {
    let mut story = Story::set(programs).await?;
    let told = tokio::select! {
        told = story.tell(options) => told,
        () = crate::interrupted() => Ok(None),
    };
    if let (Ok(Some(summary)), true) = (&told, options.once) {
        println!("{}", serde_json::to_string(summary)?);
    }
    let good = matches!(&told, Ok(Some(s)) if s.lost == 0 && s.doubled == 0 && s.others_breached == 0) || matches!(&told, Ok(None));
    if !options.once && matches!(told, Ok(Some(_))) {
        println!("\nThe host runs on: {}/docs   key {}   Ctrl-C ends everything", story.stage.host.address, story.stage.host.ops_key);
        crate::interrupted().await;
    }
    story.stage.strike().await;
    told.map(|_| if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Those with an interface: pages are slower than the story is told.
const OF_THE_STORY: [&str; 4] = ["sf", "zto", "yto", "deppon"];

impl Story {
    async fn set(programs: &Programs) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("posthouse-demo-").tempdir()?;
        let adapters = folder.path().join("adapters");
        std::fs::create_dir(&adapters)?;
        for file in std::fs::read_dir(programs.packages("adapters")?)? {
            let file = file?;
            if !OF_THE_STORY.iter().any(|carrier| file.file_name().to_string_lossy().starts_with(&format!("{carrier}@"))) {
                continue;
            }
            std::fs::copy(file.path(), adapters.join(file.file_name()))?;
        }
        let scenario = programs.packages("scenario-adapters")?;
        let seconds = |story: f64| format!("{}s", (story / SCALE) as u64);
        let pace = Pace {
            every: seconds(300.0),
            sla: seconds(600.0),
            backoff: seconds(30.0),
            backoff_max: seconds(3600.0),
            pushed_every: seconds(300.0),
            push_silence: seconds(1800.0),
            window: seconds(300.0),
            adapters: Some(adapters.clone()),
            // Most merchants ask Deppon; not many have it push.
            without_push: Some("deppon"),
        };
        let stage = Stage::set(programs, folder, &pace).await?;
        Ok(Self { stage, adapters, scenario, began: Instant::now(), breached: BTreeSet::new() })
    }

    async fn tell(&mut self, options: &Deppon) -> anyhow::Result<Option<Summary>> {
        self.all_is_well(options.parcels as usize).await?;
        self.stage.carriers.change_deppon(options.token.word(), OUTAGE).await?;
        self.says("Deppon publishes V3.2: a new account, a token besides, the old key dead; until then 503");
        let refused = self.refused().await?;
        let incident_s = self.incident(refused).await?;
        self.says("the operator is woken, and has the new key sent");
        self.pass(WAKES).await?;
        let canary_parcels = self.operator(options.token).await?;
        let restored_s = self.restored(refused).await?;
        let (lost, doubled) = self.compared().await?;
        self.says(&format!(
            "no event lost: {}, none doubled: {}, others undisturbed: {}",
            lost == 0,
            doubled == 0,
            self.breached.is_empty()
        ));
        Ok(Some(Summary { incident_s, restored_s, canary_parcels, lost, doubled, others_breached: self.breached.len() }))
    }

    async fn all_is_well(&mut self, deppons: usize) -> anyhow::Result<()> {
        self.stage.carriers.speed(BEFORE).await?;
        let mut numbers = vec![];
        for carrier in self.stage.hub.carriers().await? {
            let share = if carrier.id == "deppon" { deppons } else { deppons / 10 };
            let made = self.stage.carriers.ship(&carrier.id, share).await?;
            numbers.extend(made.into_iter().map(|number| (carrier.id.clone(), number)));
        }
        sleep(Duration::from_secs(3)).await;
        self.stage.carriers.speed(LIFE).await?;
        for some in numbers.chunks(100) {
            self.stage.hub.register(some).await.context("registering parcels")?;
        }
        self.says(&format!("{} parcels of four carriers are registered, {deppons} of them Deppon's", numbers.len()));
        let all = numbers.len();
        self.until("all are read", async |story| {
            Ok((story.glance().await?.iter().filter(|p| p.as_of.is_some()).count() == all).then_some(()))
        })
        .await?;
        self.breached.clear();
        self.says("all are read, all are fresh");
        Ok(())
    }

    async fn refused(&mut self) -> anyhow::Result<Timestamp> {
        let at = self.until("Deppon refuses", async |story| story.stage.carriers.deppon_refused().await).await?;
        self.says("Deppon answers again and refuses the old key");
        Ok(at)
    }

    /// The host names it by itself. The outage before it belongs to the same incident.
    async fn incident(&mut self, refused: Timestamp) -> anyhow::Result<u64> {
        let named = async |story: &mut Self| {
            let open = story.stage.host.run(&["incident", "list", "--open"]).await?;
            let all = open["incidents"].as_array().cloned().unwrap_or_default();
            Ok(all.into_iter().find(|i| i["carrier"] == "deppon" && i["looks"]["credential-rejected"].is_u64()))
        };
        let incident = self.until("the incident is named", named).await?;
        let after = story_seconds(Timestamp::now(), refused);
        let shown = self.stage.host.run(&["incident", "show", text(&incident["id"])]).await?;
        self.says(&format!("incident: {}", text(&shown["headline"]["zh"])));
        self.says(&format!("          {}", text(&shown["headline"]["en"])));
        for evidence in shown["evidence"].as_array().into_iter().flatten() {
            let list = |name: &str| evidence[name].as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join(" ");
            self.says(&format!(
                "          {} on {}: answer added [{}] missing [{}] changed [{}]",
                text(&evidence["outcome"]),
                text(&evidence["release"]),
                list("answer_added"),
                list("answer_missing"),
                list("answer_changed")
            ));
        }
        Ok(after)
    }

    /// Adds generation 2 and the adapter that knows the token, and goes from 1 % to everybody.
    async fn operator(&mut self, token: Token) -> anyhow::Result<u64> {
        let file = format!("deppon@{}.wasm", token.version());
        std::fs::copy(self.scenario.join(&file), self.adapters.join(&file)).context("the adapter of the story: run `make demo-deppon`")?;
        let fields = self.adapters.with_file_name("fields.toml");
        std::fs::write(&fields, toml::to_string(&self.stage.carriers.new_deppon().await?)?)?;
        let fields = fields.to_str().context("a folder whose name is not UTF-8")?;
        let added = self.types(&["credential", "add", "deppon", "--from", fields, "--reason", "the new key of tonight"]).await?;
        let generation = added["generation"].to_string();
        let start = ["rollout", "start", "deppon", "--version", token.version(), "--generation", &generation];
        let plan = ["--steps", "10000,100000,1000000", "--least", "1", "--reason", "V3.2"];
        let begun = self.types(&[&start[..], &plan].concat()).await?;
        let replayed = &begun["replayed"];
        self.says(&format!(
            "replay gate: {} recorded answers read, {} differences",
            replayed["read"],
            replayed["differences"].as_array().map_or(0, Vec::len)
        ));
        let id = text(&begun["id"]).to_owned();
        let mut canary = 0;
        for (nth, (word, slice)) in [("step", "1 %"), ("step", "10 %"), ("promote", "everybody")].into_iter().enumerate() {
            let good = async |story: &mut Self| {
                let status = story.stage.host.run(&["rollout", "status", &id]).await?;
                ensure!(status["state"] == "running", "the rollout is {}: {status}", status["state"]);
                Ok((status["finding"] == "no-worse").then_some(status))
            };
            let status = self.until("the candidate is no worse", good).await?;
            let tried = &status["candidate_tried"];
            self.says(&format!("{slice} tried {}: {} parcels, {} failed", text(&status["candidate"]), tried["parcels"], tried["failed"]));
            if nth == 0 {
                canary = tried["parcels"].as_u64().unwrap_or(0);
            }
            self.types(&["rollout", word, &id, "--reason", "no worse"]).await?;
        }
        self.types(&["credential", "retire", "deppon", "1", "--reason", "switched off by Deppon"]).await?;
        Ok(canary)
    }

    async fn restored(&mut self, refused: Timestamp) -> anyhow::Result<u64> {
        let fresh = async |story: &mut Self| {
            let deppons: Vec<Parcel> = story.glance().await?.into_iter().filter(|p| p.carrier == "deppon").collect();
            Ok(deppons.iter().all(|p| p.freshness.kept && p.outcome.as_deref() == Some("tracks")).then_some(()))
        };
        self.until("every parcel is fresh", fresh).await?;
        let after = story_seconds(Timestamp::now(), refused);
        self.says("every parcel of Deppon is inside its SLA again");
        Ok(after)
    }

    /// What the carriers show against what the hub was told, once everything stands still.
    async fn compared(&mut self) -> anyhow::Result<(usize, usize)> {
        self.stage.carriers.speed(0).await?;
        let truth = self.stage.carriers.truth().await?;
        let same = async |story: &mut Self| {
            let (lost, doubled) = story.difference(&truth).await?;
            Ok((lost == 0).then_some((lost, doubled)))
        };
        match self.until("all events are told", same).await {
            Ok(found) => Ok(found),
            Err(_) => self.difference(&truth).await,
        }
    }

    async fn difference(&mut self, truth: &BTreeMap<String, Vec<Event>>) -> anyhow::Result<(usize, usize)> {
        let (mut lost, mut doubled) = (0, 0);
        for parcel in self.glance().await? {
            let mut told: Vec<Timestamp> = self.stage.hub.events(&parcel.id).await?.into_iter().map(|e| e.at).collect();
            for event in truth.get(&parcel.number).into_iter().flatten() {
                match told.iter().position(|at| *at == event.at) {
                    Some(found) => _ = told.remove(found),
                    None => lost += 1,
                }
            }
            doubled += told.len();
        }
        Ok((lost, doubled))
    }

    async fn types(&mut self, words: &[&str]) -> anyhow::Result<Value> {
        self.says(&format!("$ posthouse {}", words.join(" ")));
        self.stage.host.run(words).await
    }

    /// Reads every parcel, and notes others that are not fresh.
    async fn glance(&mut self) -> anyhow::Result<Vec<Parcel>> {
        self.stage.host.still_runs()?;
        let parcels = self.stage.hub.parcels().await?;
        let stale = parcels.iter().filter(|p| p.carrier != "deppon" && p.as_of.is_some() && !p.freshness.kept);
        self.breached.extend(stale.map(|p| p.id.clone()));
        Ok(parcels)
    }

    async fn pass(&mut self, time: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + time;
        let mut told = Instant::now();
        while Instant::now() < end {
            let parcels = self.glance().await?;
            if told.elapsed() > Duration::from_secs(6) {
                told = Instant::now();
                let stale = parcels.iter().filter(|p| p.carrier == "deppon" && !p.freshness.kept).count();
                self.says(&format!("{stale} parcels of Deppon are past their SLA; customers read how old their answer is"));
            }
            sleep(GLANCE).await;
        }
        Ok(())
    }

    async fn until<T>(&mut self, what: &str, mut ready: impl AsyncFnMut(&mut Self) -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
        let begun = Instant::now();
        loop {
            if let Some(found) = ready(self).await? {
                return Ok(found);
            }
            ensure!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
            sleep(GLANCE).await;
        }
    }

    /// A line with the story's clock.
    fn says(&self, line: &str) {
        let story = (self.began.elapsed().as_secs_f64() * SCALE) as u64;
        println!("{:>3}:{:02}  {line}", story / 60, story % 60);
    }
}

impl Token {
    fn word(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Fetched => "fetched",
        }
    }

    /// Of the adapter that knows it.
    fn version(self) -> &'static str {
        match self {
            Self::Static => "3.2.0",
            Self::Fetched => "3.2.1",
        }
    }
}

fn story_seconds(now: Timestamp, since: Timestamp) -> u64 {
    (now.duration_since(since).as_secs_f64().max(0.0) * SCALE).round() as u64
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

/// Where packages lie: beside the programs.
impl Programs {
    fn packages(&self, folder: &str) -> anyhow::Result<PathBuf> {
        let beside = self.host.parent().and_then(Path::parent).unwrap_or(Path::new("."));
        let found = beside.join(folder);
        ensure!(found.is_dir(), "no {}: run `make demo-deppon`", found.display());
        Ok(found)
    }
}
