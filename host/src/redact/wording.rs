//! Names in a carrier's sentences.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::words::{LONG_SURNAMES, SURNAMES};
use super::{Redactor, names, words};

const STAFF: &str = "派件员|派送员|快递员|快递小哥|业务员|投递员|揽投员|揽收员|揽件员|取件员|收件员|收派员|配送员|送货员|小件员|扫描员|操作员|派件人|派送人|揽收人|揽件人|骑手|小哥";
const LABELS: &str =
    "签收人|收件人|收货人|寄件人|发件人|发货人|代收人|代签人|经办人|登记人|操作人|联系人|收方|寄方|司机|驾驶员|客服|站长|店员|负责人|姓名";
const GAP: &str = r"(?:\s|&nbsp;)*";
const RUN: &str = r"[\p{Han}*＊·]";
const OPEN: &str = r"[【\[「(（]?";

/// Somebody with a title: `张先生`.
static TITLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\p{Han}{1,3}?)(先生|女士|小姐|师傅)"));
/// A surname beside stars: `冯**`, `张*三`.
static STARS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\p{Han}{1,2})([*＊]{1,3})(\p{Han}|[0-9][0-9*]*)?"));
/// `签收人：张三`, `快递员【李四，电话：…】`, `派送人是 王五`.
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        "((?:{STAFF}|{LABELS})(?:姓名|名字|类型)?{GAP}(?:(?:是|为)?{GAP}[:：]{GAP}{OPEN}|(?:是|为)?{GAP}[【\\[「(（])\\s*)({RUN}{{1,12}})"
    ))
});
/// `<td>收件人</td><td>张三</td>`.
static CELLS: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!("((?:{STAFF}|{LABELS})(?:姓名)?{GAP}[:：]?{GAP}(?:</?\\w[^>]*>{GAP})+[:：]?{GAP})({RUN}{{2,12}})")));
/// `由【张三】签收`.
static BY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        "(由\\s*{OPEN}\\s*)({RUN}{{1,8}}?)(\\s*[】\\]」)）]?\\s*(?:本人)?(?:代为|代)?(?:签收|代收|收取|领取|取走|取件|扫描|派送|派件|揽收|配送))"
    ))
});
/// `快递员林晓峰正在为您派件`, `收件人张三已取走`.
static BARE: LazyLock<Regex> = LazyLock::new(|| pattern(&format!("((?:{STAFF}|{LABELS})\\s*)({RUN}{{2,12}})")));
/// `【某网点】的李四已揽收`, `揽收任务已分配给李四`, `快件交给李四`.
static LINKED: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!("([】\\]]\\s*的\\s*{OPEN}\\s*|(?:由|交给|分配给|指派给|指定[:：])\\s*{OPEN}\\s*)({RUN}{{2,12}})")));
/// `签收人：单位收发室（张三）`.
static BESIDE: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!("((?:{STAFF}|{LABELS})(?:是|为)?{GAP}[:：]?{GAP}{RUN}{{1,12}}[（(])({RUN}{{2,4}})([)）])")));
/// `签收人：Wang Wu`.
static LATIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!("((?:{STAFF}|{LABELS}){GAP}(?:是|为)?{GAP}[:：]?{GAP}{OPEN})([A-Z][A-Za-z'.]+(?: [A-Z][A-Za-z'.]+)*)"))
});
/// `李四(138…`.
static CALLED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!("({RUN}{{1,12}})(\\s*[（(【\\[]?\\s*(?:手机|电话|联系电话|(?i:tel))?[:：]?\\s*1[3-9][0-9][-0-9*＊xX\\s])"))
});

