//! What a page says by itself: answers that it receives, and that it broke.

use std::sync::{Arc, Mutex};

use headless_chrome::protocol::cdp::Fetch::GetResponseBody;
use headless_chrome::protocol::cdp::Fetch::events::RequestPausedEventParams as Paused;
use tokio::sync::{Notify, mpsc};

use super::wire::{Happened, Wire};
use super::{Hear, Heard, QUICK, commands};

/// Answers of one page that are kept.
const MOST: usize = 16;

/// What was heard, and whether the page still lives.
#[derive(Default)]
pub struct Ears {
    heard: Mutex<Vec<Heard>>,
    news: Notify,
    crashed: Notify,
}

impl Ears {
    /// Listens to a page until it is forgotten.
    pub fn open(wire: &Wire, page: &str, hears: Vec<Hear>) -> Arc<Self> {
        let ears = Arc::new(Self::default());
        tokio::spawn(listen(wire.clone(), page.to_owned(), wire.hear(page), ears.clone(), hears));
        ears
    }

    pub async fn crash(&self) {
        self.crashed.notified().await;
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("no panic inside").clone()
    }

    /// Waits until each of them was heard.
    pub async fn all_of(&self, hears: &[Hear]) {
        while !hears.iter().all(|want| self.has(&want.endpoint)) {
            self.news.notified().await;
        }
    }

    fn has(&self, endpoint: &str) -> bool {
        self.heard.lock().expect("no panic inside").iter().any(|h| h.endpoint == endpoint)
    }

    fn keep(&self, answer: Heard) {
        let mut heard = self.heard.lock().expect("no panic inside");
        if heard.len() < MOST {
            heard.push(answer);
        }
        self.news.notify_one();
    }
}

async fn listen(wire: Wire, page: String, mut ear: mpsc::UnboundedReceiver<Happened>, ears: Arc<Ears>, hears: Vec<Hear>) {
    while let Some(happened) = ear.recv().await {
        match happened.method.as_str() {
            "Inspector.targetCrashed" => ears.crashed.notify_one(),
            "Fetch.requestPaused" => {
                let Ok(paused) = serde_json::from_value::<Paused>(happened.params) else { continue };
                if let Some(answer) = answer(&wire, &page, &paused, &hears).await {
                    ears.keep(answer);
                }
                let _ = wire.call(Some(&page), commands::go_on(&paused.request_id), QUICK).await;
            }
            _ => {}
        }
    }
}

async fn answer(wire: &Wire, page: &str, paused: &Paused, hears: &[Hear]) -> Option<Heard> {
    let status = u16::try_from(paused.response_status_code?).ok()?;
    let hear = hears.iter().filter(|h| paused.request.url.starts_with(&h.url)).max_by_key(|h| h.url.len())?;
    let body = wire.call(Some(page), GetResponseBody { request_id: paused.request_id.clone() }, QUICK).await.ok()?;
    let body = if body.base_64_encoded { super::visit::decoded(&body.body)? } else { body.body.into_bytes() };
    let kind = paused.response_headers.iter().flatten().find(|h| h.name.eq_ignore_ascii_case("content-type"));
    Some(Heard { endpoint: hear.endpoint.clone(), status, body, content_type: kind.map(|h| h.value.to_lowercase()) })
}
