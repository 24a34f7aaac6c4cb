//! Who asks: only this module makes a [`Caller`].

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use super::{Problem, Shared};
use crate::store::{ApiKey, Role};

/// A key that was checked. A handler that takes one is behind it.
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

    pub fn is_ops(&self) -> bool {
        self.0.role == Role::Ops
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &Shared) -> Result<Self, Problem> {
        let given = parts.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        let secret = given.and_then(|v| v.strip_prefix("Bearer ")).ok_or_else(Problem::unauthorized)?;
        house.store.key(secret.trim()).await?.map(Self).ok_or_else(Problem::unauthorized)
    }
}
