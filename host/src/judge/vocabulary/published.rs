//! The published lists, typed here on their own: what the tables are held against.

/// A taxonomy as published.
pub struct Published {
    pub name: &'static str,
    /// The codes, each with the details published under it.
    pub codes: &'static [(&'static str, &'static [&'static str])],
    /// Details that are published without saying under which code they stand.
    pub loose: &'static [&'static str],
}

impl Published {
    /// Whether the pair may stand in a message of theirs.
    pub fn has(&self, code: &str, detail: Option<&str>) -> bool {
        let Some((_, under)) = self.codes.iter().find(|(known, _)| *known == code) else { return false };
        detail.is_none_or(|detail| under.contains(&detail) || self.loose.contains(&detail))
    }

    /// Every code alone and every detail under its code.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
        let under = |(code, details): &(&'static str, &'static [&'static str])| {
            let code = *code;
            std::iter::once((code, None)).chain(details.iter().map(move |detail| (code, Some(*detail))))
        };
        self.codes.iter().flat_map(under)
    }
}

pub const ALL: &[Published] = &[
    Published { name: "aftership", codes: AFTERSHIP, loose: &[] },
    Published { name: "17track", codes: SEVENTEEN_TRACK, loose: &[] },
    Published { name: "easypost", codes: EASYPOST, loose: EASYPOST_DETAILS },
    Published { name: "shippo", codes: SHIPPO, loose: &[] },
    Published { name: "karrio", codes: KARRIO, loose: KARRIO_REASONS },
    Published { name: "kuaidi100", codes: KUAIDI100, loose: &[] },
    Published { name: "kdniao", codes: KDNIAO, loose: &[] },
    Published { name: "trackingmore", codes: TRACKINGMORE, loose: &[] },
    Published { name: "delivery-tracker", codes: DELIVERY_TRACKER, loose: &[] },
    Published { name: "ulsc", codes: ULSC, loose: &[] },
];

const AFTERSHIP: &[(&str, &[&str])] = &[
    ("Pending", &["Pending_001", "Pending_002", "Pending_003", "Pending_004", "Pending_005", "Pending_006"]),
    ("InfoReceived", &["InfoReceived_001"]),
    (
        "InTransit",
        &[
            "InTransit_001",
            "InTransit_002",
            "InTransit_003",
            "InTransit_004",
            "InTransit_005",
            "InTransit_006",
            "InTransit_007",
            "InTransit_008",
            "InTransit_009",
        ],
    ),
    ("OutForDelivery", &["OutForDelivery_001", "OutForDelivery_003", "OutForDelivery_004"]),
    ("AvailableForPickup", &["AvailableForPickup_001"]),
    ("AttemptFail", &["AttemptFail_001", "AttemptFail_002", "AttemptFail_003"]),
    ("Delivered", &["Delivered_001", "Delivered_002", "Delivered_003", "Delivered_004", "Delivered_005"]),
    (
        "Exception",
        &[
            "Exception_001",
            "Exception_002",
            "Exception_003",
            "Exception_004",
            "Exception_005",
            "Exception_006",
            "Exception_007",
            "Exception_008",
            "Exception_009",
            "Exception_010",
            "Exception_011",
            "Exception_012",
            "Exception_013",
            "Exception_016",
            "Exception_017",
            "Exception_018",
            "Exception_019",
            "Exception_020",
            "Exception_021",
        ],
    ),
    ("Expired", &["Expired_001"]),
];