impl Redactor {
    /// Names that a sentence shows to be names.
    pub(super) fn wording(&self, text: &str) -> String {
        let text =
            STARS.replace_all(text, |caps: &Captures<'_>| self.starred(&caps[1], &caps[2], caps.get(3).map_or("", |tail| tail.as_str())));
        let text = self.titled(&text);
        let set_off = |caps: &Captures<'_>| format!("{}{}", &caps[1], self.person(&caps[2]));
        let text = LABEL.replace_all(&text, set_off);
        let text = CELLS.replace_all(&text, |caps: &Captures<'_>| format!("{}{}", &caps[1], self.leading(&caps[2])));
        let text = BY.replace_all(&text, |caps: &Captures<'_>| format!("{}{}{}", &caps[1], self.person(&caps[2]), &caps[3]));
        let text = LINKED.replace_all(&text, |caps: &Captures<'_>| match &caps[2] {
            reason if caps[1].ends_with('由') && reason.starts_with('于') => caps[0].to_owned(),
            run => format!("{}{}", &caps[1], self.leading(run)),
        });
        let text = BESIDE.replace_all(&text, |caps: &Captures<'_>| format!("{}{}{}", &caps[1], self.leading(&caps[2]), &caps[3]));
        let text = LATIN.replace_all(&text, |caps: &Captures<'_>| format!("{}{}", &caps[1], self.people(&caps[2])));
        let text = BARE.replace_all(&text, |caps: &Captures<'_>| {
            let staff = STAFF.split('|').any(|word| caps[1].trim_end() == word);
            format!("{}{}", &caps[1], if staff { self.guessed(&caps[2]) } else { self.unlearnt(|| self.leading(&caps[2])) })
        });
        CALLED.replace_all(&text, |caps: &Captures<'_>| format!("{}{}", self.last_name(&caps[1]), &caps[2])).into_owned()
    }

    /// The name at the beginning of a run, if one ends there.
    fn leading(&self, run: &str) -> String {
        let role = words::role(run);
        let rest = &run[role.len()..];
        self.first_name(rest).map_or_else(|| run.to_owned(), |name| format!("{role}{}{}", self.name(name), &rest[name.len()..]))
    }

    /// After a courier's title somebody is named even where the end of the name cannot be seen.
    fn guessed(&self, run: &str) -> String {
        let three: String = run.chars().take(3).collect();
        if self.first_name(run).is_some() || !words::role(run).is_empty() || !self.is_name(&three) || words::stops_at(run) {
            return self.leading(run);
        }
        format!("{}{}", self.unlearnt(|| self.name(&three)), &run[three.len()..])
    }

    /// What is not sure is not looked for elsewhere.
    fn unlearnt(&self, write: impl Fn() -> String) -> String {
        let before = self.seen().names.clone();
        let written = write();
        self.seen().names = before;
        written
    }

    /// The name at the end of a run, before a number.
    fn last_name(&self, run: &str) -> String {
        let from = run.rfind(['的', '由', '给', '员', '是', '人', '定', '哥']).map_or(0, |at| at + '的'.len_utf8());
        let (lead, rest) = run.split_at(from);
        let count = rest.chars().count();
        let nick = count == 2 && rest.starts_with(['小', '老', '阿']) && from > 0;
        if nick && !words::is_nobody(rest) || self.is_name(rest) {
            return format!("{lead}{}", self.name(rest));
        }
        let ends = rest.char_indices().map(|(at, _)| &rest[at..]).skip(1);
        let last = ends.filter(|end| (2..=3).contains(&end.chars().count()) && count > 4).find(|end| self.is_name(end));
        last.map_or_else(|| run.to_owned(), |name| format!("{lead}{}{}", &rest[..rest.len() - name.len()], self.name(name)))
    }

    fn titled(&self, text: &str) -> String {
        TITLE
            .replace_all(text, |caps: &Captures<'_>| {
                let run = &caps[1];
                let starts = run.char_indices().map(|(at, _)| at);
                let from = starts.into_iter().find(|at| is_surname(&run[*at..]) && !words::is_nobody(&run[*at..]));
                from.map_or_else(|| caps[0].to_owned(), |at| format!("{}{}{}", &run[..at], self.name(&run[at..]), &caps[2]))
            })
            .into_owned()
    }

    /// The last character before the stars is a surname, or nothing stands before it.
    fn starred(&self, head: &str, stars: &str, tail: &str) -> String {
        let whole = format!("{head}{stars}{tail}");
        let last = head.char_indices().last().map_or(0, |(at, _)| at);
        let from = match head {
            head if LONG_SURNAMES.contains(&head) => 0,
            head if is_surname(&head[last..]) || last == 0 || head.starts_with(['的', '由', '给', '员', '人']) => last,
            _ => return whole,
        };
        let one = stars.chars().count() == 1;
        if one && tail.starts_with(|c: char| c.is_ascii_digit()) && tail.len() < 7 {
            return whole;
        }
        let open = one && tail.starts_with(names::is_han) && !words::stops_at(tail);
        let (name, rest) = if open { (format!("{}{stars}{tail}", &head[from..]), "") } else { (format!("{}{stars}", &head[from..]), tail) };
        let place = words::is_nobody(&head[from..]) || "路街市区县省号村镇乡楼栋室".contains(&head[from..]);
        if place || !names::hidden(&name) { whole } else { format!("{}{}{rest}", &head[..from], self.unlearnt(|| self.name(&name))) }
    }
}

fn is_surname(run: &str) -> bool {
    run.starts_with(|c| SURNAMES.contains(c))
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("written here")
}
