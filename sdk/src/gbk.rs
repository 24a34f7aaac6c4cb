//! Answers in GBK (GB18030).

/// Decodes; bytes that are no GBK become U+FFFD, and `false` says that there were some.
pub fn decode(bytes: &[u8]) -> (String, bool) {
    let (text, _, had_errors) = encoding_rs::GB18030.decode(bytes);
    (text.into_owned(), !had_errors)
}
