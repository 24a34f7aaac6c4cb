use posthouse_simulators::Internal;
use tokio::net::UdpSocket;

use crate::town::until;

#[tokio::test]
async fn the_internal_service_tells_everybody_and_counts_them() {
    let internal = Internal::start().await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = |path: &str| format!("http://{}{path}", internal.addr);
    let answer = client.get(url("/img?a=b")).send().await.unwrap();
    assert_eq!((&answer.headers()["access-control-allow-origin"], answer.status().as_u16()), (&"*".parse().unwrap(), 200));
    assert_eq!(answer.text().await.unwrap(), "INTERNAL-SECRET-img");
    client.post(url("/form")).body("a").send().await.unwrap();
    assert_eq!(internal.hits(), ["GET /img", "POST /form"]);
    assert!(internal.connections() >= 1);
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(b"binding", internal.addr).await.unwrap();
    until("the packet is counted", || internal.udp() == 1).await;
}

#[tokio::test]
async fn the_internal_service_ends_with_its_value() {
    let internal = Internal::start().await.unwrap();
    let addr = internal.addr;
    drop(internal);
    for _ in 0..10_000 {
        if tokio::net::TcpListener::bind(addr).await.is_ok() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it still listens");
}