const SEVENTEEN_TRACK: &[(&str, &[&str])] = &[
    ("NotFound", &["NotFound_Other", "NotFound_InvalidCode"]),
    ("InfoReceived", &["InfoReceived"]),
    (
        "InTransit",
        &[
            "InTransit_PickedUp",
            "InTransit_Other",
            "InTransit_Departure",
            "InTransit_Arrival",
            "InTransit_CustomsProcessing",
            "InTransit_CustomsReleased",
            "InTransit_CustomsRequiringInformation",
        ],
    ),
    ("Expired", &["Expired_Other"]),
    ("AvailableForPickup", &["AvailableForPickup_Other"]),
    ("OutForDelivery", &["OutForDelivery_Other"]),
    (
        "DeliveryFailure",
        &[
            "DeliveryFailure_Other",
            "DeliveryFailure_NoBody",
            "DeliveryFailure_Security",
            "DeliveryFailure_Rejected",
            "DeliveryFailure_InvalidAddress",
        ],
    ),
    ("Delivered", &["Delivered_Other"]),
    (
        "Exception",
        &[
            "Exception_Other",
            "Exception_Returning",
            "Exception_Returned",
            "Exception_NoBody",
            "Exception_Security",
            "Exception_Damage",
            "Exception_Rejected",
            "Exception_Delayed",
            "Exception_Lost",
            "Exception_Destroyed",
            "Exception_Cancel",
        ],
    ),
];

const EASYPOST: &[(&str, &[&str])] = &[
    ("unknown", &[]),
    ("pre_transit", &[]),
    ("in_transit", &[]),
    ("out_for_delivery", &[]),
    ("delivered", &[]),
    ("available_for_pickup", &[]),
    ("return_to_sender", &[]),
    ("failure", &[]),
    ("cancelled", &[]),
    ("error", &[]),
];

const EASYPOST_DETAILS: &[&str] = &[
    "address_correction",
    "arrived_at_destination",
    "arrived_at_facility",
    "arrived_at_pickup_location",
    "awaiting_information",
    "cancelled",
    "damaged",
    "delayed",
    "delivery_exception",
    "departed_facility",
    "departed_origin_facility",
    "expired",
    "failure",
    "held",
    "in_transit",
    "label_created",
    "lost",
    "missorted",
    "out_for_delivery",
    "received_at_destination_facility",
    "received_at_origin_facility",
    "refused",
    "return",
    "status_update",
    "transferred_to_destination_carrier",
    "transit_exception",
    "unknown",
    "weather_delay",
];

const SHIPPO: &[(&str, &[&str])] = &[
    ("UNKNOWN", &["other"]),
    ("PRE_TRANSIT", &["information_received"]),
    (
        "TRANSIT",
        &[
            "address_issue",
            "contact_carrier",
            "delayed",
            "delivery_attempted",
            "delivery_rescheduled",
            "delivery_scheduled",
            "location_inaccessible",
            "notice_left",
            "out_for_delivery",
            "package_accepted",
            "package_arrived",
            "package_damaged",
            "package_departed",
            "package_forwarded",
            "package_held",
            "package_processed",
            "package_processing",
            "pickup_available",
            "reschedule_delivery",
        ],
    ),
    ("DELIVERED", &["delivered"]),
    ("RETURNED", &["return_to_sender", "package_unclaimed"]),
    ("FAILURE", &["package_undeliverable", "package_disposed", "package_lost"]),
];

const KARRIO: &[(&str, &[&str])] = &[
    ("pending", &[]),
    ("picked_up", &[]),
    ("in_transit", &[]),
    ("out_for_delivery", &[]),
    ("ready_for_pickup", &[]),
    ("delivered", &[]),
    ("delivery_delayed", &[]),
    ("delivery_failed", &[]),
    ("on_hold", &[]),
    ("return_to_sender", &[]),
    ("cancelled", &[]),
    ("unknown", &[]),
];

const KARRIO_REASONS: &[&str] = &[
    "carrier_damaged_parcel",
    "carrier_sorting_error",
    "carrier_address_not_found",
    "carrier_parcel_lost",
    "carrier_not_enough_time",
    "carrier_vehicle_issue",
    "carrier_capacity_exceeded",
    "carrier_mechanical_delay",
    "retailer_cancelled",
    "retailer_incorrect_data",
    "retailer_not_ready",
    "retailer_incorrect_parcel",
    "retailer_incorrect_dimensions",
    "retailer_packaging_issue",
    "consignee_refused",
    "consignee_business_closed",
    "consignee_not_available",
    "consignee_not_home",
    "consignee_cancelled",
    "consignee_verification_failed",
    "consignee_incorrect_address",
    "consignee_access_restricted",
    "consignee_safe_place_unavailable",
    "customs_delay",
    "customs_documentation",
    "customs_duties_unpaid",
    "customs_prohibited",
    "customs_inspection",
    "weather_delay",
    "natural_disaster",
    "force_majeure",
    "parcel_being_researched",
    "security_issue",
    "regulatory_hold",
    "unknown",
];

