//! Good sheets, sheets with mistakes, and sheets made to hurt.

mod books;
mod fixtures;
mod hostile;
mod mutations;
mod texts;
