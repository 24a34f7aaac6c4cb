//! Tier B on real pages in a real browser: what is read, and how each page that is none ends.

use posthouse_simulators::{Carrier, Face, Internal, Pace, Parcel};
use posthouse_tests::visits::{allow, allowed, page};
use posthouse_tests::{Setup, TestHost, Town, order};
use serde_json::{Value, json};

/// The times of a parcel's events, as minutes: a page may show no seconds.
fn minutes(events: &Value) -> Vec<String> {
    let minute = |e: &Value| e["at"].as_str().unwrap_or_default()[..16].replace('T', " ");
    events.as_array().expect("a list").iter().map(minute).collect()
}

/// What the carrier knows, in UTC.
fn truth(parcel: &Parcel) -> Vec<String> {
    let minute = |at: i64| jiff::Timestamp::from_second(at).expect("a time").to_string()[..16].replace('T', " ");
    parcel.events.iter().map(|event| minute(event.at())).collect()
}

/// Every event, and each as it is. Of J&T's, which are drawn, one may not be sure: then it is odd.
fn is_the_truth(told: &Value, parcel: &Parcel) {
    let (found, all) = (minutes(&told["events"]), truth(parcel));
    if parcel.carrier != Carrier::Jt {
        return assert_eq!((found, &told["odd_events"]), (all, &json!(0)), "{told}");
    }
    let odd = told["odd_events"].as_u64().expect("a number") as usize;
    assert!(found.len() + odd == all.len() && odd * 2 < all.len(), "{told}");
    assert!(found.iter().all(|minute| all.contains(minute)), "what is told is true: {found:?} of {all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seven_pages_are_read_whole() {
    let town = Town::open().await;
    let host = allowed(&town, "").await;
    let parcels: Vec<_> = Carrier::PAGES.map(|carrier| town.parcel(carrier, Pace::Complete)).into();
    host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
    for parcel in &parcels {
        let carrier = parcel.carrier.name();
        let told = host.wait_for_outcome(carrier, &parcel.number, "tracks").await;
        is_the_truth(&told, parcel);
        assert_eq!((&told["tier"], &told["held"]), (&json!("B"), &Value::Null), "{told}");
        assert!(["old", "invented"].contains(&told["evidence"].as_str().unwrap()), "{told}");
        let tally = town.tally(parcel.carrier);
        let agent = tally.user_agent().expect("somebody came");
        assert!(agent.contains("HeadlessChrome") && agent.contains("posthouse/"), "we say who we are: {agent}");
        assert!(tally.robots.get() >= 1, "robots.txt is read first");
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_read_until_somebody_allowed_it() {
    let town = Town::open().await;
    let host = Setup::pages(&town).await.start().await;
    let parcel = town.parcel(Carrier::Danniao, Pace::Complete);
    host.register(&[order(&parcel)]).await;
    let told = host.wait_for("danniao", &parcel.number, "a clerk has it", |p| p["held"]["by"] == "clerk").await;
    assert_eq!((&told["held"]["why"], &told["next_look"], &told["outcome"]), (&json!("not-allowed"), &Value::Null, &Value::Null), "{told}");
    assert!(told["message"]["zh"].as_str().unwrap().contains("人工"), "{told}");
    // Nor on request.
    let live = host.get(&format!("/v1/track/danniao/{}", parcel.number)).await;
    assert_eq!((live.status, &live.json()["held"]["why"]), (200, &json!("not-allowed")), "{live:?}");
    let listed = page(&host, &["list"]);
    assert!(listed["pages"].as_array().unwrap().iter().all(|p| p["state"] == "not-allowed"), "{listed}");
    assert_eq!(town.tally(Carrier::Danniao).pages.get(), 0);
    allow(&host, Carrier::Danniao);
    host.wait_for_outcome("danniao", &parcel.number, "tracks").await;
    page(&host, &["withdraw", "danniao", "--reason", "their terms changed"]);
    let told = host.parcel("danniao", &parcel.number).await;
    assert_eq!((&told["held"]["why"], &told["outcome"]), (&json!("not-allowed"), &json!("tracks")), "what is known stays: {told}");
    let audit = audited(&host).await;
    assert_eq!(audit, ["page.allow danniao", "page.withdraw danniao"]);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_that_are_no_track_end_by_their_kind() {
    let town = Town::open().await;
    let host = allowed(&town, "").await;
    let internal = Internal::start().await.unwrap();
    for (carrier, face, outcome) in [
        (Carrier::Sto, Face::NoRecord, "not-found"),
        (Carrier::Sto, Face::Empty, "no-events"),
        (Carrier::Sto, Face::Paged, "not-eligible"),
        (Carrier::Sto, Face::Maintenance, "decoy"),
        (Carrier::Sto, Face::OtherParcel, "wrong-parcel"),
        (Carrier::Yunda, Face::OtherParcel, "wrong-parcel"),
        (Carrier::Yunda, Face::NoRecord, "not-found"),
        (Carrier::Sto, Face::Huge, "unreadable"),
        (Carrier::Sto, Face::Download, "tracks"),
        (Carrier::Sto, Face::Dialog, "tracks"),
        (Carrier::Sto, Face::Popup, "tracks"),
        (Carrier::Sto, Face::Slow, "tracks"),
        (Carrier::Sto, Face::ToFile, "layout-changed"),
        (Carrier::Sto, Face::ToPrivate(internal.addr), "layout-changed"),
        (Carrier::Sto, Face::ToPrivateScript(internal.addr), "layout-changed"),
        (Carrier::Sto, Face::Canvas, "tracks"),
        (Carrier::Jt, Face::Images, "tracks"),
        (Carrier::Jt, Face::Noisy, "low-confidence"),
        (Carrier::Ems, Face::NoRecord, "not-found"),
        (Carrier::Zjs, Face::NoRecord, "not-found"),
        (Carrier::Danniao, Face::NoRecord, "not-found"),
        (Carrier::Jd, Face::NoRecord, "not-found"),
    ] {
        ends(&town, &host, carrier, face, outcome).await;
    }
    assert_eq!((internal.hits(), internal.udp()), (vec![], 0));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_waited_for_in_vain_ends_in_time() {
    let town = Town::open().await;
    let host = allowed(&town, "browser = { wait = '8s', whole = '25s' }").await;
    for (carrier, face, outcome) in [
        (Carrier::Sto, Face::Renamed, "layout-changed"),
        (Carrier::Jd, Face::Renamed, "layout-changed"),
        (Carrier::Sto, Face::Endless, "unreachable"),
        (Carrier::Sto, Face::Stalled, "unreachable"),
    ] {
        ends(&town, &host, carrier, face, outcome).await;
    }
    host.stop().await;
}

/// A parcel whose page has this face is looked at once, and its look ends so.
async fn ends(town: &Town, host: &TestHost, carrier: Carrier, face: Face, outcome: &str) {
    let parcel = town.parcel(carrier, Pace::Complete);
    town.face(carrier, face);
    host.register(&[order(&parcel)]).await;
    let told = host.wait_for(carrier.name(), &parcel.number, &format!("{carrier} {face:?} was read"), |p| p["outcome"].is_string()).await;
    assert_eq!(told["outcome"], outcome, "{carrier} {face:?}: {told}");
    assert_eq!(told["held"], Value::Null, "{carrier} {face:?}: {told}");
    let gone = host.request(reqwest::Method::DELETE, &format!("/v1/parcels/{}", told["id"].as_str().unwrap()));
    assert_eq!(host.send(gone).await.status, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenge_stops_the_carriers_page_until_a_person_resumes_it() {
    let town = Town::open().await;
    let mut host = allowed(&town, "").await;
    for (face, outcome) in [
        (Face::Slider, "challenge"),
        (Face::Captcha, "challenge"),
        (Face::Login, "challenge"),
        (Face::Refused, "turned-away"),
        (Face::TooOften, "turned-away"),
    ] {
        let parcels = town.parcels(Carrier::Yunda, 3, Pace::Complete);
        let other = town.parcel(Carrier::Zjs, Pace::Held(1));
        host.register(&[order(&other)]).await;
        host.wait_for_outcome("zjs", &other.number, "tracks").await;
        town.face(Carrier::Yunda, face);
        host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
        for parcel in &parcels {
            let told = host.wait_for("yunda", &parcel.number, &format!("{face:?}: a clerk has it"), |p| p["held"]["why"] == outcome).await;
            assert_eq!((&told["held"]["by"], &told["next_look"]), (&json!("clerk"), &Value::Null), "{told}");
        }
        let shown = page(&host, &["show", "yunda"]);
        assert_eq!((&shown["state"], &shown["stopped"]["outcome"]), (&json!("stopped"), &json!(outcome)), "{shown}");
        let evidence = &shown["stopped"]["evidence"]["page"];
        assert!(evidence["html"].as_str().is_some_and(|html| html.contains("<body")), "{face:?}: the page is kept: {shown}");
        assert!(evidence["screenshot"].is_string(), "{face:?}: and what it looked like");
        // The others go on, and this one stays stopped, over a restart too.
        town.sims.world.advance(&other, 1);
        host.wait_for("zjs", &other.number, "a second event", |p| p["events"].as_array().is_some_and(|e| e.len() == 2)).await;
        host.kill().await;
        host.restart().await;
        let seen = town.tally(Carrier::Yunda).pages.get();
        town.sims.world.advance(&other, 1);
        host.wait_for("zjs", &other.number, "a third event", |p| p["events"].as_array().is_some_and(|e| e.len() == 3)).await;
        assert_eq!(town.tally(Carrier::Yunda).pages.get(), seen, "{face:?}: nobody asks it");
        town.face(Carrier::Yunda, Face::Normal);
        page(&host, &["resume", "yunda", "--reason", "looked at it"]);
        for parcel in &parcels {
            host.wait_for_outcome("yunda", &parcel.number, "tracks").await;
        }
    }
    let audit = audited(&host).await;
    assert_eq!(audit.iter().filter(|act| *act == "page.stop yunda").count(), 5, "{audit:?}");
    assert_eq!(audit.iter().filter(|act| *act == "page.resume yunda").count(), 5, "{audit:?}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_robots_txt_that_forbids_is_obeyed() {
    let town = Town::open().await;
    town.sims.world.robots().text = "User-agent: posthouse\nDisallow: /ems/\n".into();
    let host = allowed(&town, "").await;
    let (forbidden, free) = (town.parcel(Carrier::Ems, Pace::Complete), town.parcel(Carrier::Sto, Pace::Complete));
    host.register(&[order(&forbidden), order(&free)]).await;
    let told = host.wait_for("ems", &forbidden.number, "a clerk has it", |p| p["held"]["why"] == "turned-away").await;
    assert_eq!(told["outcome"], "turned-away", "{told}");
    assert_eq!(town.tally(Carrier::Ems).pages.get(), 0, "the page was never asked for");
    assert!(page(&host, &["show", "ems"])["stopped"]["detail"].as_str().unwrap().contains("robots.txt"));
    host.wait_for_outcome("sto", &free.number, "tracks").await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_with_a_contract_is_asked_at_the_api() {
    let town = Town::open().await;
    let key = serde_json::to_value(&town.sims.world.accounts).unwrap()["jt"].clone();
    let host = Setup::pages(&town).await.credential("jt", "shop", &key).start().await;
    let parcel = town.parcel(Carrier::Jt, Pace::Complete);
    host.register(&[json!({ "carrier": "jt", "account": "shop", "number": parcel.number })]).await;
    let path = format!("/v1/parcels/by-number/jt/{}?account=shop", parcel.number);
    let told = posthouse_tests::until("it is read", async || Some(host.read(&path).await).filter(|p| p["outcome"].is_string())).await;
    assert_eq!((&told["outcome"], &told["tier"]), (&json!("tracks"), &json!("A")), "{told}");
    assert_eq!(minutes(&told["events"]), truth(&parcel), "{told}");
    assert_eq!(town.tally(Carrier::Jt).pages.get(), 0, "no page, and nobody needs to allow one");
    host.stop().await;
}

/// Acts about pages in the audit, without the host's own.
async fn audited(host: &TestHost) -> Vec<String> {
    let request = host.client.get(format!("{}/v1/audit", host.url)).bearer_auth(&host.ops);
    let audit = host.send(request).await.json();
    assert_eq!(audit["whole"], true, "{audit}");
    let act = |link: &Value| format!("{} {}", link["act"].as_str().unwrap(), link["subject"].as_str().unwrap());
    audit["changes"].as_array().unwrap().iter().map(act).filter(|act| act.starts_with("page.")).collect()
}
