//! For the author's report.

/// What was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Secret,
    Token,
    Phone,
    Identity,
    Email,
    Name,
    Address,
    Coordinate,
    /// A query or a picture's file name.
    Link,
}
