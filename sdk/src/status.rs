//! The statuses: the 32 codes of the open ULSC taxonomy (open-logistics-tracking, CC BY 4.0)
//! and two of our own below `in_transit`.

macro_rules! statuses {
    ($($name:ident = $code:literal, $zh:literal, $en:literal;)+) => {
        $(#[doc = concat!("`", $code, "`: ", $en, " (", $zh, ").")] pub const $name: &str = $code;)+
        /// Every status: code, Chinese name, English name.
        pub const ALL: &[(&str, &str, &str)] = &[$(($code, $zh, $en)),+];
    };
}

statuses! {
    ORDER_CREATED = "order_created", "下单", "Order created";
    ORDER_CANCELLED = "order_cancelled", "订单取消", "Order cancelled";
    LABEL_PRINTED = "label_printed", "面单已生成", "Label printed";
    PICKUP_SCHEDULED = "pickup_scheduled", "预约揽收", "Pickup scheduled";
    PICKED_UP = "picked_up", "已揽收", "Picked up";
    PICKUP_FAILED = "pickup_failed", "揽收失败", "Pickup failed";
    ARRIVED_AT_HUB = "arrived_at_hub", "到达转运中心", "Arrived at hub";
    DEPARTED_FROM_HUB = "departed_from_hub", "离开转运中心", "Departed from hub";
    IN_TRANSIT = "in_transit", "运输中", "In transit";
    IN_TRANSIT_LINEHAUL = "in_transit.linehaul", "干线运输中", "In transit, linehaul";
    IN_TRANSIT_REGIONAL = "in_transit.regional", "支线运输中", "In transit, regional";
    TRANSFERRED_TO_CARRIER = "transferred_to_carrier", "转交承运商", "Transferred to carrier";
    ARRIVED_AT_DESTINATION = "arrived_at_destination", "到达目的地", "Arrived at destination";
    CUSTOMS_DECLARED = "customs_declared", "已申报", "Customs declared";
    CUSTOMS_HELD = "customs_held", "海关扣留", "Customs held";
    CUSTOMS_INSPECTION = "customs_inspection", "海关查验", "Customs inspection";
    CUSTOMS_RELEASED = "customs_released", "海关放行", "Customs released";
    CUSTOMS_DUTY_PAID = "customs_duty_paid", "关税已缴", "Customs duty paid";
    CLEARANCE_COMPLETED = "clearance_completed", "清关完成", "Clearance completed";
    OUT_FOR_DELIVERY = "out_for_delivery", "派送中", "Out for delivery";
    DELIVERY_ATTEMPTED = "delivery_attempted", "派送未果", "Delivery attempted";
    DELIVERED = "delivered", "已签收", "Delivered";
    DELIVERY_TO_LOCKER = "delivery_to_locker", "投递自提柜", "Delivered to locker or station";
    AWAITING_PICKUP = "awaiting_pickup", "待自提", "Awaiting pickup";
    SIGNED_BY_THIRD_PARTY = "signed_by_third_party", "他人代签", "Signed by third party";
    EXCEPTION = "exception", "异常", "Exception";
    DAMAGED = "damaged", "包裹损坏", "Damaged";
    LOST = "lost", "包裹丢失", "Lost";
    ADDRESS_ISSUE = "address_issue", "地址异常", "Address issue";
    RECIPIENT_UNAVAILABLE = "recipient_unavailable", "收件人不在", "Recipient unavailable";
    REFUSED = "refused", "拒收", "Refused";
    RETURN_INITIATED = "return_initiated", "退回发起", "Return initiated";
    IN_RETURN_TRANSIT = "in_return_transit", "退回运输中", "In return transit";
    RETURNED_TO_SENDER = "returned_to_sender", "已退回发件人", "Returned to sender";
}

/// Whether the code is one of ours.
pub fn is_known(code: &str) -> bool {
    ALL.iter().any(|(known, ..)| *known == code)
}

/// Whether it could be a status, of this build or of a later one.
pub fn is_shaped(code: &str) -> bool {
    !code.is_empty() && code.len() <= 40 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'.')
}

/// The one of ours that a code means: itself, or the part before the dot for a finer code
/// this build does not know yet (`in_transit.rail` → `in_transit`).
pub fn known(code: &str) -> Option<&'static str> {
    let exact = |code: &str| ALL.iter().find(|(known, ..)| *known == code).map(|(known, ..)| *known);
    exact(code).or_else(|| code.split_once('.').and_then(|(parent, _)| exact(parent)))
}

/// Whether nothing more is expected once a parcel is in this state (ULSC), apart from tail looks.
pub fn is_terminal(code: &str) -> bool {
    matches!(code, DELIVERED | SIGNED_BY_THIRD_PARTY | RETURNED_TO_SENDER | ORDER_CANCELLED | LOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finer_code_falls_back_to_its_parent() {
        assert_eq!(known("in_transit.rail"), Some(IN_TRANSIT));
        assert_eq!(known("in_transit.linehaul"), Some(IN_TRANSIT_LINEHAUL));
        assert_eq!(known("gone"), None);
        assert!(is_shaped("in_transit.rail") && is_shaped("gone") && !is_shaped("Gone!!") && !is_shaped(""));
        assert_eq!(ALL.len(), 34);
    }
}
