//! ZJS's call: a signed form with XML in it, XML as text out (clients agree on the digest).

use posthouse_sdk::{HttpReply, prelude::*, text::Pieces, xml};

use crate::order;

/// The same for every customer (clients).
const FIXED: &str = "z宅J急S送g";

pub fn query(parcel: &Parcel, flag: &str, nonce: &[u8]) -> Result<Want, Fault> {
    let (flag_text, number) = (xml::escape(flag), xml::escape(&parcel.number));
    let content = format!(
        "<BatchQueryRequest><logisticProviderID>{flag_text}</logisticProviderID><orders><order><mailNo>{number}</mailNo></order></orders></BatchQueryRequest>"
    );
    let random = sign::hex(nonce);
    let (Some(first), Some(second)) = (random.get(..4), random.get(4..8)) else {
        return Err(Fault::new(fault::NOT_ELIGIBLE, "no randomness"));
    };
    let verify = verify_data(flag, &content, first, second)?;
    let fields =
        [("clientFlag", flag), ("xml", &content), ("verifyData", &verify)].map(|(name, value)| text::field(name, plain(value))).to_vec();
    Ok(http::post_form("api", fields).want())
}

/// Two random texts around the 21 hex digits from the eighth on.
fn verify_data(flag: &str, content: &str, first: &str, second: &str) -> Result<String, Fault> {
    let fixed = credential::public("fixed-string").filter(|fixed| !fixed.is_empty()).unwrap_or_else(|| FIXED.to_owned());
    let signed = plain(format!("{first}{flag}{content}")).then(secret("keyseed")).then(plain(format!("{fixed}{second}")));
    let digest = sign::hex(&sign::md5(&signed)?);
    Ok(format!("{first}{}{second}", digest.get(7..28).unwrap_or_default()))
}

pub fn track(parcel: &Parcel, reply: &HttpReply) -> Result<Track, Fault> {
    if let Some(fault) = fault::of_status(reply) {
        return Err(fault);
    }
    order::track(parcel, &reply.body, |words| fault::refused("", words))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with a made-up seed: the algorithm is five clients', nobody published a vector.
    #[test]
    fn the_digest_is_cut_and_stands_between_the_random_texts() {
        let values = [("keyseed".to_owned(), "demo-seed".to_owned())];
        let parcel = Parcel::of("A000000000019");
        let Want::Http(request) = credential::with(values.into(), || query(&parcel, "DEMO", &[7; 16])).unwrap() else { panic!("http") };
        let Body::Form(fields) = request.body else { panic!("a form") };
        let verify = &fields.iter().find(|field| field.name == "verifyData").unwrap().value;
        assert_eq!(format!("{verify:?}"), format!("{:?}", plain("070788b084196720e666c25850707")));
    }
}
