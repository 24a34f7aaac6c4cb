//! Reads what a value was and what it becomes: “由A变更为B”, “将A更换为B”, “A→B”, “原A，现B”.

use std::sync::LazyLock;

use regex::Regex;

use super::kind::Kind;
use super::plain::{self, Sentence};
use super::weigh::compile;

/// The forms, surest first. Both groups are values.
const FORMS: &[&str] = &[
    r"(?:由原来的|由原先的|由原有的|由原|从原来的|由现在的|由现行的|由当前的|由|从)\s*<V>(?:统一|正式|整体|全部|相应|逐步|,|\s){0,3}<TURNS>:?\s*<W>",
    r"(?:将|把)\s*<V>(?:统一|正式|整体|全部|,){0,2}<TURNS>:?\s*<W>",
    r"(?:旧|原|老)[^,:→]{0,8}:\s*<V>(?:[,\s]|$).{0,12}(?:新|现)[^,:]{0,8}:\s*<W>",
    r"原(?:来|先|有)?(?:的|为|是|采用)?<V>[,\s](?:现|改|调整|变更|更换|升级)(?:在|已|将|统一|拟)?(?:改为|改用|调整为|变更为|更换为|升级为|为|改成|使用|采用)\s*<W>",
    r"(?:^|[,:\s]|字段|地址|域名|IP)<V>\s*(?:→|->|=>|--+>)\s*<W>",
    r"(?:^|[,:、\s的)])<V>(?:统一|正式|整体|全部){0,2}<TURNS>:?\s*<W>",
    r"(?:不再使用|弃用)<V>,?(?:统一|全面|一律)?(?:改用|使用|采用|启用)\s*<W>",
];

/// Where the new value has a sentence of its own.
const REPLACED_BY: &str = r"(?:替代接口|替代方案|替代版本|(?:新|现)(?:版)?(?:的)?(?:接口|域名|IP地址|IP|(?:请求|调用|接口|访问|接入|服务|网关|推送|回调)?地址|证书|版本|格式|算法))\s*(?:名称)?(?:为|是|:|请使用)\s*<W>";
const NEW_ALONE: &str = r"(?:<TURNS>|使用新版?接口|切换到|切换至|迁移到|迁移至)\s*<N>";
const OLD_ALONE: &str = r"(?:旧|原|老)(?:版)?(?:的)?(?:接口|域名|IP地址|IP|(?:请求|调用|接口|访问|接入|服务|网关|推送|回调)?地址|证书|版本|格式|算法)\s*(?:(?:为|是|:)\s*<W>|<N>)";
const RETIRED: &str = r"(?:[“「《](?<a>[^”」》]{2,40})[”」》]|(?<b>[A-Za-z][A-Za-z0-9_./-]{1,60}))(?:接口|服务|版本|方法|的)?.{0,4}<OFF>";

const VALUE: &str = r#"([^,。、:;()→]{1,48}?|[“「"《][^”」"》]{1,60}[”」"》][^,。、:;()→]{0,8}?|https?://[\w./:-]+?)"#;
const REST: &str = r#"([“「"《][^”」"》]{1,60}[”」"》]|https?://[\w./:-]+|[^,。、;()\s][^,。、;()]{0,48})"#;
const TURNS: &str = r"(?:变更为|变更成|变更至|调整为|调整至|调整到|更换为|更换成|替换为|替换成|更改为|修改为|改为|改成|改用|切换为|切换至|切换到|迁移至|迁移到|升级为|升级至|升级到|缩短为|缩短至|延长至|延长为|下调至|下调为|降低至|降低到|降低为|降为|降至|降到|提升至|提升到|提高至|提高到|上调至|扩大至|扩展至|扩展为|增加到|增加至|增至|减少到|减少至|减至|收紧至|收紧为|变为|变成|统一为|转为|换成|更新为|限制为)";

/// A value that cannot be mistaken for prose.
const NAME: &str = r"([A-Za-z][A-Za-z0-9_]*(?:[./:_-]+[A-Za-z0-9_]+)+|[A-Z][A-Z0-9]{1,}[0-9]+|\d+(?:\.\d+){3}|https?://[A-Za-z0-9_./:-]+)";

