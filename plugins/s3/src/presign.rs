//! `POST /api/v1/presign`: a link to one object, to read or to write it.

mod form;

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CACHE_CONTROL;
use portico_sdk::invalid::Refusal;
use portico_sdk::presign::Presigner;
use portico_sdk::rest::Caller;
use serde::Serialize;

use form::Form;

/// The answer.
#[derive(Serialize)]
struct Link {
    url: String,
    bucket: String,
    key: String,
    expires_in: u64,
    method: &'static str,
}

/// The route.
pub(crate) fn routes(presigner: Arc<dyn Presigner>) -> Router {
    Router::new()
        .route("/api/v1/presign", post(give))
        .with_state(presigner)
}

async fn give(
    State(presigner): State<Arc<dyn Presigner>>,
    Caller(caller): Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<impl IntoResponse, Refusal> {
    let form = Form::read(&headers, &body)?;
    let url = presigner.presign(&caller, form.permit(), form.lifetime)?;
    let link = Link {
        url,
        expires_in: form.lifetime.as_secs(),
        method: form.method.label(),
        bucket: form.bucket,
        key: form.key,
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(link)))
}
