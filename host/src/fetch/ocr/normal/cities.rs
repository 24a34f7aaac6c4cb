//! Cities, snapped to a dictionary as far as that is safe.

use std::sync::LazyLock;

use super::phrases::turn;

static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let lines = include_str!("../cities.txt").lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).collect()
});

/// What may follow a name without changing it.
const LEVELS: [&str; 6] = ["", "市", "地区", "州", "盟", "自治州"];

/// What carriers have in a city.
const SITES: [&str; 16] = [
    "",
    "转运中心",
    "分拨中心",
    "集散中心",
    "中转中心",
    "处理中心",
    "中心",
    "集散点",
    "营业部",
    "营业点",
    "网点",
    "中转站",
    "航空枢纽",
    "枢纽",
    "分公司",
    "公司",
];

/// The one city that is meant, without 市. None: there is none near enough, or more than one.
///
/// Two characters must be exact: most places of a county have such a name, and one of their
/// characters is often that of a city.
pub fn snap(text: &str) -> Option<&'static str> {
    let text = text.trim_start_matches('【').trim_end_matches('】');
    let exact = LEVELS.iter().find_map(|level| named(text.strip_suffix(level)?));
    exact.or_else(|| nearest(text.strip_suffix('市').unwrap_or(text)))
}

/// Whether a place is a city of the dictionary, or one of its usual sites.
pub fn is_site(place: &str) -> bool {
    let is_rest = |rest: &str| SITES.contains(&rest.strip_prefix('市').unwrap_or(rest));
    NAMES.iter().any(|name| place.strip_prefix(name).is_some_and(is_rest))
}

fn named(text: &str) -> Option<&'static str> {
    NAMES.iter().find(|name| **name == text).copied()
}

fn nearest(text: &str) -> Option<&'static str> {
    let read: Vec<char> = text.chars().collect();
    let far = |name: &&str| {
        let name: Vec<char> = name.chars().collect();
        let distance = turn(&name, &read);
        (distance <= (name.len() - 1) / 2).then_some(distance)
    };
    let mut near: Vec<_> = NAMES.iter().filter_map(|name| Some((far(name)?, *name))).collect();
    near.sort_unstable();
    match near[..] {
        [(_, only)] => Some(only),
        [(first, only), (second, _), ..] if first < second => Some(only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(snap(text), expected, "{text}");
    }

    #[test]
    fn a_dictionary_without_doubles() {
        let mut names = NAMES.clone();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), NAMES.len());
        assert!(names.len() > 340, "{}", names.len());
        assert!(names.iter().all(|name| name.chars().count() > 1));
    }

    #[test]
    fn names_with_and_without_their_level() {
        check("广州", Some("广州"));
        check("广州市", Some("广州"));
        check("【乌鲁木齐市】", Some("乌鲁木齐"));
        check("喀什地区", Some("喀什"));
        check("延边州", Some("延边"));
        check("吉林", Some("吉林"));
        check("", None);
    }

    #[test]
    fn longer_names_bear_a_wrong_character() {
        check("乌鲁木乔", Some("乌鲁木齐"));
        check("石家压市", Some("石家庄"));
        check("呼和洁特", Some("呼和浩特"));
        check("乌鱼木乔", None);
        check("张家日", None);
        check("广川", None);
        check("广", None);
    }

    #[test]
    fn sites_of_a_city() {
        for (place, expected) in
            [("杭州", true), ("杭州市转运中心", true), ("杭州转运中心", true), ("菜鸟驿站", false), ("草州营业部", false), ("", false)]
        {
            assert_eq!(is_site(place), expected, "{place}");
        }
    }

    /// Counties are not in the dictionary, and must not become their neighbours in spelling.
    #[test]
    fn a_county_never_becomes_a_city() {
        let counties = "昆山 义乌 江阴 张家港 常熟 太仓 慈溪 余姚 晋江 石狮 诸暨 温岭 乐清 瑞安 海宁 桐乡 东阳 永康 丹阳 宜兴 靖江 泰兴 如皋 启东 \
            海门 邳州 新沂 胶州 即墨 平度 寿光 诸城 青州 滕州 邹城 曲阜 龙口 莱州 招远 荣成 巩义 新郑 登封 禹州 长葛 项城 枝江 大冶 浏阳 醴陵 \
            都江堰 彭州 井冈山 武夷山 福清 南安 丹江口 老河口 梅河口 公主岭 瓦房店 大石桥 五指山 峨眉山 冷水江 阿尔山 二连浩特 额尔古纳";
        for county in counties.split_whitespace() {
            check(county, None);
            check(&format!("{county}市"), None);
        }
    }
}
