//! Chooses, among the days a notice names, the one from which its change holds.

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

use super::date::{Form, Mention, Place};
use super::effective::Effective;
use super::kind::Kind;
use super::plain::Sentence;
use super::weigh::{Aspect, compile};

/// The day chosen, and how clearly.
#[derive(Debug, Clone, Default)]
pub struct When {
    pub effective: Option<Effective>,
    pub until: Option<Effective>,
    pub score: f64,
    /// The sentence it stands in, unless that is the title.
    pub sentence: Option<usize>,
}

/// Where a cue is looked for.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    /// In the clause before the day.
    Before,
    /// In the clause after it; after “…起，” the next clause too.
    After,
    /// In either.
    Around,
}
use Side::{After, Around, Before};

/// What words beside a day say about its part in the notice.
const CUES: &[(Side, &str, f64)] = &[
    (
        Before,
        r"(?:生效|执行|实施|启用|切换|变更|调整|停用|下线|关闭|升级|维护|更换|上线|停服|割接|迁移|操作|计划|预计|开始|起始|停机|影响|放假|假期|截止|改造|完成)(?:的)?(?:时间|日期|窗口|时段|日)?\s*[:为]\s*$",
        5.0,
    ),
    (Before, r"时间(?:安排)?\s*[:为]\s*$", 2.0),
    (Before, r"(?:延期|推迟|延长|顺延|延迟|改期|提前|后延|延后|调整|变更|改)(?:至|到|为|于)\s*$", 6.0),
    (Before, r"原(?:定|计划|拟)(?:于)?[^,]*$", -7.0),
    (Before, r"(?:自|从|于|定于|将在|将于|计划于|拟于|预计|定在|拟定于|计划在)\s*$", 1.5),
    (Before, r"(?:已于|已在|曾于|此前|早在|上线于|发布于|成立于)\s*$", -6.0),
    (Before, r"(?:最迟|最晚|不晚于|截至|截止|保留至|保留到|延续至|有效期至|并行至|支持到|至|到)\s*$", -0.5),
    (Before, r"(?:发布|公告|通知|发文|更新|成文)(?:时间|日期)\s*[:为]\s*$", -3.0),
    (After, r"^\s*(?:起|开始|之后|以后|后|即)", 2.0),
    (After, r"^[^,]{0,4},?(?:逾期|届时|之后|此后|其后|后).{0,6}<OFF>", 2.0),
    (Before, r"(?:使用|保留|并行|支持|运行)(?:至|到)\s*$", 2.0),
    (After, r"^.{0,6}(?:启用|上线|投入使用|可用)", -1.0),
    (
        After,
        r"^\s*(?:零时|0时|零点|0点)?(?:起|后)?,?(?:平台|系统|网关)?(?:将)?正式(?:拦截|启用|执行|生效|切换|上线|实施|下线|停用|收费|计费|校验|限流)",
        2.0,
    ),
    (After, r"^.{0,2}为?.{0,4}(?:假期|放假|休假|休息)", 3.0),
    (Around, r"封网|演练|观察期|只告警|不拦截", -3.0),
    (Before, r"(?i:on|from|by|effective|until|starting|after)\s*$", 1.5),
    (After, r"正式|全量|全面|全网|所有|一律|统一|彻底", 1.5),
    (
        After,
        r"停用|下线|关闭|停止|失效|作废|生效|执行|实施|启用|切换|强制|拒绝|终止|不再|维护|升级|中断|暂停|上线|变更|调整|更换|替换|限流|拦截|冻结|清理|换|收费|计费|废弃|校验|改为|改成|拆|迁移|放假|割接|返回|必须|必传|必填|须",
        2.0,
    ),
    (After, r"^.{0,8}(?:逐步|陆续)", -1.5),
    // What is only offered is not yet what must be.
    (After, r"^\s*(?:起|开始)?,?(?:同时)?(?:支持|兼容)", -1.5),
    (After, r"(?:仅|只)(?:支持|接受|认|允许|接收)", 1.5),
    (After, r"停止|停用|下线|失效|关闭|拒绝|拦截|不再|强制|必传|必填|一律", 0.75),
    (After, r"^\s*(?:前|之前|以前|止|为止)", -0.5),
    (Around, r"完成|截止|务必|逾期|最晚|最迟", 0.5),
    (After, r"^\s*(?:即将)?(?:到期|过期)", -3.0),
    (After, r"^.{0,3}以来|发布以来|的公告|的通知|发布的", -6.0),
    (Around, r"灰度|内测|公测|试运行|试点|预发布|体验|分批|小流量|部分(?:商家|客户|账号)", -3.5),
    (After, r"^.{0,6}(?:可选|选填|非必填|选传|可传|可以传|可不传)", -3.0),
    (Around, r"沙箱|测试环境|UAT|联调|自测|验证|演示|预演", -3.5),
    (
        Around,
        r"新(?:接入|用户|客户|应用|商户|商家)?(?:的)?(?:申请|注册|接入|开通)|受理|开放(?:申请|下载|注册)|可申请|报名|预约|提交工单|可在|文档",
        -3.0,
    ),
    (Around, r"退款|退回|余额|账单|结算|顺延|调休|补班|照常|正常上班|节后|恢复|补推|完成补", -3.0),
    (Around, r"对账", -1.0),
    (Around, r"咨询|电话|热线|客服(?:时间|电话)|联系|QQ|邮箱", -3.0),
    (Before, r"例如|如:|示例|形如|举例|样例|案例", -6.0),
    (Before, r"过渡期|并行期|缓冲期|兼容期|观察期|宽限期", -1.0),
];

