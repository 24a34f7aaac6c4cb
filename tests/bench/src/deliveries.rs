//! Letters from the outbox to a receiver in a process of its own, while one webhook hangs and one
//! answers 500; and as many at once as there are, against a plain client that posts the same.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::StreamExt as _;
use posthouse::entry::import::{Import, import};
use posthouse::parcel::Account;
use posthouse::publish::{Keys, Scheme, Wants, Webhook};
use posthouse::schedule::Lanes;
use posthouse::store::Act;
use posthouse_tests::receiver::Receiver;
use serde_json::{Value, json};

use crate::Options;
use crate::house::{Bench, until};
use crate::measure::median;
use crate::report::{Figure, Goal, Side};

/// Letters a second, for so long.
const RATE: usize = 1_000;
const SECONDS: usize = 20;
/// Rows typed in at once, ten times a second.
const TOGETHER: usize = RATE / 10;
/// Letters of the flood.
const FLOOD: usize = 10_000;
const IN_FLIGHT: usize = 64;

pub fn figures(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(options))
}

async fn measure(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let bench = Bench::by_hand(options).await?;
    let numbers: Vec<String> = (0..FLOOD).map(|n| format!("KY{:013}", 4_000_000_000_000_u64 + n as u64)).collect();
    bench.register("kye", &numbers).await?;
    let lanes = Lanes::start(&bench.house);
    let start = || Receiver::run(&options.beside().join("posthouse-receiver"));
    let (good, hangs, fails) = (start(), start(), start());
    let secret = hook(&bench, "good", &good.url).await?;
    good.trusts(&secret).await;
    let more = hook(&bench, "hangs", &hangs.url).await?;
    hangs.behave(&json!({ "secret": more, "hangs": true })).await;
    let more = hook(&bench, "fails", &fails.url).await?;
    fails.behave(&json!({ "secret": more, "status": 500 })).await;

    let mut beat = tokio::time::interval(Duration::from_millis(100));
    for nth in 0..SECONDS * 10 {
        beat.tick().await;
        let from = nth * TOGETHER % FLOOD;
        let some = &numbers[from..from + TOGETHER];
        enter(&bench, some, nth * TOGETHER / FLOOD).await?;
    }
    let all = RATE * SECONDS;
    until("the paced letters arrived", async || Ok(good.received().await.len() >= all)).await?;
    let paced = good.received().await;
    let waits: Vec<f64> = paced.iter().map(wait).collect::<anyhow::Result<_>>()?;
    let rate = per_second(&paced)?;

    let before = paced.len();
    enter(&bench, &numbers, 30).await?;
    until("the flood arrived", async || Ok(good.received().await.len() >= before + FLOOD)).await?;
    let flood = good.received().await.split_off(before);
    let ours = per_second(&flood)?;
    let peer = plain(&start(), &flood).await?;
    lanes.stop(Duration::from_secs(1)).await;

    let mut sorted = waits.clone();
    sorted.sort_by(f64::total_cmp);
    let p95 = sorted[sorted.len() * 95 / 100];
    let what = "20 s of 1,000 letters a second, one webhook of three hangs and one answers 500; from the stored time to receipt";
    let alone =
        |name: &str, what: &str, unit: &str, value: f64, goal: Goal| Figure::alone(name, what, Side::new(unit, vec![value]), Some(goal));
    Ok(vec![
        alone("letters a second, paced", what, "/s", rate, Goal::AtLeast(0.95 * RATE as f64)),
        alone("median from commit to receipt", what, "s", median(&waits), Goal::AtMost(1.0)),
        alone("95 % from commit to receipt", what, "s", p95, Goal::AtMost(5.0)),
        Figure::ratio(
            "letters a second, at once",
            "10,000 letters of 10,000 parcels, sorted, sent and marked; the peer is a plain client that posts the same bodies to the same receiver, 64 in flight",
            Side::new("/s", vec![ours]),
            Side::new("/s", vec![peer]),
            None,
        ),
    ])
}

async fn hook(bench: &Bench, name: &str, url: &str) -> anyhow::Result<String> {
    let keys = Keys::fresh(Scheme::V1);
    let secret = keys.for_receiver();
    let hook = Webhook {
        id: format!("wh_{name}"),
        name: name.into(),
        url: url.into(),
        wants: Wants::default(),
        scope: None,
        keys,
        created_at: bench.house.now(),
        sorted: 0,
        off_why: None,
        off_at: None,
        good_at: None,
    };
    let act = Act { actor: "bench".into(), act: "webhook.add", subject: hook.id.clone(), reason: "a figure".into(), evidence: None };
    bench.house.store.add_webhook(hook, act).await?;
    bench.house.office.changed();
    Ok(secret)
}

/// Rows of another minute are other rows.
async fn enter(bench: &Bench, numbers: &[String], minute: usize) -> anyhow::Result<()> {
    let mut sheet = String::from("运单号,时间,节点,说明\r\n");
    for number in numbers {
        sheet.push_str(&format!("{number},2026-01-20 14:{minute:02}:00,到达网点,快件到达网点\r\n"));
    }
    let account = Account::new("kye", "main");
    let wish =
        Import { account, name: "bench.csv".into(), digest: String::new(), told: BTreeMap::new(), actor: "bench".into(), dry_run: false };
    let done = import(&bench.house, wish, sheet.into_bytes()).await.map_err(|why| anyhow::anyhow!("the sheet is not taken: {why:?}"))?;
    anyhow::ensure!(done.verdicts.len() == numbers.len(), "rows are missing");
    Ok(())
}

/// Seconds from the stored time to receipt, by one clock.
fn wait(received: &Value) -> anyhow::Result<f64> {
    let stored: jiff::Timestamp = received["message"]["timestamp"].as_str().context("a time")?.parse()?;
    Ok((came(received)? - stored.as_millisecond()) as f64 / 1000.0)
}

fn came(received: &Value) -> anyhow::Result<i64> {
    received["came"].as_i64().context("a time of receipt")
}

fn per_second(received: &[Value]) -> anyhow::Result<f64> {
    let (first, last) = (came(&received[0])?, came(&received[received.len() - 1])?);
    Ok(received.len() as f64 * 1000.0 / (last - first).max(1) as f64)
}

async fn plain(receiver: &Receiver, letters: &[Value]) -> anyhow::Result<f64> {
    let keys = Keys::fresh(Scheme::V1);
    receiver.trusts(&keys.for_receiver()).await;
    let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(IN_FLIGHT).build()?;
    let begun = Instant::now();
    let posts = letters.iter().map(|letter| {
        let (id, body) = (letter["id"].as_str().unwrap_or_default(), letter["message"].to_string());
        let now = jiff::Timestamp::now().as_millisecond();
        let seconds = now.div_euclid(1000);
        let request = client
            .post(&receiver.url)
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", keys.sign(id, seconds, body.as_bytes(), now))
            .body(body);
        async move { request.send().await.is_ok_and(|answer| answer.status().is_success()) }
    });
    let good = futures::stream::iter(posts).buffer_unordered(IN_FLIGHT).filter(|good| std::future::ready(*good)).count().await;
    anyhow::ensure!(good == letters.len(), "the receiver refused some");
    Ok(letters.len() as f64 / begun.elapsed().as_secs_f64())
}
