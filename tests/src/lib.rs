//! A real host for tests: its process, its database, its HTTP. Only what lies outside is replaced,
//! by simulators over real HTTP.
//!
//! Nothing here sleeps for a guess: what is waited for is asked for, with a bound.

mod api;
pub mod canary;
pub mod drawn;
pub mod echo;
mod host;
pub mod leaks;
pub mod program;
pub mod receiver;
pub mod rows;
pub mod script;
mod setup;
mod simulated;
pub mod trusted;
pub mod visits;

use std::time::{Duration, Instant};

pub use api::Reply;
pub use host::TestHost;
pub use setup::Setup;
pub use simulated::{Town, order};

/// How long anything may take before a test gives up; a loaded machine is slow.
pub const BOUND: Duration = Duration::from_secs(60);

const GLANCE: Duration = Duration::from_millis(10);

/// Asks until there is an answer, or gives up.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(begun.elapsed() < BOUND, "never came true: {what}");
        tokio::time::sleep(GLANCE).await;
    }
}
