//! Phrases of a track, snapped to those that are known as far as that is safe.
//!
//! A phrase may have holes, `{}`: what stands there is kept as it was read.

use std::sync::LazyLock;

use super::cities;
use super::fold::fold;

static USUAL: LazyLock<Vec<String>> = LazyLock::new(|| {
    let lines = include_str!("../phrases.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(str::to_owned).collect()
});

/// Characters that turn a meaning round: one read for another is another meaning, not a misreading.
const TURNING: &str = "未末不没无非拒退误失破损改异待";
/// A character that is seldom read as it is, and what comes instead. Nothing that 签 is ever read as.
const SELDOM: (char, &str) = ('揽', "摸挠找挽搅");
/// So many characters, brackets and commas not counted, bear one wrong one.
const BEARS: usize = 6;
/// What is never inside a hole.
const BOUNDS: &str = "【】,";
/// Stands for a hole. No engine reads it.
const HOLE: char = '\0';
/// Longest text that is compared.
const LONGEST: usize = 200;

/// A phrase with its holes filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    pub text: String,
    /// What stands in its holes is in our lists, too.
    pub is_known: bool,
}

/// The one phrase that is meant. None: there is none near enough, or more than one.
pub fn snap(folded: &str, carriers: &[String]) -> Option<Phrase> {
    let read: Vec<char> = folded.chars().filter(|c| *c != ' ').collect();
    if read.len() > LONGEST {
        return None;
    }
    let mut near: Vec<(usize, usize, Phrase)> = carriers.iter().chain(USUAL.iter()).filter_map(|phrase| match_one(phrase, &read)).collect();
    near.sort_by_key(|&(distance, holes, _)| (distance, holes));
    let (distance, holes, nearest) = near.first()?;
    let is_rival = |(d, h, other): &(usize, usize, Phrase)| (d, h) == (distance, holes) && fold(&other.text) != fold(&nearest.text);
    (!near.iter().any(is_rival)).then(|| nearest.clone())
}

/// Its distance, its holes (fewer say more) and the phrase as it is told.
fn match_one(phrase: &str, read: &[char]) -> Option<(usize, usize, Phrase)> {
    let known: Vec<char> = fold(phrase).replace("{}", "\0").chars().filter(|c| *c != ' ').collect();
    let fixed = known.iter().filter(|c| c.is_alphanumeric()).count();
    let allowed = fixed / BEARS;
    let read = &mended(&known, read)[..];
    let (distance, holes) = aligned(&known, read, allowed)?;
    let text = holes.iter().fold(phrase.to_owned(), |phrase, hole| phrase.replacen("{}", hole, 1));
    let outside: usize = turning(&known);
    let inside: usize = holes.iter().map(|hole| turning(&hole.chars().collect::<Vec<_>>())).sum();
    let is_known = holes.iter().all(|hole| cities::is_site(hole));
    (outside + inside == turning(read)).then_some((distance, holes.len(), Phrase { text, is_known }))
}

/// With the character that is seldom read right, where as many stand for it as it should be there.
fn mended(known: &[char], read: &[char]) -> Vec<char> {
    let (seldom, instead) = SELDOM;
    let is_it = |c: &char| *c == seldom || instead.contains(*c);
    let should = known.iter().filter(|c| **c == seldom).count();
    let mend = should > 0 && read.iter().filter(|c| is_it(c)).count() == should;
    read.iter().map(|c| if mend && is_it(c) { seldom } else { *c }).collect()
}

fn turning(text: &[char]) -> usize {
    text.iter().filter(|c| TURNING.contains(**c)).count()
}

/// Distance of the fixed parts, and what the holes hold. A hole is not empty, and its neighbours were
/// read as they are: else nobody knows where it ends.
fn aligned(known: &[char], read: &[char], allowed: usize) -> Option<(usize, Vec<String>)> {
    let cost = costs(known, read);
    let distance = cost[known.len()][read.len()];
    if distance > allowed {
        return None;
    }
    let (mut k, mut r, mut holes, mut hole) = (known.len(), read.len(), vec![], String::new());
    let is_hole = |k: usize| known.get(k) == Some(&HOLE);
    while k > 0 || r > 0 {
        if k > 0 && is_hole(k - 1) {
            hole.insert(0, read[r.checked_sub(1)?]);
            r -= 1;
            if cost[k - 1][r] == cost[k][r + 1] {
                holes.insert(0, std::mem::take(&mut hole));
                k -= 1;
            }
            continue;
        }
        let same = k > 0 && r > 0 && known[k - 1] == read[r - 1];
        if !same && (is_hole(k) || (k > 1 && is_hole(k - 2))) {
            return None;
        }
        (k, r) = back(&cost, (k, r), same)?;
    }
    Some((distance, holes))
}