const KUAIDI100: &[(&str, &[&str])] = &[
    ("0", &["1001", "1002", "1003"]),
    ("1", &["101", "102", "103"]),
    ("2", &["201", "202", "203", "204", "205", "206", "207", "208", "209", "210"]),
    ("3", &["301", "302", "303", "304"]),
    ("4", &["401", "14"]),
    ("5", &["501"]),
    ("6", &[]),
    ("7", &[]),
    ("8", &["10", "11", "12", "13"]),
    ("14", &[]),
];

const KDNIAO: &[(&str, &[&str])] = &[
    ("0", &[]),
    ("1", &["10"]),
    ("2", &["201", "202", "204", "205", "206", "211"]),
    ("3", &["301", "302", "304", "311"]),
    (
        "4",
        &[
            "401", "402", "403", "404", "405", "406", "407", "412", "413", "414", "415", "416", "417", "418", "419", "420", "421", "422",
            "423",
        ],
    ),
    ("5", &[]),
    ("6", &["601", "602", "603", "604"]),
    ("10", &[]),
];

const TRACKINGMORE: &[(&str, &[&str])] = &[
    ("pending", &[]),
    ("notfound", &["notfound001", "notfound002"]),
    ("inforeceived", &["inforeceived001"]),
    ("transit", &["transit001", "transit002", "transit003", "transit004", "transit005", "transit006", "transit007"]),
    ("pickup", &["pickup001", "pickup002", "pickup003"]),
    ("delivered", &["delivered001", "delivered002", "delivered003", "delivered004"]),
    ("undelivered", &["undelivered001", "undelivered002", "undelivered003", "undelivered004"]),
    (
        "exception",
        &["exception004", "exception005", "exception006", "exception007", "exception008", "exception009", "exception010", "exception011"],
    ),
    ("expired", &["expired001"]),
];

const DELIVERY_TRACKER: &[(&str, &[&str])] = &[
    ("UNKNOWN", &[]),
    ("INFORMATION_RECEIVED", &[]),
    ("AT_PICKUP", &[]),
    ("IN_TRANSIT", &[]),
    ("OUT_FOR_DELIVERY", &[]),
    ("ATTEMPT_FAIL", &[]),
    ("DELIVERED", &[]),
    ("AVAILABLE_FOR_PICKUP", &[]),
    ("EXCEPTION", &[]),
];

const ULSC: &[(&str, &[&str])] = &[
    ("order_created", &[]),
    ("order_cancelled", &[]),
    ("label_printed", &[]),
    ("pickup_scheduled", &[]),
    ("picked_up", &[]),
    ("pickup_failed", &[]),
    ("arrived_at_hub", &[]),
    ("departed_from_hub", &[]),
    ("in_transit", &[]),
    ("transferred_to_carrier", &[]),
    ("arrived_at_destination", &[]),
    ("customs_declared", &[]),
    ("customs_held", &[]),
    ("customs_inspection", &[]),
    ("customs_released", &[]),
    ("customs_duty_paid", &[]),
    ("clearance_completed", &[]),
    ("out_for_delivery", &[]),
    ("delivery_attempted", &[]),
    ("delivered", &[]),
    ("delivery_to_locker", &[]),
    ("awaiting_pickup", &[]),
    ("signed_by_third_party", &[]),
    ("exception", &[]),
    ("damaged", &[]),
    ("lost", &[]),
    ("address_issue", &[]),
    ("recipient_unavailable", &[]),
    ("refused", &[]),
    ("return_initiated", &[]),
    ("in_return_transit", &[]),
    ("returned_to_sender", &[]),
];
