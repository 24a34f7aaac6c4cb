//! What a Chinese wording means where a code is unknown or missing.
//!
//! The table is read top down and the first row that matches decides, so the negatives stand
//! first: "准备签收" is on the way, "预计投递" is not delivered, a parcel taken back out of a
//! locker by the courier is not signed. Wording is from real samples.

use crate::status;

const RULES: &[(&str, &[&str])] = &[
    (status::OUT_FOR_DELIVERY, &["准备签收", "正在派送", "派送途中", "正在派件", "派送中", "安排投递", "安排再次", "取消派件"]),
    (status::REFUSED, &["拒收", "拒签"]),
    (status::RETURNED_TO_SENDER, &["退回签收", "退件签收", "已退回寄件", "退回妥投"]),
    (status::RETURN_INITIATED, &["退回", "退件", "退货"]),
    (status::DELIVERY_ATTEMPTED, &["派送不成功", "派件不成功", "未妥投", "投递未成功", "派送失败"]),
    (status::EXCEPTION, &["问题件", "异常", "滞留", "延误"]),
    (status::DELIVERED, &["已取走", "客户已取件", "凭取货码签收", "凭取件码签收", "凭取件码取出", "已签收", "签收人", "已妥投", "妥投"]),
    (status::DELIVERY_TO_LOCKER, &["丰巢", "自提柜", "快递柜", "驿站", "代收", "暂存至", "存放至", "入柜"]),
    (status::OUT_FOR_DELIVERY, &["派件", "派送"]),
    (status::PICKED_UP, &["已揽收", "已揽件", "已收件", "已收取快件", "已取件", "收寄", "揽收"]),
    (status::ARRIVED_AT_HUB, &["已到达", "快件到达", "到达", "已收入"]),
    (status::DEPARTED_FROM_HUB, &["离开", "发往", "已发出", "已发车", "装车"]),
];

const NOT_YET: &[&str] = &["预计", "将于", "即将"];

const REVOKES: &[&str] = &[
    "妥投撤销",
    "撤销签收",
    "签收撤销",
    "取消签收",
    "撤销妥投",
    "取消派件",
    "取消投递",
    "将快件取出",
    "将包裹取出",
    "取出重派",
    "取出，安排再次",
    "投递员取走",
    "快递员取走",
    "快递员已取出",
];

/// Whether a wording takes a delivery or a hand-over back.
pub fn revokes(text: &str) -> bool {
    REVOKES.iter().any(|words| text.contains(words))
}

/// The status a wording suggests; `in_transit` if it says nothing known.
pub fn status_of(text: &str) -> &'static str {
    let promised = NOT_YET.iter().any(|word| text.contains(word));
    RULES
        .iter()
        .filter(|(code, _)| !(promised && *code == status::DELIVERED))
        .find(|(_, words)| words.iter().any(|word| text.contains(word)))
        .map_or(status::IN_TRANSIT, |(code, _)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negatives_are_not_deliveries() {
        for (text, expected) in [
            ("正在派送途中,请您准备签收", status::OUT_FOR_DELIVERY),
            ("预计今天妥投", status::IN_TRANSIT),
            ("快递员取消派件将快件取出丰巢", status::OUT_FOR_DELIVERY),
            ("已签收,签收人:本人", status::DELIVERED),
            ("客户已取件", status::DELIVERED),
            ("快件到达 【XXX集散中心】", status::ARRIVED_AT_HUB),
            ("派件不成功", status::DELIVERY_ATTEMPTED),
            ("暂存至丰巢", status::DELIVERY_TO_LOCKER),
            ("到达：某某分部 快件已存放至某某超市，请凭取货码领取", status::DELIVERY_TO_LOCKER),
            ("派件员已将包裹从驿站取出，安排再次派送", status::OUT_FOR_DELIVERY),
            ("包裹已凭取件码签收", status::DELIVERED),
            ("", status::IN_TRANSIT),
        ] {
            assert_eq!(status_of(text), expected, "{text}");
        }
    }
}