/// One step towards the beginning.
fn back(cost: &[Vec<usize>], (k, r): (usize, usize), same: bool) -> Option<(usize, usize)> {
    let here = cost[k][r];
    let from = |k: Option<usize>, r: Option<usize>, step: usize| Some((k?, r?)).filter(|&(k, r)| cost[k][r] + step == here);
    let (before_k, before_r) = (k.checked_sub(1), r.checked_sub(1));
    from(before_k, before_r, usize::from(!same)).or_else(|| from(before_k, Some(r), 1)).or_else(|| from(Some(k), before_r, 1))
}

/// Levenshtein's table; a hole takes one character or more for nothing.
fn costs(known: &[char], read: &[char]) -> Vec<Vec<usize>> {
    const NEVER: usize = usize::MAX / 2;
    let mut cost = vec![vec![NEVER; read.len() + 1]; known.len() + 1];
    cost[0] = (0..=read.len()).collect();
    for (k, &c) in known.iter().enumerate() {
        cost[k + 1][0] = if c == HOLE { NEVER } else { cost[k][0] + 1 };
        for (r, &d) in read.iter().enumerate() {
            cost[k + 1][r + 1] = match c {
                HOLE if BOUNDS.contains(d) => NEVER,
                HOLE => cost[k][r].min(cost[k + 1][r]),
                _ => (cost[k][r] + usize::from(c != d)).min(cost[k][r + 1] + 1).min(cost[k + 1][r] + 1),
            };
        }
    }
    cost
}

/// Steps that turn one text into another.
pub fn turn(one: &[char], other: &[char]) -> usize {
    costs(one, other)[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(read: &str, expected: Option<&str>) {
        let carriers = ["已签收，签收人是本人".to_owned(), "快件已由【{}】代收，请及时取件".to_owned(), "{}已为您派件".to_owned()];
        assert_eq!(snap(&fold(read), &carriers).map(|phrase| phrase.text).as_deref(), expected, "{read}");
    }

    #[test]
    fn the_list_is_in_one_form() {
        assert!(USUAL.len() > 50);
        USUAL.iter().for_each(|phrase| assert_eq!(&fold(phrase), phrase));
    }

    #[test]
    fn a_phrase_is_told_as_it_stands_in_its_list() {
        check("已签收", Some("已签收"));
        check("您 的 快 件 已 签 收 ， 签 收 人 ： 本 人", Some("您的快件已签收,签收人:本人"));
        check("快件已签收", Some("快件已签收"));
        check("已签收,签收人是本人", Some("已签收，签收人是本人"));
        check("快件已由【菜鸟驿站】代收,请及时取件", Some("快件已由【菜鸟驿站】代收，请及时取件"));
        check("快件离开【杭州转运中心】,发往【广州转运中心】", Some("快件离开【杭州转运中心】,发往【广州转运中心】"));
        check("快件离开【杭州转运中心】,已发入【广州】", Some("快件离开【杭州转运中心】,已发往【广州】"));
        check("王小二已为您派件", Some("王小二已为您派件"));
    }

    #[test]
    fn long_phrases_bear_a_wrong_character_and_short_ones_do_not() {
        check("快件已致达目的地", Some("快件已到达目的地"));
        check("快件正在派送中请您准备签收", Some("快件正在派送中,请您准备签收"));
        check("已鉴收", None);
        check("派仵中", None);
        check("快仵己致达目的地", None);
    }

    #[test]
    fn a_character_that_is_seldom_read_right_is_known_by_what_comes_instead() {
        let carriers = ["快件揽收".to_owned(), "快件签收".to_owned(), "快件取出".to_owned()];
        let snapped = |read: &str| snap(&fold(read), &carriers).map(|phrase| phrase.text);
        assert_eq!(snapped("快件摸收").as_deref(), Some("快件揽收"));
        assert_eq!(snapped("快件签收").as_deref(), Some("快件签收"), "another phrase, read exactly");
        assert_eq!(snapped("快件鉴收"), None, "as near to one as to the other");
        assert_eq!(snapped("快仵摸收"), None);
        assert_eq!(snapped("快件摸出"), None);
        assert_eq!(snapped("【无锡】已摸收").as_deref(), Some("【无锡】已揽收"));
    }

    #[test]
    fn a_turned_meaning_is_never_bridged() {
        check("未签收", None);
        check("快件未签收", None);
        check("快件已拒收", None);
        check("快件未到达目的地", None);
        check("您的快件未签收,签收人:本人", None);
        check("快件已退回", Some("快件已退回"));
    }

    #[test]
    fn a_hole_is_never_empty_and_its_edges_are_certain() {
        check("快件已到达【】", None);
        check("快件已到达【杭州", None);
        check("快件已到达杭州】", None);
        check("快件已到达(杭州】", None);
        check("【无锡】已揽收", Some("【无锡】已揽收"));
        check("【无锡】末揽收", None);
    }

    #[test]
    fn distances() {
        for (one, other, expected) in [("", "ab", 2), ("ab", "ab", 0), ("abc", "adc", 1), ("abc", "ac", 1), ("ac", "abc", 1)] {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(turn(&chars(one), &chars(other)), expected, "{one} {other}");
        }
    }
}
