//! Carriers that tell nothing to a machine: what a clerk learns of their parcels, row by row.
//!
//! Numbers, places and people are invented; each carrier's words are those of its adapter's manifest.

use jiff::ToSpan as _;
use jiff::civil::DateTime;

/// A line of a clerk's sheet, in the order of [`ByHand::headings`].
pub type Row = [String; 7];

/// What is wrong with a row: its columns that are other than they should be.
type Mistake = &'static [(usize, &'static str)];

pub struct ByHand {
    pub carrier: &'static str,
    /// What it calls a waybill number.
    number: &'static str,
    letters: &'static str,
    digits: usize,
    /// Its words for picked up, sent on, arrived, out for delivery, signed, and not delivered.
    words: [&'static str; 6],
    /// One row each, made in a hurry.
    mistakes: [Mistake; 2],
}

/// Of the steps this many are known in the morning.
const BY_MORNING: usize = 3;
const NUMBER: usize = 0;
const TIME: usize = 1;
const NODE: usize = 2;
const TEXT: usize = 3;
const PLACE: usize = 4;
const PLACES: [&str; 5] = ["青石镇营业部", "临江分拨中心", "云台转运站", "南桥网点", "白鹭洲网点"];
const SIGNERS: [&str; 5] = ["卫**", "沈**", "韩**", "杨**", "本人"];

const ALL: [ByHand; 4] = [
    ByHand {
        carrier: "kye",
        number: "跨越单号",
        letters: "KY",
        digits: 13,
        words: ["提货完毕", "机场发件", "中转卸货(派)", "准备派送", "签收完毕", "派送异常"],
        mistakes: [&[(NUMBER, "SF1000000000001")], &[(TIME, "昨天下午")]],
    },
    ByHand {
        carrier: "ane",
        number: "安能单号",
        letters: "",
        digits: 12,
        words: ["揽收", "装车发车", "到达网点", "派送中", "签收", "派送失败"],
        mistakes: [&[(PLACE, "")], &[(TIME, "2099-01-01 08:00")]],
    },
    ByHand {
        carrier: "ymdd",
        number: "托运单号",
        letters: "",
        digits: 11,
        words: ["提货", "在途", "到达目的网点", "送货中", "正常签收", "派送失败"],
        mistakes: [&[(NUMBER, "10000000001")], &[(NODE, "签收"), (TEXT, "客户拒收")]],
    },
    ByHand {
        carrier: "uc",
        number: "优速单号",
        letters: "",
        digits: 14,
        words: ["收件", "发件", "到达网点", "派件", "签收", "派送失败"],
        mistakes: [&[(NUMBER, "6.00012E+13")], &[(TIME, "2026-01-20")]],
    },
];

/// A carrier that clerks write down; none if a machine asks it.
pub fn find(carrier: &str) -> Option<&'static ByHand> {
    ALL.iter().find(|known| known.carrier == carrier)
}

impl ByHand {
    pub fn headings(&self) -> [&'static str; 7] {
        [self.number, "操作时间", "节点", "物流信息", "网点", "签收人", "备注"]
    }

    pub fn numbers(&self, count: usize) -> Vec<String> {
        let (first, width) = (6 * 10_u64.pow(self.digits as u32 - 1), self.digits);
        (0..count as u64).map(|n| format!("{}{:0width$}", self.letters, first + 104_729 + n * 7_919)).collect()
    }

    /// The morning's sheet: how far every parcel is, one row twice, and the mistakes.
    pub fn morning(&self, numbers: &[String], now: DateTime) -> Vec<Row> {
        let mut rows: Vec<Row> =
            numbers.iter().enumerate().flat_map(|(n, number)| self.life(n, number, now).into_iter().take(BY_MORNING)).collect();
        let Some(last) = rows.last().cloned() else { return rows };
        rows.push(last.clone());
        for mistake in self.mistakes {
            let mut row = last.clone();
            // Not the row before, but for the mistake.
            row[TIME] = written(now - 30.minutes());
            mistake.iter().for_each(|(column, wrong)| row[*column] = (*wrong).to_owned());
            rows.insert(rows.len() / 2, row);
        }
        rows
    }

    /// The evening's sheet: everything until now, so the morning's rows again, and nothing mistaken.
    pub fn evening(&self, numbers: &[String], now: DateTime) -> Vec<Row> {
        numbers.iter().enumerate().flat_map(|(n, number)| self.life(n, number, now)).collect()
    }

    /// Of eight parcels one is on its way, one at the door, four are signed for plainly, one in the
    /// moment the courier set out, and one is signed for and then it was not.
    fn life(&self, n: usize, number: &str, now: DateTime) -> Vec<Row> {
        let signed = now - (15 + n as i64 * 13 % 200).minutes() - (n as i64 % 60).seconds();
        let at_once = n % 8 == 5;
        let out = if at_once { signed - 25.seconds() } else { signed - 150.minutes() };
        let times = [signed - 1500.minutes(), signed - 1380.minutes(), signed - 420.minutes(), out, signed, signed + 10.minutes()];
        let known = match n % 8 {
            0 => 3,
            1 => 4,
            7 => 6,
            _ => 5,
        };
        let row = |step: usize| {
            let (text, signer) = match step {
                4 => ("", SIGNERS[n % SIGNERS.len()]),
                5 => ("收件人来电：没有收到货", ""),
                _ => ("", ""),
            };
            let place = PLACES[(n + step.min(3)) % PLACES.len()];
            [number, &written(times[step]), self.words[step], text, place, signer, ""].map(str::to_owned)
        };
        (0..known).map(row).collect()
    }
}

/// As clerks write it: China's time.
fn written(at: DateTime) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
