//! Tells who waits that something was stored. The outbox repeats it to the hub if we die here.

use tracing::info;

use crate::app::House;
use crate::store::Recorded;

/// Wakes live readers and counts what changed.
pub fn wake(house: &House, recorded: &Recorded) {
    for changed in &recorded.changed {
        metrics::counter!("posthouse_parcels_changed_total", "carrier" => recorded.account.carrier.to_string()).increment(1);
        info!(
            parcel.key = changed.key.0,
            carrier.id = %recorded.account.carrier,
            events.new = changed.new_events,
            "{} new events of a parcel of {}", changed.new_events, recorded.account
        );
    }
    // Nobody waiting is no error.
    let _ = house.news.send(recorded.clone());
}
