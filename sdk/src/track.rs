//! What adapters share who ask about one parcel a call: the parcel, its track, a place.

use crate::{Event, Fault, HttpReply, OfOne, PageReply, Parcel, Reading, Reply, Task, Track, fault, signature};

/// Reads a page.
pub type OfPage = fn(&Parcel, &PageReply) -> Result<Track, Fault>;
/// Reads an answer over HTTP.
pub type OfHttp = fn(&Parcel, &HttpReply) -> Result<Track, Fault>;

impl Task {
    /// The only parcel of a task, for a carrier that is asked about one at a time (`batch.size` 1).
    pub fn one(&self) -> Result<&Parcel, Fault> {
        match self.parcels.as_slice() {
            [parcel] => Ok(parcel),
            _ => Err(Fault::new(fault::NOT_ELIGIBLE, "one number a call")),
        }
    }

    /// Reads the answer about its only parcel, whichever way it was asked for.
    pub fn read(&self, reply: Reply, page: OfPage, api: OfHttp) -> Result<Reading, Fault> {
        let parcel = self.one()?;
        let track = match reply {
            Reply::Page(shown) => page(parcel, &shown),
            Reply::Http(answer) => api(parcel, &answer),
        };
        track.map(|track| Reading::Tracks(vec![OfOne::track(track)]))
    }
}

impl Parcel {
    /// A parcel of which nothing is known but its number.
    pub fn of(number: &str) -> Self {
        Self { number: number.into(), phone_tail: None, shipped_at: None, extra: vec![] }
    }

    /// Refuses an answer that shows another number. One that shows none says nothing about it.
    pub fn must_be(&self, shown: &str) -> Result<(), Fault> {
        if shown.is_empty() || shown.eq_ignore_ascii_case(&self.number) {
            return Ok(());
        }
        Err(Fault::new(fault::WRONG_PARCEL, format!("asked for {}, answered for {shown}", self.number)))
    }

    /// Its track; `no-events` if there is nothing at all.
    pub fn track(&self, events: Vec<Event>, odd: Vec<String>) -> Result<Track, Fault> {
        if events.is_empty() && odd.is_empty() {
            return Err(fault::no_events("nothing yet"));
        }
        Ok(Track { number: self.number.clone(), events, signed: None, odd, extra: vec![] })
    }
}

impl Track {
    /// With the last signature that its events state: by one of these codes, or where an event has
    /// no code by its wording ([`signature`]).
    pub fn signed_by(self, codes: &[&str]) -> Self {
        Self { signed: signature::last(&self.events, codes), ..self }
    }
}

impl Event {
    /// With the status of a hand-over, if by one of these codes it would be a delivery and its words
    /// leave it at a station.
    pub fn unless_at_station(self, signed: &[&str]) -> Self {
        let status = if signed.contains(&self.code.as_str()) { signature::handed_over(&self.text) } else { None };
        Self { status: status.or(self.status), ..self }
    }
}

/// City and site, whichever is known; a site that begins with its city says both.
pub fn place(city: &str, site: &str) -> Option<String> {
    match (city, site) {
        ("", "") => None,
        ("", one) | (one, "") => Some(one.into()),
        (city, site) if site.starts_with(city) => Some(site.into()),
        (city, site) => Some(format!("{city} {site}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_says_everything_once() {
        for (city, site, expected) in [
            ("", "", None),
            ("杭州", "", Some("杭州")),
            ("", "西湖营业部", Some("西湖营业部")),
            ("杭州", "西湖营业部", Some("杭州 西湖营业部")),
            ("杭州市", "杭州市西湖营业部", Some("杭州市西湖营业部")),
        ] {
            assert_eq!(place(city, site).as_deref(), expected, "{city} {site}");
        }
    }

    #[test]
    fn another_parcels_number_is_refused() {
        let parcel = Parcel::of("AC01");
        assert!(parcel.must_be("AC01").is_ok() && parcel.must_be("").is_ok() && parcel.must_be("ac01").is_ok());
        assert_eq!(parcel.must_be("AC02").unwrap_err().code, fault::WRONG_PARCEL);
        assert_eq!(parcel.track(vec![], vec![]).unwrap_err().code, fault::NO_EVENTS);
    }
}
