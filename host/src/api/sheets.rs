//! Sheets of rows: CSV and XLSX, tried or taken in, with the refused rows to download.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::entries::{Entered, RowView};
use super::views::rfc3339;
use super::{Problem, Shared, input};
use crate::entry::import::{self, Import, Imported};
use crate::entry::sheet::Refused;
use crate::store::SheetRow;

/// Largest sheet that is taken in.
pub const LARGEST: usize = 20 << 20;

/// How a sheet is read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct SheetQuery {
    pub carrier: String,
    /// `main` if left out.
    pub account: Option<String>,
    /// The file's name, for the record.
    pub name: Option<String>,
    /// Only say what would become of each row.
    #[serde(default)]
    pub dry_run: bool,
    /// Which heading is which field, as JSON: `{"单号":"number"}`. What is left out is as it was for
    /// this account's last sheet, or as the headings say.
    pub columns: Option<String>,
}

/// What became of a sheet.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetView {
    /// For `/v1/sheets/{id}/errors`; null for a trial.
    pub id: Option<String>,
    pub rows: usize,
    /// Heading to field.
    pub columns: BTreeMap<String, String>,
    #[serde(flatten)]
    pub entered: Entered,
    /// The refused rows as a sheet (CSV), with what is wrong with each; null if none is.
    pub errors: Option<String>,
}

/// Takes a sheet in, or tries it. Sending it again is safe: its rows are told as repeated.
#[utoipa::path(post, path = "/v1/entries/sheet", params(SheetQuery), security(("key" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "CSV or XLSX"),
    responses((status = 200, body = SheetView), (status = 400, body = Problem)))]
pub async fn add(
    State(house): State<Shared>,
    caller: Caller,
    query: Result<Query<SheetQuery>, QueryRejection>,
    body: Bytes,
) -> Result<Json<SheetView>, Problem> {
    let Query(query) = query.map_err(|e| Problem::bad("bad-query", e.body_text()))?;
    let account = input::account(&house, &caller, &query.carrier, query.account.as_deref())?;
    let told = match query.columns.as_deref().map(serde_json::from_str::<BTreeMap<String, String>>) {
        None => BTreeMap::new(),
        Some(Ok(told)) => told,
        Some(Err(why)) => return Err(Problem::bad("columns", format!("`columns` is JSON of heading to field: {why}"))),
    };
    let name = query.name.unwrap_or_default().chars().take(200).collect();
    let digest = hex::encode(Sha256::digest(&body));
    let import = Import { account, name, digest, told, actor: caller.name(), dry_run: query.dry_run };
    let imported = import::import(&house, import, body.into()).await.map_err(refused)?;
    Ok(Json(view(imported)))
}

fn view(imported: Imported) -> SheetView {
    let Imported { id, columns, verdicts, errors } = imported;
    let results: Vec<RowView> = verdicts.into_iter().map(|(line, verdict)| RowView::of(Some(line), verdict)).collect();
    let errors = errors.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    SheetView { id, rows: results.len(), columns, entered: Entered::of(results), errors }
}

fn refused(why: import::NotImported) -> Problem {
    match why {
        import::NotImported::Sheet(why @ Refused::TooLarge { .. }) => Problem::bad("too-large", why.to_string()),
        import::NotImported::Sheet(why) => Problem::bad("bad-sheet", why.to_string()),
        import::NotImported::Columns(why) => Problem::bad("columns", why),
        import::NotImported::Store(why) => why.into(),
    }
}

/// Sheets that were taken in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sheets {
    #[schema(value_type = Vec<Object>)]
    pub sheets: Vec<serde_json::Value>,
}

/// The newest sheets first, at most a hundred.
#[utoipa::path(get, path = "/v1/sheets", security(("key" = [])), responses((status = 200, body = Sheets)))]
pub async fn list(State(house): State<Shared>, caller: Caller) -> Result<Json<Sheets>, Problem> {
    let told = |row: SheetRow| {
        let mut told = serde_json::json!(row);
        told["at"] = rfc3339(row.at).into();
        told
    };
    Ok(Json(Sheets { sheets: house.store.sheets(caller.accounts().as_deref(), 100).await?.into_iter().map(told).collect() }))
}

/// The refused rows of a sheet as CSV, with what is wrong with each: to be mended and sent again.
#[utoipa::path(get, path = "/v1/sheets/{id}/errors", security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, description = "CSV"), (status = 404, body = Problem)))]
pub async fn errors(State(house): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let kept = house.store.refused_rows(&id).await?.filter(|(account, _)| caller.may(account));
    let (_, errors) = kept.ok_or_else(|| Problem::not_found("no such sheet; `GET /v1/sheets` lists them"))?;
    let errors = errors.ok_or_else(|| Problem::not_found("no row of this sheet was refused"))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.csv\"")),
    ];
    Ok((headers, errors).into_response())
}
