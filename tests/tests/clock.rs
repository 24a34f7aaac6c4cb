//! A wall clock that was set back, as a host sees it that starts afterwards.

use posthouse_simulators::{Carrier, Pace};
use posthouse_tests::{Setup, Town, order, until};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

#[tokio::test]
async fn plans_of_a_clock_that_was_ahead_move_along() {
    let town = Town::open().await;
    let mut host = Setup::carriers(&town).await.with("exchanges.sample = 1").start().await;
    let parcel = town.parcel(Carrier::Yto, Pace::Held(2));
    host.register(&[order(&parcel)]).await;
    host.wait_for_outcome("yto", &parcel.number, "tracks").await;
    host.kill().await;

    // Everything was planned and recorded three hours later than it is now.
    let mut database = SqliteConnectOptions::new().filename(host.file("posthouse.db")).connect().await.unwrap();
    for sql in
        ["UPDATE parcels SET next_look = next_look + 10800000, deadline = deadline + 10800000", "UPDATE exchanges SET at = at + 10800000"]
    {
        assert!(sqlx::query(sql).execute(&mut database).await.unwrap().rows_affected() > 0);
    }
    drop(database);
    let looks = town.tally(Carrier::Yto).queries.get();
    host.restart().await;
    until("it is looked at again", async || (town.tally(Carrier::Yto).queries.get() > looks).then_some(())).await;
    let history = host.run(&["rollout", "history", "--json", "--url", &host.url]).json();
    assert_eq!(history["whole"], true, "{history}");
    let jump = history["changes"].as_array().unwrap().iter().find(|link| link["act"] == "clock.jump").cloned().unwrap();
    assert!(jump["reason"].as_str().unwrap().starts_with("by -1"), "{jump}");
    host.stop().await;
}
