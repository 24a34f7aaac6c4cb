//! Drawn fields, read by real workers with the real library, as a real browser drew them.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use posthouse::config::{self, Config};
use posthouse::fault::Kind as Fault;
use posthouse::fetch::ocr::{Cell, Drawn, Kind, Knowledge, Ocr};
use posthouse_tests::drawn::{self, FONTS, Look, PHRASES, Table};
use posthouse_tests::{program, until};
use regex::Regex;
use rustix::process::{Pid, Signal, kill_process};

const PLAIN: Look = Look { font: FONTS[0], size: 14, noisy: false };
/// Set for the process that stands for a host.
const STAND_IN: &str = "POSTHOUSE_TEST_STAND_IN";

fn config(more: &str) -> config::Ocr {
    let program = program::posthouse();
    // A machine that pauses: a test about the limit names its own.
    let limit = if more.contains("limit") { "" } else { "limit = '120s'" };
    Config::with(&format!("[ocr]\nprogram = '{}'\n{limit}\n{more}", program.display())).unwrap().ocr
}

async fn read(ocr: &Ocr, table: &Table, picture: Vec<u8>) -> Result<Vec<Drawn>, posthouse::fault::Fault> {
    let cells: Vec<Cell> = table.fields.iter().map(|field| field.cell).collect();
    let phrases = PHRASES.map(str::to_owned);
    ocr.read(picture, &cells, Knowledge { numbers: &[Regex::new(table.number).unwrap()], phrases: &phrases }).await
}

/// Workers that this process started.
fn workers(of: u32) -> Vec<Pid> {
    let is_ours = |pid: i32| {
        let told = |file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let parent = told("stat").rsplit_once(')').and_then(|(_, rest)| rest.split(' ').nth(2)?.parse::<u32>().ok());
        parent == Some(of) && told("cmdline").contains("ocr-worker")
    };
    let names = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    names.filter(|pid| is_ours(*pid)).filter_map(Pid::from_raw).collect()
}

fn is_there(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    // Dead and not reaped yet counts as gone: its parent was killed.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// The evaluation in small (`posthouse-bench ocr` is the large one): one table a font.
#[tokio::test]
async fn what_is_told_of_a_table_is_what_it_says() {
    let ocr = Ocr::new(&config(""));
    let (mut told, mut wrong, mut all) = (0, vec![], 0);
    for (nth, font) in FONTS.into_iter().enumerate() {
        let table = drawn::table(7001 + nth as u64, Look { font, ..PLAIN });
        let drawn = read(&ocr, &table, drawn::picture(&table).unwrap()).await.unwrap();
        for (field, drawn) in table.fields.iter().zip(drawn) {
            all += 1;
            let Drawn::Sure(text) = drawn else { continue };
            told += 1;
            if text != field.says {
                wrong.push((font, field.cell.kind, field.says.clone(), text));
            }
        }
    }
    assert_eq!(all, 400);
    assert!(told >= 370, "{told} of {all} fields were told");
    assert!(wrong.iter().all(|(_, kind, ..)| *kind == Kind::Phrase), "{wrong:#?}");
    assert!(wrong.len() <= 3, "{wrong:#?}");
}

#[tokio::test]
async fn nothing_drawn_is_nothing_and_what_cannot_be_read_is_not_guessed() {
    let ocr = Ocr::new(&config(""));
    let mut table = drawn::table(7010, PLAIN);
    // A hundred lines across everything.
    let lines: String =
        (0..100).map(|n| format!("<line x1={} y1=0 x2={} y2=620 stroke='#555' stroke-width=2 />", n * 9, 900 - n * 7)).collect();
    table.html.push_str(&format!("<svg width=940 height=620>{lines}</svg>"));
    let drawn = read(&ocr, &table, drawn::picture(&table).unwrap()).await.unwrap();
    let told: Vec<_> =
        table.fields.iter().zip(&drawn).filter(|(field, drawn)| matches!(drawn, Drawn::Sure(text) if *text != field.says)).collect();
    assert!(told.is_empty(), "{told:#?}");
    assert!(drawn.iter().filter(|drawn| matches!(drawn, Drawn::Unsure(_))).count() > 60);

    let empty = Table { html: "<!doctype html><body style='background:#333'>".into(), fields: table.fields[..1].to_vec(), ..table };
    let picture = drawn::picture(&empty).unwrap();
    let outside =
        Table { fields: vec![drawn::Field { cell: Cell { x: 9000, ..empty.fields[0].cell }, says: String::new() }], ..empty.clone() };
    assert_eq!(read(&ocr, &empty, picture.clone()).await.unwrap(), [Drawn::Sure(String::new())]);
    assert!(matches!(&read(&ocr, &outside, picture).await.unwrap()[..], [Drawn::Unsure(why)] if why.contains("outside")));
}

#[tokio::test]
async fn a_worker_that_is_killed_is_replaced_and_none_outlives_the_pool() {
    let ocr = Ocr::new(&config(""));
    let table = drawn::table(7020, PLAIN);
    let picture = drawn::picture(&table).unwrap();
    let first = read(&ocr, &table, picture.clone()).await.unwrap();
    let before = workers(std::process::id());
    assert!(!before.is_empty());
    let (again, ()) = tokio::join!(read(&ocr, &table, picture), async {
        tokio::task::yield_now().await;
        before.iter().for_each(|pid| kill_process(*pid, Signal::KILL).unwrap());
    });
    assert_eq!(again.unwrap(), first);
    drop(ocr);
    for pid in before {
        until("a worker is gone", async || (!is_there(pid)).then_some(())).await;
    }
}

#[tokio::test]
async fn a_fault_says_what_to_do() {
    let table = drawn::table(7030, PLAIN);
    let picture = drawn::picture(&table).unwrap();
    for (more, picture, words) in [("limit = '1ms'", picture.clone(), "ocr.limit"), ("", b"no picture".to_vec(), "not a PNG")] {
        let fault = read(&Ocr::new(&config(more)), &table, picture).await.unwrap_err();
        assert_eq!(fault.kind, Fault::Host);
        assert!(fault.detail.contains(words), "{fault}");
    }
    for (program, words) in [("/bin/false", "died"), ("/nowhere/posthouse", "does not start")] {
        let ocr = Ocr::new(&config::Ocr { program: program.into(), ..config("") });
        let fault = read(&ocr, &table, picture.clone()).await.unwrap_err();
        assert!(fault.kind == Fault::Host && fault.detail.contains(words), "{fault}");
    }
}

/// Run by the next test in a process of its own.
#[tokio::test]
#[ignore = "stands for a host that is killed"]
async fn stand_in() {
    if std::env::var_os(STAND_IN).is_none() {
        return;
    }
    let ocr = Ocr::new(&config(""));
    let table = drawn::table(7040, PLAIN);
    read(&ocr, &table, drawn::picture(&table).unwrap()).await.unwrap();
    println!("\nread");
    std::future::pending::<()>().await;
}

/// Even one that is stopped, and so would never notice that its pipe was closed.
#[tokio::test]
async fn no_worker_outlives_a_host_that_is_killed() {
    let mut host = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "stand_in", "--ignored", "--nocapture"])
        .env(STAND_IN, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(host.stdout.take().unwrap()).lines().map_while(Result::ok).any(|line| line == "read");
    let workers = workers(host.id());
    workers.iter().for_each(|pid| kill_process(*pid, Signal::STOP).unwrap());
    host.kill().unwrap();
    host.wait().unwrap();
    assert!(said, "it read");
    assert_eq!(workers.len(), 1);
    until("the worker is gone", async || (!is_there(workers[0])).then_some(())).await;
}
