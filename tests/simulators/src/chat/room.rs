//! What was said in a chat, and what was refused.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

/// Both robots take so many messages a minute.
const PER_MINUTE: usize = 20;
const MINUTE: Duration = Duration::from_secs(60);

/// How the robot's house is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Weather {
    #[default]
    Fine,
    /// Answers 503 and takes nothing.
    Down,
    /// Somebody else uses the robot up.
    Crowded,
}

#[derive(Debug, Default)]
pub struct Room {
    said: Mutex<Vec<Value>>,
    refused: Mutex<BTreeMap<String, u64>>,
    lately: Mutex<VecDeque<Instant>>,
    weather: Mutex<Weather>,
}

impl Room {
    pub fn set(&self, weather: Weather) {
        *self.weather.lock().expect("no panic inside") = weather;
    }

    /// Everything that was said, in order.
    pub fn said(&self) -> Vec<Value> {
        self.said.lock().expect("no panic inside").clone()
    }

    /// How often something was refused, by the reason.
    pub fn refused(&self, reason: &str) -> u64 {
        self.refused.lock().expect("no panic inside").get(reason).copied().unwrap_or(0)
    }

    pub(super) fn refuse(&self, reason: &str) {
        *self.refused.lock().expect("no panic inside").entry(reason.to_owned()).or_default() += 1;
    }

    pub(super) fn hear(&self, message: Value) {
        self.said.lock().expect("no panic inside").push(message);
    }

    pub(super) fn down(&self) -> Option<Response> {
        let is_down = *self.weather.lock().expect("no panic inside") == Weather::Down;
        is_down.then(|| {
            self.refuse("down");
            (StatusCode::SERVICE_UNAVAILABLE, "upstream connect error").into_response()
        })
    }

    /// Whether one more message fits into this minute.
    pub(super) fn has_room(&self) -> bool {
        let (mut lately, now) = (self.lately.lock().expect("no panic inside"), Instant::now());
        lately.retain(|at| now - *at < MINUTE);
        let fits = lately.len() < PER_MINUTE && *self.weather.lock().expect("no panic inside") != Weather::Crowded;
        if fits {
            lately.push_back(now);
        }
        fits
    }
}
