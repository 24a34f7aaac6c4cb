//! Bytes to and from a carrier.
//!
//! A request goes out once, to an endpoint its manifest names; secrets are filled in as bytes
//! leave; tokens are taken out and echoes masked before anybody reads the answer.

mod announced;
pub mod browser;
mod capture;
mod fill;
mod http;
pub mod ocr;
mod page;
pub mod public;
mod record;
mod robots;

pub use announced::{Answer, Got, Rendered, Validators};
pub use fill::fill;
pub use http::{Http, unreachable};
pub use page::Pages;
pub use record::{Asked, Exchange, PROOF, Sent};

use crate::fault::Fault;
use crate::sandbox::types::Reply;
use crate::vault::Captured;

/// A host that answered over TLS, and the SHA-256 of its certificate, in hex.
pub type Peer = (String, String);

/// What came of one request.
#[derive(Debug)]
pub struct Fetched {
    /// Masked. A reply over any HTTP status is a reply.
    pub reply: Result<Reply, Fault>,
    /// What a page looked like, bounded.
    pub evidence: browser::Evidence,
    /// Tokens that the answer held.
    pub captured: Vec<(String, Captured)>,
    /// From the first byte out to the last byte in.
    pub took_us: u64,
    /// The host that answered over TLS, and the SHA-256 of its certificate.
    pub peer: Option<Peer>,
}

impl std::fmt::Debug for Captured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Captured(until {})", self.expires)
    }
}
