//! WeChat's official accounts: how the token for template messages is fetched. The host sends the messages.

use posthouse_sdk::prelude::*;

/// The adapter.
pub struct Wechat;

impl Session for Wechat {
    /// `stable_token`: whoever else uses the app's older interface does not end our token, nor we theirs. It
    /// gives the same one again while that lives.
    fn ask(_task: Task) -> Result<Want, Fault> {
        let app_id = credential::public("app-id").ok_or_else(|| Fault::new(fault::CREDENTIAL_REJECTED, "no app id"))?;
        let mut body = plain(r#"{"grant_type":"client_credential","appid":"#);
        body.extend(plain(json::quote(&app_id)));
        body.extend(plain(r#","secret":""#));
        body.extend(text::encoded("app-secret", "json"));
        body.extend(plain(r#""}"#));
        let token = Capture { name: "access-token".into(), at: "/access_token".into(), expires: Some("/expires_in".into()) };
        let request = http::post("token", "application/json", body);
        Ok(Request { captures: vec![token], ..request }.want())
    }
}

posthouse_sdk::export!(Wechat: session);
