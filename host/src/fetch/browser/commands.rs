//! The protocol's commands, as far as we use them.
//!
//! The generated types have no defaults; what is left out is built from JSON, whose names they
//! check.

use headless_chrome::protocol::cdp::{Browser, Emulation, Fetch, Page, Runtime, Target};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Hear;

fn made<C: DeserializeOwned>(command: Value) -> C {
    serde_json::from_value(command).expect("the protocol's own names")
}

/// A visitor whom nobody knows, with one door.
pub fn context(port: u16) -> Target::CreateBrowserContext {
    made(json!({ "disposeOnDetach": true, "proxyServer": format!("http://127.0.0.1:{port}"), "proxyBypassList": "<-loopback>" }))
}

pub fn forget(context: String) -> Target::DisposeBrowserContext {
    Target::DisposeBrowserContext { browser_context_id: context }
}

pub fn tab(context: &str) -> Target::CreateTarget {
    made(json!({ "url": "about:blank", "browserContextId": context }))
}

pub fn attach(tab: &str) -> Target::AttachToTarget {
    made(json!({ "targetId": tab, "flatten": true }))
}

pub fn no_downloads(context: &str) -> Browser::SetDownloadBehavior {
    made(json!({ "behavior": "deny", "browserContextId": context }))
}

/// Two pixels for one: half the errors of reading what is drawn.
pub fn twice_as_fine() -> Emulation::SetDeviceMetricsOverride {
    made(json!({ "width": 1280, "height": 1000, "deviceScaleFactor": 2.0, "mobile": false }))
}

/// Answers from these addresses wait until they are read.
pub fn answers_of(hears: &[Hear]) -> Fetch::Enable {
    let pattern = |hear: &Hear| json!({ "urlPattern": format!("{}*", hear.url), "requestStage": "Response" });
    made(json!({ "patterns": hears.iter().map(pattern).collect::<Vec<_>>() }))
}

pub fn go_on(request: &str) -> Fetch::ContinueRequest {
    made(json!({ "requestId": request }))
}

pub fn go_to(url: &str) -> Page::Navigate {
    made(json!({ "url": url }))
}

/// Objects of our own over the page's document.
pub fn world(frame: &str) -> Page::CreateIsolatedWorld {
    made(json!({ "frameId": frame, "worldName": "posthouse" }))
}

pub fn evaluate(context: u32, expression: String) -> Runtime::Evaluate {
    made(json!({ "expression": expression, "contextId": context, "returnByValue": true, "awaitPromise": true }))
}

/// What is shown, small.
pub fn snapshot() -> Page::CaptureScreenshot {
    made(json!({ "format": "jpeg", "quality": 50, "optimizeForSpeed": true }))
}

/// A part of the page, exactly.
pub fn picture([x, y, width, height]: [f64; 4]) -> Page::CaptureScreenshot {
    let clip = json!({ "x": x, "y": y, "width": width, "height": height, "scale": 1.0 });
    made(json!({ "format": "png", "clip": clip, "captureBeyondViewport": true, "optimizeForSpeed": true }))
}