/// The end of an outage told apart from its beginning.
const ENDS: &str = r"(?:结束|恢复|完成|截止)(?:时间)?\s*[:为于]?\s*$|(?:预计|将于|计划于?|力争|争取)(?:在)?\s*$";
const RESUMES: &str = r"^.{0,6}(?:恢复|结束|完成)";
const VERBS: &str = r"起|停|下线|生效|执行|切换|启用|维护|升级|调整|变更|截止|前|更换|上线|关闭|放假|[:]";

static CUE_PATTERNS: LazyLock<Vec<(Side, Regex, f64)>> =
    LazyLock::new(|| CUES.iter().map(|(side, pattern, weight)| (*side, compile(pattern), *weight)).collect());
static END_PATTERNS: LazyLock<[Regex; 3]> = LazyLock::new(|| [compile(ENDS), compile(RESUMES), compile(VERBS)]);

/// Picks for one kind. The same day may be right for two kinds of one notice.
pub fn choose(aspect: &Aspect, found: &[Mention], body: &[Sentence], told: Date) -> When {
    let mut best: Option<(f64, &Mention)> = None;
    for mention in found.iter().filter(|mention| !signs(mention, body, told)) {
        let score = score(aspect, mention, told);
        if best.is_none_or(|(leading, _)| score > leading + 0.01) {
            best = Some((score, mention));
        }
    }
    let Some((score, mention)) = best.filter(|(score, _)| *score > -1.5) else { return When::default() };
    let sentence = match mention.place {
        Place::Title => None,
        Place::Body(at) => Some(at),
    };
    let ends_a_transition = !aspect.kind.passes() && CUE_PATTERNS.last().is_some_and(|(_, cue, _)| cue.is_match(&mention.before));
    let (effective, until) = match mention.until {
        Some(end) if ends_a_transition => (end, None),
        Some(end) if aspect.kind.passes() => (mention.from, Some(end)),
        _ if aspect.kind == Kind::Outage => (mention.from, resumed(mention, found)),
        _ => (mention.from, None),
    };
    When { effective: Some(effective), until, score, sentence }
}

fn score(aspect: &Aspect, mention: &Mention, told: Date) -> f64 {
    let before = last_clause(&mention.before);
    let after = next_clause(&mention.after);
    let cues: f64 = CUE_PATTERNS
        .iter()
        .filter(|(side, cue, _)| match side {
            Before => cue.is_match(before),
            After => cue.is_match(after),
            Around => cue.is_match(before) || cue.is_match(after),
        })
        .map(|(_, _, weight)| weight)
        .sum();
    let proves = match mention.place {
        Place::Title => 1.0,
        Place::Body(at) if aspect.proof.contains(&at) => 1.5,
        Place::Body(_) => 0.0,
    };
    let firm = match mention.form {
        Form::Stated | Form::Near => 0.5,
        Form::Today => 1.0,
        Form::Within => 0.5,
        Form::Leaning => -2.0,
    };
    let span = match (aspect.kind, mention.until, mention.from.time) {
        (Kind::Outage, Some(_), Some(_)) => 4.0,
        (Kind::Outage, _, Some(_)) => 2.0,
        (Kind::Holiday, Some(_), _) => 3.0,
        _ => 0.0,
    };
    let past = if mention.from.date < told && mention.form == Form::Stated && !aspect.kind.passes() { -2.5 } else { 0.0 };
    cues + proves + firm + span + past
}

fn last_clause(before: &str) -> &str {
    before.rsplit([',', ';', '、']).next().unwrap_or(before)
}

/// Up to the comma; a first part like “起” says nothing yet.
fn next_clause(after: &str) -> &str {
    let Some(comma) = after.find([',', ';']) else { return after };
    if after[..comma].chars().count() > 4 {
        return &after[..comma];
    }
    let rest = &after[comma + 1..];
    let next = rest.find([',', ';']).map_or(after.len(), |at| comma + 1 + at);
    &after[..next]
}

/// The day under the text, which says when it was written and nothing else.
fn signs(mention: &Mention, body: &[Sentence], told: Date) -> bool {
    let Place::Body(at) = mention.place else { return false };
    let last = at + 2 >= body.len();
    let alone = mention.after.trim().chars().count() <= 2 && mention.before.chars().count() <= 24;
    let [_, _, verbs] = &*END_PATTERNS;
    let dated_around = (told - mention.from.date).get_days().abs() <= 3;
    let labelled =
        ["发布时间", "发布日期", "公告日期", "公告时间", "通知日期", "发文日期"].iter().any(|label| mention.before.contains(label));
    dated_around
        && (labelled && mention.from.date == told || last && alone && mention.from.time.is_none() && !verbs.is_match(&mention.before))
        && mention.form == Form::Stated
}

/// “预计今日8:00恢复”: the end, when it stands apart from the beginning.
fn resumed(begin: &Mention, found: &[Mention]) -> Option<Effective> {
    let [ends, resumes, _] = &*END_PATTERNS;
    found
        .iter()
        .filter(|mention| mention.from > begin.from)
        .find(|mention| {
            resumes.is_match(&mention.after) || ends.is_match(&mention.before) && mention.before.contains(['结', '恢', '完', '截'])
        })
        .map(|mention| mention.until.unwrap_or(mention.from))
}
