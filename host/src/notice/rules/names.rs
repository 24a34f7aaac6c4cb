//! Collects what a notice names: versions, interfaces, methods, paths, hosts and fields.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::plain::{self, Sentence};

/// At most this many: a notice that lists more is a table, and the quotes show it.
const MOST: usize = 24;

/// The first group is the name.
const FORMS: &[&str] = &[
    // https://host/path, host.example.cn/path and plain hosts
    r"(https?://[A-Za-z0-9][A-Za-z0-9_./:-]*[A-Za-z0-9_])",
    r"(?:^|[^A-Za-z0-9_./@-])([a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:com|cn|net|org|test|io|top|cc)(?:\.cn|\.hk)?(?::\d+)?(?:/[A-Za-z0-9_./-]*[A-Za-z0-9_])?)",
    // /open/path/v1
    r"(?:^|[^A-Za-z0-9_/.<])(/[A-Za-z][A-Za-z0-9_-]*(?:/[A-Za-z0-9_.{}-]+)+|/[A-Za-z][A-Za-z0-9_-]{3,})",
    // dotted method names
    r"(?:^|[^A-Za-z0-9_./:@-])([a-zA-Z_][A-Za-z0-9_]*(?:\.[a-zA-Z_][A-Za-z0-9_]*){2,})",
    // UPPER_SNAKE, snake_case, kebab headers, camelCase, PascalCase
    r"(?:^|[^A-Za-z0-9_./-])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)",
    r"(?:^|[^A-Za-z0-9_./-])([a-z][a-z0-9]*(?:_[a-z0-9]+)+)",
    r"(?:^|[^A-Za-z0-9_./-])([xX]-[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)",
    r"(?:^|[^A-Za-z0-9_./-])([a-z]+[a-z0-9]*(?:[A-Z][a-z0-9]+)+[A-Z]*|[a-z]{2,}(?:[A-Z][a-z0-9]*)+)",
    r"(?:^|[^A-Za-z0-9_./-])([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+)",
    // versions
    r"(?:^|[^A-Za-z0-9_./-])([Vv]\d{1,2}(?:\.\d{1,3}){0,3})",
    r"(?:^|[^A-Za-z0-9_./])(\d{1,2}\.\d{1,2}(?:\.\d{1,3})?)\s*(?:版|接口|协议|API|SDK)",
    r"(?:版本号?(?:为|:|升级(?:至|到|为))?|SDK)\s*(\d{1,2}\.\d{1,2}(?:\.\d{1,3})?)",
    // a single word is a name only where the text calls it one
    r"(?:字段|参数|请求头|报文头|头部|header|Header)(?:中)?(?:新增|增加|携带|传入|添加|加入)?(?:必填|必传|选填)?(?:字段|参数|的)?\s*[“「‘'`]?([A-Za-z][A-Za-z0-9_-]{2,40})",
    r"([A-Za-z][A-Za-z0-9_-]{2,40})[”」’'`]?\s*(?:\([^)]{1,12}\))?\s*(?:字段|参数|请求头|节点|方法)",
    r"((?i:appkey|appsecret|access token|token|digest|checkword|secretkey))",
    // Chinese interface names
    r"((?:物流|快件|邮件|包裹|运单|订单|轨迹|路由|电子|面单|运费|时效|网点|地址|状态|揽收|揽件|签收|回单|取号|下单|取消|拦截|订阅|推送|回传|查询|创建|获取|打印|试算|预估|回调|校验|解析|对账|子母件|预约|取件|退货|改址|批量|实时|标准|云打印){2,6}(?:服务接口|接口|API))",
];

/// In brackets a name may be anything, if it is called an interface or looks like one.
const BRACKETS: &str = r"[「“《【‘]([^」”》】’]{2,40})[」”》】’]";

/// Abbreviations everybody writes, and words of sample code.
const COMMON: &[&str] = &[
    "http", "https", "json", "xml", "api", "sdk", "isv", "url", "ssl", "tls", "utf", "qps", "tps", "java", "php", "true", "false",
    "success", "null", "string", "int", "long", "http1", "app", "erp", "wms", "oms", "qq", "sha", "md5", "sm4", "aes", "rsa", "iso",
    "post", "get", "put", "http/1", "http/2",
];

static PATTERNS: LazyLock<(Vec<Regex>, Regex)> = LazyLock::new(|| {
    let compile = |form: &str| Regex::new(form).expect("the name forms compile");
    (FORMS.iter().copied().map(compile).collect(), compile(BRACKETS))
});

/// All names, in the order in which they first stand in title and text.
pub fn names(title: &Sentence, body: &[Sentence]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for sentence in std::iter::once(title).chain(body) {
        for name in in_sentence(plain::cut(&sentence.plain, plain::LONGEST)) {
            if found.len() < MOST && !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}

fn in_sentence(plain: &str) -> Vec<String> {
    let (forms, brackets) = &*PATTERNS;
    // By place; of two names that overlap, the form that stands first in the list wins.
    let mut placed: BTreeMap<usize, (usize, String)> = BTreeMap::new();
    for form in forms {
        for captures in form.captures_iter(plain) {
            let Some(name) = captures.get(1) else { continue };
            if !common(name.as_str()) && !overlaps(&placed, name.start(), name.end()) {
                placed.insert(name.start(), (name.end(), name.as_str().to_owned()));
            }
        }
    }
    for captures in brackets.captures_iter(plain) {
        let Some(name) = captures.get(1) else { continue };
        let called = ["接口", "服务", "API"].iter().any(|word| name.as_str().ends_with(word));
        if called && !overlaps(&placed, name.start(), name.end()) {
            placed.insert(name.start(), (name.end(), name.as_str().to_owned()));
        }
    }
    placed.into_values().map(|(_, name)| name).collect()
}

fn overlaps(placed: &BTreeMap<usize, (usize, String)>, from: usize, to: usize) -> bool {
    placed.range(..to).next_back().is_some_and(|(_, (end, _))| *end > from)
}

fn common(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    COMMON.contains(&lower.as_str()) || lower.starts_with("yyyy")
}
