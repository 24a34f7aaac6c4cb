//! The token: how it is fetched, sent and found to have ended.

use posthouse_sdk::prelude::*;

use crate::request;

/// Asks for a token, with the digest of a query that has no params. Each one ends the one before.
pub fn fetch(now: time::Instant) -> Result<Want, Fault> {
    let token = Capture { name: "token".into(), at: "/token".into(), expires: Some("/expires_in".into()) };
    let request = http::post_form("token", request::proof("", now)?);
    Ok(Request { captures: vec![token], ..request }.want())
}

/// The digest does not cover it.
pub fn with_token(mut request: Request) -> Want {
    if let Body::Form(fields) = &mut request.body {
        fields.push(text::field("token", secret("token")));
    }
    request.want()
}

/// A refusal that speaks of the token asks for another one; any other refuses the account.
pub fn or_expired(read: Result<Vec<OfOne>, Fault>) -> Result<Vec<OfOne>, Fault> {
    let mut each = read?;
    for fault in each.iter_mut().filter_map(|one| one.outcome.as_mut().err()) {
        if fault.code == fault::CREDENTIAL_REJECTED && fault.detail.contains("token") {
            fault.code = fault::TOKEN_EXPIRED.into();
        }
    }
    Ok(each)
}
