//! The one account that each carrier knows. Field names are those of the adapters' manifests.

use serde::Serialize;

use crate::dice::Dice;

#[derive(Clone, Debug, Serialize)]
pub struct Accounts {
    pub sf: Sf,
    pub zto: Zto,
    pub yto: Yto,
    pub deppon: Deppon,
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

impl Accounts {
    pub fn new(seed: u64) -> Self {
        let dice = &mut Dice::new(seed, &["accounts"]);
        Accounts {
            sf: Sf { partner_id: id("PHSF", dice), checkword: secret(dice) },
            zto: Zto { app_key: id("PHZTO", dice), app_secret: secret(dice) },
            yto: Yto { user_part: id("open-", dice), customer_code: id("K", dice), client_id: id("PHYTO", dice), secret: secret(dice) },
            deppon: Deppon { company_code: id("EWBPH", dice), customer_code: id("4", dice), appkey: secret(dice) },
        }
    }
}

fn id(prefix: &str, dice: &mut Dice) -> String {
    format!("{prefix}{:08}", dice.below(100_000_000))
}

/// 25 characters, of which five must be escaped in JSON, forms, URLs or Base64's neighbours:
/// masking that knows only the plain spelling fails on it.
fn secret(dice: &mut Dice) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    let block = |dice: &mut Dice| (0..4).map(|_| char::from(dice.pick(LETTERS))).collect::<String>();
    ['+', '/', '=', '&', '"'].iter().map(|special| block(dice) + &special.to_string()).collect()
}
