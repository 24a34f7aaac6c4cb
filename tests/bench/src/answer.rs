//! Answers of SF as they arrive: JSON text inside JSON, times without a zone, Chinese wording.

use serde_json::{Value, json};

/// What an SF courier's day leaves behind: code, place, wording.
const SCANS: &[(&str, &str, &str)] = &[
    ("50", "深圳市", "顺丰速运 已收取快件"),
    ("30", "深圳市", "快件在【深圳宝安营业点】完成分拣,准备发往 【深圳宝安集散中心】"),
    ("31", "深圳市", "快件到达 【深圳宝安集散中心】"),
    ("36", "深圳市", "快件已发车"),
    ("31", "武汉市", "快件到达 【武汉吴家山集散中心】"),
    ("30", "武汉市", "快件在【武汉吴家山集散中心】完成分拣,准备发往 【郑州航空港集散中心】"),
    ("31", "郑州市", "快件到达 【郑州航空港集散中心】"),
    ("30", "郑州市", "快件在【郑州航空港集散中心】完成分拣,准备发往 【北京顺义集散中心】"),
    ("31", "北京市", "快件到达 【北京望京营业点】"),
    ("204", "北京市", "快件交给张*师傅,正在派送途中(联系电话:138****0000)"),
    ("44", "北京市", "正在派送途中,请您准备签收(派件人:张*师傅,电话:138****0000)"),
    ("80", "北京市", "您的快件已签收,如有疑问请电联快递员【张*师傅,电话:138****0000】,签收人:本人"),
];

pub struct Sample {
    pub numbers: Vec<String>,
    pub body: Vec<u8>,
}

/// The answer about so many parcels with so many events each.
pub fn of(parcels: usize, events: usize) -> Sample {
    let numbers: Vec<String> = (0..parcels).map(|n| format!("SF{:013}", 1_450_000_000_000_u64 + n as u64 * 7_919)).collect();
    let each: Vec<_> = numbers.iter().enumerate().map(|(n, number)| json!({ "mailNo": number, "routes": routes(n, events) })).collect();
    let inner = json!({ "success": true, "errorCode": "S0000", "errorMsg": null, "msgData": { "routeResps": each } });
    let outer = json!({
        "apiErrorMsg": "", "apiResponseID": "00018A8D56C3A93FC71D6F62A4D83D3F", "apiResultCode": "A1000", "apiResultData": inner.to_string(),
    });
    Sample { numbers, body: outer.to_string().into_bytes() }
}

fn routes(parcel: usize, events: usize) -> Vec<Value> {
    let scans = SCANS.iter().cycle().take(events).enumerate();
    let route = |(i, (code, place, text)): (usize, &(&str, &str, &str))| {
        let minutes = parcel + i * 97;
        let at = format!("2024-03-{:02} {:02}:{:02}:{:02}", 1 + minutes / 1440, minutes / 60 % 24, minutes % 60, (parcel + i * 7) % 60);
        json!({ "acceptAddress": place, "acceptTime": at, "remark": text, "opCode": code })
    };
    scans.map(route).collect()
}
