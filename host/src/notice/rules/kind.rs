//! What a change does to an integration.

use serde::{Deserialize, Serialize};

/// The kinds an integrator has to act on, each in another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An interface, version, key or host is switched off.
    Retirement,
    /// An address, domain, IP or certificate changes.
    HostChange,
    /// A key, token, signature or encryption changes.
    AuthChange,
    /// Fields, status codes or formats change.
    FieldChange,
    /// Rates, quotas, batch sizes, charges per call or allow lists change.
    LimitChange,
    /// The service is away for a while.
    Outage,
    /// Working hours and service over public holidays.
    Holiday,
}

impl Kind {
    pub const ALL: [Kind; 7] =
        [Kind::Retirement, Kind::HostChange, Kind::AuthChange, Kind::FieldChange, Kind::LimitChange, Kind::Outage, Kind::Holiday];

    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Retirement => "retirement",
            Kind::HostChange => "host-change",
            Kind::AuthChange => "auth-change",
            Kind::FieldChange => "field-change",
            Kind::LimitChange => "limit-change",
            Kind::Outage => "outage",
            Kind::Holiday => "holiday",
        }
    }

    pub fn zh(self) -> &'static str {
        match self {
            Kind::Retirement => "停用下线",
            Kind::HostChange => "地址或证书变更",
            Kind::AuthChange => "鉴权变更",
            Kind::FieldChange => "字段变更",
            Kind::LimitChange => "限额变更",
            Kind::Outage => "服务中断",
            Kind::Holiday => "节假日安排",
        }
    }

    pub fn en(self) -> &'static str {
        match self {
            Kind::Retirement => "switched off",
            Kind::HostChange => "address or certificate changes",
            Kind::AuthChange => "authentication changes",
            Kind::FieldChange => "fields change",
            Kind::LimitChange => "limits change",
            Kind::Outage => "service interrupted",
            Kind::Holiday => "holiday hours",
        }
    }

    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// Whether it begins and ends, instead of beginning for good.
    pub(super) fn passes(self) -> bool {
        matches!(self, Kind::Outage | Kind::Holiday)
    }
}
