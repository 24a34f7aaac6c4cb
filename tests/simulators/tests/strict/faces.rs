//! What pages show instead of their rows, or beside them.

use posthouse_simulators::{Carrier, Face, Internal, Pace};
use serde_json::json;

use crate::town::{PAGES, Town};

#[tokio::test]
async fn a_page_can_ask_refuse_or_be_out_of_order() {
    let town = Town::open().await;
    let notices = [
        (Face::Slider, 200, "<div class=\"nc-container\"><p>请拖动滑块完成验证</p>"),
        (Face::Captcha, 200, "<div class=\"captcha\"><p>请输入验证码</p>"),
        (Face::Login, 200, "<div class=\"login-box\"><p>请先登录</p>"),
        (Face::Refused, 403, "访问被拒绝"),
        (Face::TooOften, 200, "访问过于频繁"),
        (Face::Maintenance, 200, "系统维护中，请稍后再试"),
    ];
    for (carrier, _) in PAGES {
        let parcel = town.parcel(carrier, Pace::Complete);
        for (face, status, words) in notices {
            town.face(carrier, face);
            assert_eq!(town.visit(carrier, &parcel.number).await.status(), status);
            let page = town.page(carrier, &parcel.number).await;
            assert!(page.contains(words) && !page.contains(&parcel.number), "{carrier}: {page}");
        }
        assert_eq!(town.refusals(carrier)["captcha"], 2);
    }
}

#[tokio::test]
async fn a_face_lasts_for_so_many_visits_and_belongs_to_one_carrier() {
    let town = Town::open().await;
    let parcel = town.parcel(Carrier::Sto, Pace::Complete);
    town.control("/page", json!({ "carrier": "sto", "face": "captcha", "next": 2 })).await;
    let asks = async |carrier| town.page(carrier, &parcel.number).await.contains("class=\"captcha\"");
    assert!(!asks(Carrier::Jt).await);
    assert_eq!([asks(Carrier::Sto).await, asks(Carrier::Sto).await, asks(Carrier::Sto).await], [true, true, false]);
}

#[tokio::test]
async fn words_can_be_drawn_in_three_ways() {
    let town = Town::open().await;
    for (carrier, _) in PAGES {
        let usual = if carrier == Carrier::Jt { "canvas" } else { "text" };
        for (face, how) in [(Face::Normal, usual), (Face::Canvas, "canvas"), (Face::Images, "images"), (Face::Noisy, "noisy")] {
            town.face(carrier, face);
            assert!(town.page(carrier, "1").await.contains(&format!("const how = '{how}';")), "{carrier} {how}");
        }
    }
}

#[tokio::test]
async fn rows_can_come_late_be_fewer_or_be_somebody_elses() {
    let town = Town::open().await;
    for (carrier, _) in PAGES {
        let parcel = town.parcel(carrier, Pace::Complete);
        town.face(carrier, Face::Slow);
        assert!(town.page(carrier, &parcel.number).await.contains("3000);"), "{carrier}");
        town.face(carrier, Face::Paged);
        let paged = town.page(carrier, &parcel.number).await;
        assert!(paged.contains("<div class=\"pager\"") && paged.contains("<a class=\"next\" href=\"#2\">下一页</a>"), "{carrier}");
        town.face(carrier, Face::OtherParcel);
        let other = town.page(carrier, &parcel.number).await;
        assert!(!other.contains(&format!(">{}</span>", parcel.number)), "{carrier}");
    }
    let parcel = town.parcel(Carrier::Sto, Pace::Complete);
    town.face(Carrier::Sto, Face::Paged);
    assert_eq!(town.page(Carrier::Sto, &parcel.number).await.matches("<td width=\"25%\">").count(), 3);
    let young = town.parcel(Carrier::Sto, Pace::Held(3));
    assert!(!town.page(Carrier::Sto, &young.number).await.contains("pager"), "three rows are all there are");
    for (face, words) in [(Face::Empty, "该单号暂无物流信息"), (Face::NoRecord, "没有查到此单号的信息")] {
        town.face(Carrier::Sto, face);
        assert!(town.page(Carrier::Sto, &parcel.number).await.contains(words));
    }
}

