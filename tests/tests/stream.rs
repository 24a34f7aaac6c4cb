//! The stream of what changes: from where a reader left off, at its own pace.

use std::time::Duration;

use posthouse_tests::rows::{enter, minutes_ago};
use posthouse_tests::{BOUND, Setup, TestHost, program};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpSocket;

const MANY: usize = 5000;

fn number(nth: usize) -> String {
    format!("KY41000000{nth:05}")
}

async fn host() -> TestHost {
    Setup::bare(&program::adapters()).with("stream = { heartbeat = '100ms', patience = '300ms', readers = 4 }").start().await
}

async fn letters(host: &TestHost, from: usize, count: usize, words: usize) {
    let numbers: Vec<String> = (from..from + count).map(number).collect();
    for some in numbers.chunks(100) {
        host.register(&some.iter().map(|number| json!({ "carrier": "kye", "number": number })).collect::<Vec<_>>()).await;
        let row = |number: &String| json!({ "number": number, "time": minutes_ago(5), "node": "揽收", "text": "运".repeat(words) });
        let told = enter(host, "kye", &some.iter().map(row).collect::<Vec<_>>()).await;
        assert_eq!(told["entered"], some.len(), "{told}");
    }
}

/// A reader that takes events one by one.
struct Stream(reqwest::Response, Vec<u8>);

/// What stands between two empty lines.
#[derive(Debug, Default)]
struct Told {
    id: String,
    event: String,
    data: String,
    comment: bool,
}

impl Stream {
    async fn open(host: &TestHost, query: &str, last: Option<&str>) -> Self {
        let mut request = host.request(reqwest::Method::GET, &format!("/v1/events/stream{query}")).timeout(BOUND);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{query}");
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self(answer, vec![])
    }

    /// The next event or comment.
    async fn next(&mut self) -> Told {
        loop {
            if let Some(end) = self.1.windows(2).position(|two| two == b"\n\n") {
                let lines: Vec<u8> = self.1.drain(..end + 2).collect();
                let mut told = Told::default();
                for line in String::from_utf8(lines).unwrap().lines() {
                    match line.split_once(':') {
                        Some(("id", id)) => told.id = id.trim().into(),
                        Some(("event", event)) => told.event = event.trim().into(),
                        Some(("data", data)) => told.data = data.trim().into(),
                        _ => told.comment = true,
                    }
                }
                return told;
            }
            self.1.extend(self.0.chunk().await.unwrap().expect("the stream goes on"));
        }
    }

    async fn event(&mut self) -> (String, Value) {
        loop {
            let told = self.next().await;
            if !told.data.is_empty() {
                assert_eq!(told.event, "parcel.events");
                return (told.id, serde_json::from_str(&told.data).unwrap());
            }
        }
    }
}

fn of(event: &Value) -> &str {
    event["data"]["parcel"]["number"].as_str().unwrap()
}

#[tokio::test]
async fn a_reader_hears_what_changes_and_goes_on_where_it_left_off() {
    let host = host().await;
    letters(&host, 0, 1, 1).await;
    let mut stream = Stream::open(&host, "", None).await;
    letters(&host, 1, 5, 1).await;
    let mut last = String::new();
    for nth in 1..4 {
        let (id, event) = stream.event().await;
        assert_eq!((of(&event), event["data"]["id"].as_str().unwrap()), (number(nth).as_str(), id.as_str()), "from now on");
        last = id;
    }
    drop(stream);
    letters(&host, 6, 1, 1).await;
    let mut stream = Stream::open(&host, "", Some(&last)).await;
    for nth in 4..7 {
        assert_eq!(of(&stream.event().await.1), number(nth), "nothing is missed");
    }
    while !stream.next().await.comment {}
    let mut all = Stream::open(&host, "?after=0&carriers=kye&statuses=picked_up,delivered", None).await;
    assert_eq!(of(&all.event().await.1), number(0));
    let mut none = Stream::open(&host, "?after=0&statuses=delivered", None).await;
    assert!(none.next().await.comment, "only heartbeats");
    host.get("/v1/events/stream?after=evt_ffffffff_1").await.is_problem(400, "last-event-id");
    host.get("/v1/events/stream?statuses=arrived").await.is_problem(400, "status");
    let _fourth = Stream::open(&host, "", None).await;
    host.get("/v1/events/stream").await.is_problem(503, "busy");
    let ran = host.run(&["event", "tail", "--after", "0", "--count", "2", "--json", "--url", &host.url]);
    assert_ne!(ran.code, 0, "all seats are taken: {ran:?}");
    drop((stream, all, none));
    let ran = posthouse_tests::until("a seat is free", async || {
        Some(host.run(&["event", "tail", "--after", "0", "--count", "2", "--json", "--url", &host.url])).filter(|ran| ran.code == 0)
    })
    .await;
    assert_eq!(ran.out.lines().count(), 2);
    host.stop().await;
}

/// It asks and then reads nothing until it is let go; what it lost it gets by coming back.
#[tokio::test]
async fn a_reader_that_takes_nothing_is_let_go_and_misses_nothing() {
    let host = host().await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut socket = socket.connect(host.url.strip_prefix("http://").unwrap().parse().unwrap()).await.unwrap();
    let request = format!(
        "GET /v1/events/stream?after=0 HTTP/1.1\r\nhost: posthouse\r\nconnection: close\r\nauthorization: Bearer {}\r\n\r\n",
        host.key
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut reader = BufReader::new(socket);
    let mut line = String::new();
    reader.read_line(&mut line).await.unwrap();
    assert!(line.contains("200"), "{line}");
    // More than a socket holds.
    letters(&host, 0, MANY, 400).await;
    posthouse_tests::until("its seat is free again", async || {
        let metrics = host.get("/metrics").await.body;
        metrics.lines().any(|line| line.starts_with("posthouse_stream_let_go_total") && !line.ends_with(" 0")).then_some(())
    })
    .await;
    let mut rest = vec![];
    tokio::time::timeout(BOUND, reader.read_to_end(&mut rest)).await.expect("the stream ends").ok();
    let text = String::from_utf8_lossy(&rest);
    let last = text.lines().rev().skip(1).find_map(|line| line.strip_prefix("id:")).expect("some events came").trim().to_owned();
    let heard = text.lines().filter(|line| line.starts_with("data:")).count();
    assert!(heard < MANY, "it heard everything: it was not slow");
    let mut stream = Stream::open(&host, "", Some(&last)).await;
    let first = of(&stream.event().await.1).to_owned();
    let place = |text: &str| text[text.len() - 5..].parse::<usize>().unwrap();
    assert!(place(&first) <= heard, "{first} after {heard}");
    let mut now = first;
    while place(&now) < MANY - 1 {
        let next = tokio::time::timeout(Duration::from_secs(20), stream.event()).await.expect("the next one comes").1;
        assert_eq!(place(of(&next)), place(&now) + 1);
        now = of(&next).to_owned();
    }
    host.stop().await;
}
