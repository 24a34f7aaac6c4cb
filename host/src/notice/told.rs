//! What the rules are given to read: one version of one announcement.

use crate::fault::Instant;

/// An announcement's words, and what gives its dates their year.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The one carrier it is about; none: everybody, or several.
    pub carrier: Option<&'a str>,
    /// By the page. A bare date is midnight in China.
    pub published: Option<Instant>,
    pub seen: Instant,
    pub title: &'a str,
    /// A paragraph a line.
    pub text: &'a str,
}