#[tokio::test]
async fn a_changed_layout_has_no_name_that_a_reader_knows() {
    let town = Town::open().await;
    for (carrier, _) in PAGES {
        let parcel = town.parcel(carrier, Pace::Complete);
        let usual = town.page(carrier, &parcel.number).await;
        town.face(carrier, Face::Renamed);
        let changed = town.page(carrier, &parcel.number).await;
        let names = "tab_result Repeater1 no_result wen_no showTable class=\"scan\" 'scan' 'bill' trackList waybill-no trace-time \
            id=\"waybill\" id=\"query\" 'result' 'detail'";
        assert!(names.split_whitespace().any(|name| usual.contains(name)), "{carrier}");
        assert!(!names.split_whitespace().any(|name| changed.contains(name)), "{carrier}");
        assert_eq!(usual.contains(&parcel.number), changed.contains(&parcel.number), "the data is the same");
    }
}

#[tokio::test]
async fn a_stalled_page_begins_and_never_ends() {
    let town = Town::open().await;
    town.face(Carrier::Sto, Face::Stalled);
    let mut response = town.visit(Carrier::Sto, "1").await;
    assert!(response.chunk().await.unwrap().unwrap().starts_with(b"<!DOCTYPE html>"));
    tokio::select! {
        biased;
        _ = response.chunk() => panic!("there was more"),
        stats = town.get("/control/stats") => assert_eq!(stats["sto"]["pages"], 1),
    }
}

#[tokio::test]
async fn a_huge_page_has_fifty_megabytes_and_an_end() {
    let town = Town::open().await;
    town.face(Carrier::Yunda, Face::Huge);
    let body = town.visit(Carrier::Yunda, "1").await.bytes().await.unwrap();
    assert!(body.len() > 50_000_000 && body.ends_with(b"</body>\n</html>\n"));
}

#[tokio::test]
async fn hostile_faces_lead_where_they_say() {
    let town = Town::open().await;
    let (internal, parcel) = (Internal::start().await.unwrap(), town.parcel(Carrier::Sto, Pace::Complete));
    let at = internal.addr;
    let careful = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = town.sims.url(&format!("/sto/track.aspx?wen={}", parcel.number));
    for (face, to) in [(Face::ToFile, "file:///etc/passwd".to_owned()), (Face::ToPrivate(at), format!("http://{at}/redirect"))] {
        town.face(Carrier::Sto, face);
        let response = careful.get(&url).send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.headers()["location"].to_str().unwrap()), (302, &*to));
    }
    for (face, words) in [
        (Face::Endless, "while (true) {}".to_owned()),
        (Face::EndlessMemory, "kept.push(".into()),
        (Face::Popup, "window.open(".into()),
        (Face::Download, "link.download = ".into()),
        (Face::Dialog, "alert(".into()),
        (Face::ToFileScript, "location = 'file:///etc/passwd'".into()),
        (Face::ToPrivateScript(at), format!("location = 'http://{at}/location'")),
        (Face::Hostile(at), format!("src=\"http://{at}/img\"")),
    ] {
        town.face(Carrier::Sto, face);
        let page = town.page(Carrier::Sto, &parcel.number).await;
        assert!(page.contains(&words) && page.contains("<td width=\"25%\">"), "{words} beside the rows");
    }
    assert!(internal.hits().is_empty());
}

#[tokio::test]
async fn what_hostile_pages_lead_to_is_there() {
    let town = Town::open().await;
    let internal = Internal::start().await.unwrap();
    let file = town.client.get(town.sims.url("/ems/attachment")).send().await.unwrap();
    assert!(file.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let worker = town.client.get(town.sims.url("/ems/worker.js")).send().await.unwrap();
    assert_eq!(worker.headers()["content-type"], "text/javascript");
    let away = town.client.get(town.sims.url(&format!("/ems/away?to={}", internal.addr))).send().await.unwrap();
    assert!(away.text().await.unwrap().starts_with(Internal::SECRET));
    assert_eq!(internal.hits(), ["GET /redirected-fetch"]);
}
