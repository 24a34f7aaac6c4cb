//! Deppon after the story's "V3.2", of the kind whose token is fetched with a refresh token that rotates.
//!
//! No such version of the real interface is known; the simulator speaks it when it is told to.

use posthouse_sdk::prelude::*;

// The files of the adapter itself: a second copy could differ. A dependency on its crate would
// export every function twice.
#[path = "../../../../adapters/deppon/src"]
mod deppon {
    pub mod push;
    pub mod reply;
    pub mod request;
    pub mod step;
}

// The token itself is sent, and found to have ended, as in the other kind.
#[path = "../../deppon-session/src/session.rs"]
mod session;

use deppon::{push, reply, request, step};

/// The adapter.
pub struct Deppon;

impl Tracking for Deppon {
    fn ask(task: Task) -> Result<Want, Fault> {
        request::query(&task).map(session::with_token)
    }

    fn read(task: Task, answer: Reply) -> Result<Reading, Fault> {
        session::or_expired(reply::of_one(&task, answer, reply::track)).map(Reading::Tracks)
    }
}

impl Subscribe for Deppon {
    fn ask(task: Task) -> Result<Option<Want>, Fault> {
        request::subscribe(&task).map(session::with_token).map(Some)
    }

    fn read(task: Task, answer: Reply) -> Result<Vec<OfOne>, Fault> {
        session::or_expired(reply::of_one(&task, answer, reply::subscribed))
    }
}

impl Session for Deppon {
    fn ask(task: Task) -> Result<Want, Fault> {
        // A captured token is public in one thing: whether there is one.
        let held = credential::public("refresh-token").is_some();
        session::fetch(task.now).map(|want| if held { refreshed(want) } else { want }).map(rotating)
    }
}

impl Push for Deppon {
    fn receive(delivery: Delivery) -> Result<Receipt, Refusal> {
        push::receive(&delivery)
    }
}

/// The refresh token instead of a digest.
fn refreshed(mut want: Want) -> Want {
    if let Want::Http(Request { body: Body::Form(fields), .. }) = &mut want {
        fields.retain(|field| field.name == "companyCode");
        fields.push(text::field("refreshToken", secret("refresh-token")));
    }
    want
}

/// Each answer holds the next one.
fn rotating(mut want: Want) -> Want {
    if let Want::Http(request) = &mut want {
        let expires = Some("/refresh_expires_in".into());
        request.captures.push(Capture { name: "refresh-token".into(), at: "/refresh_token".into(), expires });
    }
    want
}

posthouse_sdk::export!(Deppon: tracking, subscribe, session, push);
