//! Addresses: province, city and district stay; road, number and room do not.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::names::is_han;
use super::{Kind, Redactor, words};

/// A road that no city has.
const ROAD: &str = "无名路";
const LATIN_ROAD: &str = "Nameless Road";

const NUMBER: &str = "(?:[0-9０-９]{1,5}(?:[-－之][0-9]{1,4})?|[一二三四五六七八九十百]{1,5})";
const UNIT: &str = "(?:号楼|栋|幢|座|单元)";

/// `文三路88号3单元502室`, with up to eight characters before the road.
static STREET: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        "([\\p{{Han}}]{{1,8}}?(?:大道|大街|胡同|街道|公路|路|街|巷|弄|里|道|村|组)[东西南北中]?段?)({NUMBER}(?:号院|号楼|号|弄|號|#))\
         ((?:[\\p{{Han}}]{{0,6}}?[0-9A-Za-z０-９]{{1,5}}(?:{UNIT}|室|层)|[0-9A-Za-z０-９-]{{1,6}}(?:楼|号|户|房))*(?:[-－]?[0-9]{{1,5}}室?)?)"
    ))
});
/// `3栋2单元501室` without a road.
static ROOM: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!("[0-9０-９]{{1,4}}{UNIT}(?:[-0-9A-Za-z０-９]{{1,5}}(?:{UNIT}|层|楼|室|号)?)*")));
/// As much of an address as may stay.
static REGION: LazyLock<Regex> = LazyLock::new(|| {
    let (any, last) = (r"[\p{Han}&&[^号弄巷街路]]", r"[\p{Han}&&[^小社园校厂景院号弄巷街路]]");
    pattern(&format!(
        r"^(?:\s*中国)?(?:\s*[\p{{Han}}]{{2,7}}?(?:省|自治区|特别行政区))?(?:[\s,，-]*{any}{{1,8}}?(?:市|自治州|地区|盟))?(?:[\s,，-]*\p{{Han}}?{any}{{0,4}}?{last}(?:区|县|旗|市))?[\s,，-]*"
    ))
});
static DETAIL: LazyLock<Regex> = LazyLock::new(|| pattern("[路街巷弄道村组栋幢楼室座层号]|大厦|广场|小区|花园|公寓|单元|[0-9０-９]"));
/// Some write what happened where the place should stand.
static EVENT: LazyLock<Regex> = LazyLock::new(|| pattern("已|正在|派件|派送|签收|到达|离开|发往|揽收|取件|快件|包裹|邮件"));
static STATION: LazyLock<Regex> = LazyLock::new(|| pattern("(?:站|点|部|公司|中心|柜|店|超市|场|局|所|仓|分拨|中转)$"));

impl Redactor {
    /// Addresses in wording: a road with a number, rooms of a house.
    pub(super) fn addresses(&self, text: &str) -> String {
        let text = STREET.replace_all(text, |caps: &Captures<'_>| {
            let from = road_from(&caps[1]);
            let (lead, road) = caps[1].split_at(from);
            if road.ends_with(ROAD) {
                return caps[0].to_owned();
            }
            let room = caps.get(3).is_some_and(|tail| !tail.is_empty());
            format!("{lead}{}", self.street(&caps[0][from..], room))
        });
        ROOM.replace_all(&text, |caps: &Captures<'_>| {
            let zeros = caps[0].chars().map(|c| if c.is_numeric() { '0' } else { c }).collect();
            self.put(Kind::Address, &caps[0], zeros)
        })
        .into_owned()
    }

    /// What stands under an address's name; somebody's own is not told by its words.
    pub(super) fn address_field(&self, text: &str, own: bool) -> String {
        if !text.contains(is_han) {
            return self.latin_address(text, own);
        }
        let region = self.region(text);
        let (region, rest) = text.split_at(region);
        let detail = !rest.is_empty() && !rest.starts_with(ROAD);
        let told = !STATION.is_match(rest) && !EVENT.is_match(text) && (rest.chars().count() > 6 || DETAIL.is_match(rest));
        match detail && (own || told) {
            true => format!("{region}{}", self.street(rest, rest.contains(['室', '房', '户']))),
            false => text.to_owned(),
        }
    }

    /// How much of an address is its province, city and district.
    fn region(&self, text: &str) -> usize {
        let written = REGION.find(text).map_or(0, |m| m.end());
        let bare = words::city(&text[written..]);
        if bare.is_empty() { written } else { written + bare.len() + REGION.find(&text[written + bare.len()..]).map_or(0, |m| m.end()) }
    }

    fn street(&self, address: &str, room: bool) -> String {
        let hash = self.salt.hash("address", &address.split_whitespace().collect::<String>());
        let room = if room { format!("{}室", 101 + hash / 1000 % 800) } else { String::new() };
        self.put(Kind::Address, address, format!("{ROAD}{}号{room}", 1 + hash % 999))
    }

    fn latin_address(&self, text: &str, own: bool) -> String {
        let letters = text.chars().any(|c| c.is_ascii_alphabetic());
        let told = text.contains(' ') && text.chars().any(|c| c.is_ascii_digit());
        if !letters || text.ends_with(LATIN_ROAD) || !(own || told) {
            return text.to_owned();
        }
        self.put(Kind::Address, text, format!("{} {LATIN_ROAD}", 1 + self.salt.hash("address", text) % 999))
    }
}

/// Where the road begins: after the last word that cannot be part of its name.
fn road_from(road: &str) -> usize {
    let name = road.char_indices().last().map_or(0, |(at, _)| at);
    let cut = "省市区县镇乡在至到达送给投放址为是的由从往于已";
    let from = road[..name].char_indices().rfind(|(_, c)| cut.contains(*c)).map_or(0, |(at, c)| at + c.len_utf8());
    from + words::city(&road[from..name]).len()
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("written here")
}
