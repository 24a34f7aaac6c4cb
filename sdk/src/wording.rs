//! What a Chinese wording means where a code is unknown or missing.
//!
//! The table is read top down and the first row that matches decides, so the negatives stand
//! first: "准备签收" is on the way, "预计投递" is not delivered, a parcel taken back out of a
//! locker by the courier is not signed. A `*` stands for anything in between. The phrases it is
//! tested with were written before it, by hand.

use crate::status;

const RULES: &[(&str, &[&str])] = &[
    (status::RETURNED_TO_SENDER, &["退回*签收", "退件*签收", "返货*签收", "已退还寄件", "已退回寄件", "退回妥投"]),
    (status::IN_RETURN_TRANSIT, &["退回件正在", "退回途中", "退件途中", "返货途中", "退件运输", "退回运输", "退件运往", "退回件运往"]),
    (status::RETURN_INITIATED, &["退回", "退件", "退货", "返货"]),
    (status::IN_TRANSIT, &["已找回"]),
    (status::OUT_FOR_DELIVERY, &["妥投*撤销", "签收*撤销", "撤销*签收", "取消派件", "将快件取出", "取出*派送", "取出*投递"]),
    (status::REFUSED, &["拒收", "拒签", "拒绝签收", "拒付"]),
    (
        status::DELIVERY_ATTEMPTED,
        &[
            "派送不成功",
            "派件不成功",
            "未妥投",
            "投递未成功",
            "派送失败",
            "派件失败",
            "投递失败",
            "签收失败",
            "要求改期",
            "要求延迟*派送",
            "改期派送",
            "改约",
        ],
    ),
    (status::RECIPIENT_UNAVAILABLE, &["联系不上", "无人接听", "收件人不在", "无法联系"]),
    (status::ADDRESS_ISSUE, &["地址不详", "地址不清", "地址有误", "地址错误", "查无此址", "更改收件地址", "修改收件地址"]),
    (status::LOST, &["已遗失", "已丢失", "包裹丢失", "快件丢失"]),
    (status::CUSTOMS_HELD, &["海关扣", "海关暂扣"]),
    (status::CUSTOMS_DUTY_PAID, &["关税已", "税款已"]),
    (status::CUSTOMS_RELEASED, &["海关放行", "海关已放行"]),
    (status::CLEARANCE_COMPLETED, &["清关完成", "完成清关", "已通关"]),
    (status::CUSTOMS_INSPECTION, &["海关查验", "海关抽"]),
    (status::CUSTOMS_DECLARED, &["海关申报", "报关"]),
    (status::DAMAGED, &["包装破损", "货物破损", "内物破损", "已破损", "损坏"]),
    (status::EXCEPTION, &["问题件", "异常", "滞留", "延误"]),
    (status::ORDER_CANCELLED, &["取消订单", "订单取消", "取消寄件", "运单作废"]),
    (status::PICKUP_FAILED, &["揽收失败", "揽件失败", "取件失败", "取件未成功", "终止揽收"]),
    (status::TRANSFERRED_TO_CARRIER, &["转交其他快递", "转其他快递", "转由合作", "转同行", "转邮政"]),
    (status::ARRIVED_AT_DESTINATION, &["到达目的地", "到达*目的地", "到达派送网点", "到达派件网点"]),
    (
        status::OUT_FOR_DELIVERY,
        &[
            "准备签收",
            "正在派送",
            "派送途中",
            "正在派件",
            "派送中",
            "派件中",
            "安排投递",
            "安排派送",
            "安排再次",
            "正在第*派件",
            "再次投递",
        ],
    ),
    (status::SIGNED_BY_THIRD_PARTY, &["代签"]),
    (status::AWAITING_PICKUP, &["待取件", "待自提", "通知自提", "要求自取", "等待领取", "待领取"]),
    (
        status::DELIVERED,
        &[
            "已取走",
            "客户已取件",
            "凭取货码签收",
            "凭取件码签收",
            "凭取件码取出",
            "被收件人取出",
            "已签收",
            "签收人",
            "妥投",
            "由*签收",
            "拍照签收",
            "本人签收",
            "签收成功",
        ],
    ),
    (status::DELIVERY_TO_LOCKER, &["丰巢", "自提柜", "快递柜", "智能柜", "投柜", "驿站", "代收", "暂存至", "存放至", "入柜"]),
    (status::LABEL_PRINTED, &["面单已"]),
    (status::PICKUP_SCHEDULED, &["预约*取件", "预约*揽收", "等待*揽收", "揽收任务", "等待上门", "待揽收"]),
    (status::ORDER_CREATED, &["已下单", "订单已创建", "正在拣货", "即将打包"]),
    (status::OUT_FOR_DELIVERY, &["派件", "派送"]),
    (status::PICKED_UP, &["已揽收", "已揽件", "已收件", "已收取", "已取件", "取件成功", "收寄", "揽收"]),
    (status::IN_TRANSIT_LINEHAUL, &["航班", "起飞", "离港", "干线"]),
    (status::IN_TRANSIT_REGIONAL, &["支线"]),
    (status::DEPARTED_FROM_HUB, &["到达*发往：", "到达*发往:"]),
    (status::ARRIVED_AT_HUB, &["到达", "已收入"]),
    (status::DEPARTED_FROM_HUB, &["离开", "发往", "已发出", "发车", "封车", "装车"]),
];

const NOT_YET: &[&str] = &["预计", "将于", "即将"];

const REVOKES: &[&str] = &[
    "妥投*撤销",
    "签收*撤销",
    "撤销*签收",
    "撤销*妥投",
    "取消签收",
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
    // Most wordings say nothing of the kind, and each of these does.
    text.contains(['撤', '取']) && REVOKES.iter().any(|words| says(text, words))
}

/// Whether a wording only promises a delivery: "预计今天妥投".
pub fn promises(text: &str) -> bool {
    NOT_YET.iter().any(|word| text.contains(word)) && !["已签收", "已妥投", "签收人"].iter().any(|word| text.contains(word))
}

/// The status a wording suggests; `in_transit` if it says nothing known.
pub fn status_of(text: &str) -> &'static str {
    let promised = NOT_YET.iter().any(|word| text.contains(word));
    RULES
        .iter()
        .filter(|(code, _)| !(promised && *code == status::DELIVERED))
        .find(|(_, words)| words.iter().any(|words| says(text, words)))
        .map_or(status::IN_TRANSIT, |(code, _)| code)
}

/// Whether the words stand in the text, one after the other.
fn says(text: &str, words: &str) -> bool {
    let mut rest = text;
    words.split('*').all(|word| rest.split_once(word).map(|(_, after)| rest = after).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Phrases and their meaning, written by hand before the table.
    #[test]
    fn phrases_mean_what_people_say_they_mean() {
        let phrases = include_str!("../../tests/expected/wording.json");
        let phrases: Vec<serde_json::Value> = serde_json::from_str(phrases).unwrap();
        let mut wrong = vec![];
        for phrase in &phrases {
            let (words, meant) = (phrase["words"].as_str().unwrap(), phrase["status"].as_str().unwrap());
            let takes_back = phrase["revokes"] == true;
            if status_of(words) != meant || revokes(words) != takes_back {
                wrong.push(format!("{words}: {meant}, not {} (revokes {})", status_of(words), revokes(words)));
            }
        }
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), phrases.len(), wrong.join("\n"));
    }

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
