//! A clerk's sheet of 10,000 rows: tried and taken in, against the library reading it alone.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::time::Instant;

use calamine::{Reader as _, Xlsx};
use posthouse::entry::import::{Import, import};
use posthouse::parcel::Account;
use rust_xlsxwriter::Workbook;

use crate::Options;
use crate::house::Bench;
use crate::measure::{Samples, in_turns, median};
use crate::report::{Figure, Side};

const ROWS: usize = 10_000;

pub fn figures(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let bench = runtime.block_on(Bench::by_hand(options))?;
    let numbers: Vec<String> = (0..ROWS).map(|n| format!("KY{:013}", 4_000_000_000_000_u64 + n as u64)).collect();
    runtime.block_on(bench.register("kye", &numbers))?;
    let mut taken = 0;
    let mut taking = |dry_run: bool| {
        // Rows of another minute are other rows.
        taken += usize::from(!dry_run);
        let sheet = workbook(&numbers, taken).expect("a workbook is written");
        let begun = Instant::now();
        let done = runtime.block_on(import(&bench.house, wish(dry_run), sheet)).expect("the sheet is good");
        assert_eq!(done.verdicts.len(), ROWS);
        begun.elapsed().as_secs_f64()
    };
    let plain = workbook(&numbers, 0)?;
    let mut alone = || {
        let begun = Instant::now();
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(plain.clone())).expect("it is a workbook");
        let range = book.worksheet_range_at(0).expect("a sheet").expect("it is read");
        assert_eq!(range.height(), ROWS + 1);
        begun.elapsed().as_secs_f64()
    };
    let rounds = options.rounds.min(5);
    let tried = in_turns(rounds, &mut [&mut || taking(true), &mut alone]);
    let kept = in_turns(rounds, &mut [&mut || taking(false), &mut alone]);
    let figure = |name: &str, samples: Vec<Samples>| {
        let mut sides = samples.into_iter().map(|samples| Side { median: median(&samples), unit: "s".into(), samples });
        let (ours, peer) = (sides.next().expect("ours"), sides.next().expect("the peer"));
        Figure::ratio(name, "10,000 rows of XLSX; the peer is calamine reading all cells, without a verdict", ours, peer, None)
    };
    Ok(vec![figure("sheet tried", tried), figure("sheet taken in", kept)])
}

fn wish(dry_run: bool) -> Import {
    let account = Account::new("kye", "main");
    Import { account, name: "bench.xlsx".into(), digest: String::new(), told: BTreeMap::new(), actor: "bench".into(), dry_run }
}

fn workbook(numbers: &[String], minute: usize) -> anyhow::Result<Vec<u8>> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, heading) in ["运单号", "时间", "节点", "说明", "地点", "签收人", "备注"].iter().enumerate() {
        sheet.write(0, column as u16, *heading)?;
    }
    for (nth, number) in numbers.iter().enumerate() {
        let time = format!("2026-01-20 14:{minute:02}:{:02}", nth % 60);
        let place = format!("温州瓯海第{}网点", nth % 97);
        for (column, text) in [number.as_str(), &time, "到达网点", "快件到达网点", &place, "", "电话查询"].iter().enumerate()
        {
            sheet.write(nth as u32 + 1, column as u16, *text)?;
        }
    }
    Ok(book.save_to_buffer()?)
}
