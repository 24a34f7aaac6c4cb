//! Who is pushed to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use posthouse_simulators::{Carrier, Parcel};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::town::{Town, until};

/// A subscriber that answers as it is told and shows what it was sent.
pub struct Subscriber {
    pub url: String,
    reply: Arc<Mutex<String>>,
    headers: Arc<Mutex<HeaderMap>>,
    inbox: UnboundedReceiver<String>,
}

type Desk = (Arc<Mutex<String>>, Arc<Mutex<HeaderMap>>, UnboundedSender<String>);

impl Subscriber {
    pub async fn open() -> Subscriber {
        let (sent, inbox) = unbounded_channel();
        let reply = Arc::new(Mutex::new("no".to_owned()));
        let headers = Arc::new(Mutex::default());
        let take = |State((reply, heads, sent)): State<Desk>, headers: HeaderMap, body: String| async move {
            *heads.lock().unwrap() = headers;
            sent.send(body).unwrap();
            reply.lock().unwrap().clone()
        };
        let app = Router::new().fallback(take).with_state((reply.clone(), headers.clone(), sent));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Subscriber { url, reply, headers, inbox }
    }

    pub async fn next(&mut self) -> String {
        tokio::time::timeout(Duration::from_secs(60), self.inbox.recv()).await.expect("a push comes").unwrap()
    }

    /// Of the last push.
    pub fn header(&self, name: &str) -> String {
        self.headers.lock().unwrap()[name].to_str().unwrap().to_owned()
    }

    pub fn say(&self, reply: &str) {
        *self.reply.lock().unwrap() = reply.to_owned();
    }
}

pub async fn town_and_subscriber(carrier: Carrier) -> (Town, Subscriber) {
    let (town, subscriber) = (Town::open().await, Subscriber::open().await);
    town.control("/push-target", json!({ "carrier": carrier, "url": subscriber.url })).await;
    (town, subscriber)
}

pub fn form(body: &str) -> HashMap<String, String> {
    reqwest::Url::parse(&format!("http://x/?{body}")).unwrap().query_pairs().into_owned().collect()
}

/// Wrong replies first: the push comes again until the reply is the carrier's.
pub async fn is_repeated_until(town: &Town, subscriber: &mut Subscriber, parcel: &Arc<Parcel>, wrong: &[&str], right: &str) -> String {
    town.sims.world.advance(parcel, 1);
    let first = subscriber.next().await;
    let push = &town.sims.world.desk(parcel.carrier).tally.push;
    for reply in wrong {
        subscriber.say(reply);
        let refused = push.refused.get();
        until("refused once more", || push.refused.get() > refused + 1).await;
        assert_eq!(push.accepted.get(), 0, "{reply}");
    }
    subscriber.say(right);
    until("accepted", || push.accepted.get() == 1).await;
    assert_eq!((push.due.get(), push.sent.get()), (1, push.refused.get() + 1));
    first
}
