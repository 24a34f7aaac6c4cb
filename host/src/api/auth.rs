//! Who asks: only this module makes a [`Caller`].

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use subtle::ConstantTimeEq as _;

use super::{Problem, Shared};
use crate::publish::Webhook;
use crate::store::{ApiKey, Role};

/// A key that was checked and may touch parcels. A handler that takes one is behind it.
#[derive(Debug, Clone)]
pub struct Caller(ApiKey);

impl Caller {
    /// Whether the key may see an account.
    pub fn may(&self, account: &str) -> bool {
        self.0.accounts.as_ref().is_none_or(|own| own.iter().any(|a| a == account))
    }

    pub fn accounts(&self) -> Option<Vec<String>> {
        self.0.accounts.clone()
    }

    /// Whether a webhook hears of nothing that the key may not see.
    pub fn may_see(&self, hook: &Webhook) -> bool {
        match (&self.0.accounts, &hook.scope) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(scope)) => scope.iter().all(|name| own.contains(name)),
        }
    }

    /// Who it is, for the record: a name can be given twice, an id cannot.
    pub fn name(&self) -> String {
        let ApiKey { id, name, .. } = &self.0;
        if id == name { name.clone() } else { format!("{name} {id}") }
    }

    pub fn is_ops(&self) -> bool {
        self.0.role == Role::Ops
    }
}

/// A caller who may change what runs. A handler that takes one is behind it, by type.
#[derive(Debug, Clone)]
pub struct Operator(Caller);

impl Operator {
    /// Who it is, for the audit.
    pub fn name(&self) -> String {
        self.0.name()
    }

    pub fn is_scoped(&self) -> bool {
        self.0.0.accounts.is_some()
    }

    pub fn may(&self, account: &str) -> bool {
        self.0.may(account)
    }
}

/// Who may read alerts, freshness and announcements and acknowledge them: a monitor, or ops.
#[derive(Debug, Clone)]
pub struct Monitor(Caller);

impl Monitor {
    /// Who it is, for the record of an acknowledgement.
    pub fn name(&self) -> String {
        self.0.name()
    }

    pub fn may(&self, account: &str) -> bool {
        self.0.may(account)
    }

    pub fn accounts(&self) -> Option<Vec<String>> {
        self.0.accounts()
    }

    pub fn is_ops(&self) -> bool {
        self.0.is_ops()
    }
}

impl FromRequestParts<Shared> for Monitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &Shared) -> Result<Self, Problem> {
        let key = known(parts, house).await?;
        let may = matches!(key.role, Role::Monitor | Role::Ops);
        if may { Ok(Self(Caller(key))) } else { Err(Problem::forbidden("a key of role `monitor` or `ops` is needed")) }
    }
}

impl FromRequestParts<Shared> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &Shared) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, house).await?;
        if caller.is_ops() { Ok(Self(caller)) } else { Err(Problem::forbidden("a key of role `ops` is needed")) }
    }
}

/// The command line on this machine: who can read the vault's key file may do everything anyway.
fn local() -> ApiKey {
    ApiKey { id: "local".into(), name: "local".into(), role: Role::Ops, accounts: None, created_at: 0, revoked_at: None }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &Shared) -> Result<Self, Problem> {
        let key = known(parts, house).await?;
        match key.role {
            // Who watches carriers needs nobody's parcels.
            Role::Monitor => Err(Problem::forbidden("a key of role `monitor` reads and acknowledges alerts and announcements, no more")),
            Role::Hub | Role::Clerk | Role::Ops => Ok(Self(key)),
        }
    }
}

async fn known(parts: &Parts, house: &Shared) -> Result<ApiKey, Problem> {
    let given = parts.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let secret = given.and_then(|v| v.strip_prefix("Bearer ")).ok_or_else(Problem::unauthorized)?;
    if bool::from(secret.trim().as_bytes().ct_eq(house.vault.operator().as_bytes())) {
        return Ok(local());
    }
    house.store.key(secret.trim()).await?.ok_or_else(Problem::unauthorized)
}