struct Forms {
    both: Vec<Regex>,
    old_alone: Vec<Regex>,
    new_alone: Vec<Regex>,
    retired: Regex,
}

static PATTERNS: LazyLock<Forms> = LazyLock::new(|| {
    let fill = |form: &str| compile(&form.replace("<V>", VALUE).replace("<W>", REST).replace("<N>", NAME).replace("<TURNS>", TURNS));
    Forms {
        both: FORMS.iter().map(|form| fill(form)).collect(),
        old_alone: vec![fill(OLD_ALONE)],
        new_alone: vec![fill(REPLACED_BY), fill(NEW_ALONE)],
        retired: fill(RETIRED),
    }
});

/// The old and the new value of a notice of this kind, where stated. Outages and holidays change none.
pub fn values(kind: Kind, proof: &[usize], title: &Sentence, body: &[Sentence]) -> (Option<String>, Option<String>) {
    if kind.passes() {
        return (None, None);
    }
    let proving = proof.iter().map(|at| &body[*at]);
    let others = body.iter().enumerate().filter(|(at, _)| !proof.contains(at)).map(|(_, sentence)| sentence);
    let sentences: Vec<&str> =
        proving.chain(std::iter::once(title)).chain(others).map(|sentence| plain::cut(&sentence.plain, plain::LONGEST)).collect();
    if kind != Kind::Retirement
        && let Some((old, new)) = PATTERNS.both.iter().find_map(|form| sentences.iter().find_map(|sentence| both(form, sentence)))
    {
        return (Some(old), Some(new));
    }
    let alone = |forms: &[Regex]| forms.iter().find_map(|form| sentences.iter().find_map(|sentence| one(form, sentence)));
    let retired = || (kind == Kind::Retirement).then(|| alone(std::slice::from_ref(&PATTERNS.retired))).flatten();
    (retired().or_else(|| alone(&PATTERNS.old_alone)), alone(&PATTERNS.new_alone))
}

fn both(form: &Regex, sentence: &str) -> Option<(String, String)> {
    let found = form.captures(sentence)?;
    let (old, new) = (tidy(found.get(1)?.as_str()), tidy(found.get(2)?.as_str()));
    (!old.is_empty() && !new.is_empty() && old != new && !vague(&old)).then_some((old, new))
}

fn one(pattern: &Regex, sentence: &str) -> Option<String> {
    let found = pattern.captures(sentence)?;
    let value = found.iter().skip(1).flatten().next()?;
    Some(tidy(value.as_str())).filter(|value| !value.is_empty())
}

/// Takes off quotes and the words that only lean on the value.
fn tidy(value: &str) -> String {
    const QUOTES: &[char] = &['“', '”', '「', '」', '"', '《', '》', '【', '】', '\'', ' ', ':', '`'];
    const HEADS: &[&str] = &["原来的", "原先的", "原有的", "原来", "现有的", "现在的", "现行的", "国密", "新的", "默认"];
    const TAILS: &[&str] = &["的方式", "方式", "算法", "统一", "时间戳的形式", "的公告", "的通知", "的说明", "请各", "请及时", "请尽快"];
    let mut rest = value.trim().trim_matches(QUOTES);
    for head in HEADS {
        rest = rest.strip_prefix(head).unwrap_or(rest);
    }
    for tail in TAILS {
        rest = rest.find(tail).filter(|at| *at > 0).map_or(rest, |at| &rest[..at]);
    }
    rest.trim_matches(QUOTES).to_owned()
}

/// “有关规则调整为…” changes something, but tells no old value.
fn vague(old: &str) -> bool {
    const NOUNS: &[&str] = &["地址", "域名", "证书", "密钥", "接口", "版本", "算法", "字段", "方式", "规则", "配置", "参数", "系统"];
    let bare = old.chars().count() <= 10
        && NOUNS.iter().any(|noun| old.ends_with(noun))
        && !old.contains(|letter: char| letter.is_ascii_alphanumeric());
    bare || old.ends_with(['前', '起', '后', '请'])
        || old.chars().count() > 40
        || ["请", "关于", "现将", "我们", "平台将", "自", "届时"].iter().any(|word| old.starts_with(word))
}
