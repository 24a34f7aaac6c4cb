//! What a value is, by the name it stands under.

use std::sync::LazyLock;

use regex::Regex;

/// The name of a value and of what holds it, in lower case without separators.
#[derive(Debug, Clone)]
pub struct Key {
    pub name: String,
    pub parent: String,
}

/// What stands under such a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Token,
    Identity,
    Phone,
    Coordinate,
    Picture,
    /// Somebody's, by its name or by what holds it.
    OwnAddress,
    /// May be a station's.
    Address,
    Person,
    /// `name` alone: a station, a product or a person.
    Name,
    Place,
    Other,
}

/// The roles in which somebody has to do with a parcel.
const ROLES: &str = "receiver|recipient|receive|consignee|addressee|sender|shipper|consignor|buyer|customer|user|member|owner|\
    courier|postman|delivery|deliver|deliverer|deliveryman|dispatch|dispatcher|disp|disporrec|pickup|picker|collector|collect|\
    salesman|sales|employee|emp|staff|operator|operate|oper|ope|scanner|scan|handler|signer|signed|sign|signoff|signin|signfor|\
    contact|contacts|linkman|link|update|create|driver|agent|accept|rec|from|to";

static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "token$|^session$|sessionid$|^j?sid$|sessionkey$|cookies?$|authorization$|ticket$|passw(?:or)?d$|secret(?:key)?$|privatekey$|^(?:app|api)key$|\
         ^xappkey$|checkword$|signature$|^sign$|^xsign$|digest$|^datasign$|csrf|xsrf|^verifycode$|^(?:pickup|take|fetch|open)code$|^取件码$|authcode$|^credential$",
    )
});
static IDENTITY: LazyLock<Regex> =
    LazyLock::new(|| pattern("idcard|idno$|idnumber$|certno|certificateno|identity|operatorno$|empno$|staffno$|userno$|身份证|证件号"));
static PHONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "phone|mobile|(?:^|[^ho])tel$|^hometel$|tel(?:no|num|number|ephone)$|fax$|contactway|contactno|staffcontact|phonetail|电话|手机|座机|联系方式",
    )
});
static COORDINATE: LazyLock<Regex> =
    LazyLock::new(|| pattern("^(?:.*(?:lng|latitude|longitude|gps|gis|coordinates?)|.*[a-z]lat|lat|lon|经度|纬度|坐标)$"));
static PICTURE: LazyLock<Regex> =
    LazyLock::new(|| pattern("(?:pic|img|image|photo|picture|signbill|avatar)s?(?:url|uri|path|link|list|info)?$|图片|照片"));
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| pattern("addr(?:ess)?(?:detail|line\\d?|info|text)?$|addressdetail|^detailaddr|street$|地址|住址"));
static DETAIL: LazyLock<Regex> =
    LazyLock::new(|| pattern("^(?:detail|detailinfo|details|location|encryptdetail|housenumber|doorno|room|building)$"));
static OWNER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "receiver|recipient|receiving|consign|addressee|sender|shipper|buyer|customer|user|contact|member|home|收件|收货|寄件|发件|发货",
    )
});
static PERSON: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        "^(?:.*(?:{ROLES}))(?:name|man|mans|manname|person|personname|people|per|by|username|user|realname|fullname|nickname|empname|contact|contacts)$\
         |^(?:.*(?:receiver|recipient|consignee|addressee|sender|shipper|consignor|courier|postman|deliveryman|deliverer|dispatcher|salesman|operator|\
         scanner|signer|linkman|contact|contacts|driver|signoffpeople|operateuser|scanuser))$\
         |^(?:realname|fullname|firstname|lastname|nickname|username|personname|person|signby|receivedby|buyer|employee)$\
         |姓名|(?:收件|寄件|收货|发货|发件|签收|联系|操作|经办|登记|派件|派送|揽收|扫描|代收|取件)(?:人|员)(?:姓名)?$|(?:快递|业务|投递|揽投|配送|收派)员$|^(?:收件方|寄件方|司机)$"
    ))
});
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "city|prov|district|^dist$|county|area|region|site|station|org|facility|network|node|town|place|branch|center|hub|depot|warehouse|网点|城市|站点",
    )
});

impl Key {
    pub const NONE: Self = Self { name: String::new(), parent: String::new() };

    pub fn new(name: &str, parent: &str) -> Self {
        Self { name: plain(name), parent: plain(parent) }
    }

    /// The name of a value inside this one.
    pub fn inside(&self, name: &str) -> Self {
        Self { name: plain(name), parent: self.name.clone() }
    }

    pub fn class(&self) -> Class {
        let name = self.name.as_str();
        let own = || OWNER.is_match(name) || OWNER.is_match(&self.parent);
        match () {
            () if name.is_empty() => Class::Other,
            () if TOKEN.is_match(name) => Class::Token,
            () if IDENTITY.is_match(name) => Class::Identity,
            () if PHONE.is_match(name) => Class::Phone,
            () if COORDINATE.is_match(name) => Class::Coordinate,
            () if PICTURE.is_match(name) => Class::Picture,
            () if ADDRESS.is_match(name) => {
                if own() {
                    Class::OwnAddress
                } else {
                    Class::Address
                }
            }
            () if DETAIL.is_match(name) && OWNER.is_match(&self.parent) => Class::OwnAddress,
            () if PERSON.is_match(name) => Class::Person,
            () if name == "name" && PERSON.is_match(&self.parent) => Class::Person,
            () if name == "name" && PLACE.is_match(&self.parent) => Class::Place,
            () if name == "name" => Class::Name,
            () if PLACE.is_match(name) => Class::Place,
            () => Class::Other,
        }
    }
}

/// Whether a token stands there and no wording: `sign` may also say that something was signed.
pub fn looks_like_token(name: &str, value: &str) -> bool {
    let wording = value.chars().any(|c| !c.is_ascii() || c.is_whitespace());
    match name {
        "sign" | "signature" | "session" | "ticket" | "credential" => !wording && value.len() >= 8,
        "cookie" | "cookies" | "setcookie" | "authorization" => true,
        _ => !wording,
    }
}

fn plain(name: &str) -> String {
    // A prefix of a namespace says nothing.
    let name = name.rsplit(':').next().unwrap_or(name);
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("written here")
}
