//! Bounds what is taken in. A body that is too large is read to its end and dropped, up to a
//! second bound: a sender that is still writing would otherwise see a broken connection instead of
//! the answer that says why.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;

use super::Problem;

/// Beyond this nothing is read any more, whatever the sender makes of it.
const DRAINED: usize = 64 << 20;

/// Hands a body of at most `most` bytes on.
pub async fn body(State(most): State<usize>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match take(body, most).await {
        Ok(bytes) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(problem) => problem.into_response(),
    }
}

async fn take(body: Body, most: usize) -> Result<Bytes, Problem> {
    let mut stream = body.into_data_stream();
    let (mut taken, mut seen) = (Vec::new(), 0usize);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Problem::bad("broken-body", "the request's body broke off"))?;
        seen += chunk.len();
        if seen > DRAINED {
            break;
        }
        if seen <= most {
            taken.extend_from_slice(&chunk);
        }
    }
    if seen > most { Err(Problem::too_large(most)) } else { Ok(taken.into()) }
}
