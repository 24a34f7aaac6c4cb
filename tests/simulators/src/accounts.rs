//! The one account that each carrier with an interface knows. Field names are those of the adapters' manifests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Value, json};

use crate::deppon::V32Token;
use crate::dice::Dice;

#[derive(Clone, Debug, Serialize)]
pub struct Accounts {
    pub sf: Sf,
    pub zto: Zto,
    pub yto: Yto,
    pub deppon: Deppon,
    pub jt: Jt,
    pub sto: Sto,
    pub ems: Ems,
    /// Not shown with the others: it is no carrier of its own, and which of its fields count is
    /// known at the change only.
    #[serde(skip)]
    pub deppon_v32: DepponV32,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sf {
    pub partner_id: String,
    pub checkword: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Zto {
    pub app_key: String,
    pub app_secret: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Yto {
    pub user_part: String,
    pub customer_code: String,
    pub client_id: String,
    pub secret: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Deppon {
    pub company_code: String,
    pub customer_code: String,
    pub appkey: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Jt {
    pub api_account: String,
    pub private_key: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sto {
    pub app_key: String,
    pub secret_key: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ems {
    pub sender_no: String,
    pub authorization: String,
    /// The Base64 of sixteen bytes.
    pub sm4_key: String,
}

/// Deppon's account from "V3.2" on.
#[derive(Clone, Debug)]
pub struct DepponV32 {
    pub account: Deppon,
    /// Of no use where tokens are fetched.
    pub token: String,
}

impl DepponV32 {
    /// The fields that the adapter for this kind of token is given.
    pub fn credential(&self, token: V32Token) -> Value {
        let mut fields = json!(self.account);
        if token == V32Token::Static {
            fields["token"] = json!(self.token);
        }
        fields
    }
}

impl Accounts {
    pub fn new(seed: u64) -> Self {
        let dice = &mut Dice::new(seed, &["accounts"]);
        Accounts {
            sf: Sf { partner_id: id("PHSF", dice), checkword: secret(dice) },
            zto: Zto { app_key: id("PHZTO", dice), app_secret: secret(dice) },
            yto: Yto { user_part: id("open-", dice), customer_code: id("K", dice), client_id: id("PHYTO", dice), secret: secret(dice) },
            deppon: Deppon { company_code: id("EWBPH", dice), customer_code: id("4", dice), appkey: secret(dice) },
            deppon_v32: DepponV32 {
                account: Deppon { company_code: id("EWBPN", dice), customer_code: id("6", dice), appkey: secret(dice) },
                token: secret(dice),
            },
            // Last, so that the others' accounts stay what they were for a seed.
            jt: Jt { api_account: id("PHJT", dice), private_key: secret(dice) },
            sto: Sto { app_key: id("PHSTO", dice), secret_key: secret(dice) },
            ems: Ems { sender_no: id("11000", dice), authorization: secret(dice), sm4_key: sm4_key(dice) },
        }
    }
}

fn id(prefix: &str, dice: &mut Dice) -> String {
    format!("{prefix}{:08}", dice.below(100_000_000))
}

fn sm4_key(dice: &mut Dice) -> String {
    STANDARD.encode([dice.draw(), dice.draw()].map(u64::to_be_bytes).concat())
}

/// 25 characters, of which five must be escaped in JSON, forms, URLs or Base64's neighbours:
/// masking that knows only the plain spelling fails on it.
fn secret(dice: &mut Dice) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    let block = |dice: &mut Dice| (0..4).map(|_| char::from(dice.pick(LETTERS))).collect::<String>();
    ['+', '/', '=', '&', '"'].iter().map(|special| block(dice) + &special.to_string()).collect()
}
