//! `POST /api/v1/presign`: a link to one object, to read or to write it.

mod form;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use bytes::Bytes;
use http::HeaderMap;
use http::header::CACHE_CONTROL;
use portico_sdk::invalid::Refusal;
use portico_sdk::presign::Presigner;
use portico_sdk::rest::openapi::HttpMethod;
use portico_sdk::rest::{Caller, Description, Routes, Shape};
use serde::Serialize;
use utoipa::ToSchema;

use form::Form;

/// The answer.
#[derive(Serialize, ToSchema)]
#[schema(as = PresignedUrlResponse)]
struct Link {
    url: String,
    bucket: String,
    key: String,
    /// Seconds.
    expires_in: u64,
    method: &'static str,
}

/// The route.
pub(crate) fn routes(presigner: Arc<dyn Presigner>) -> Routes {
    Routes::new()
        .on(HttpMethod::Post, "/api/v1/presign", description(), give)
        .with_state(presigner)
}

fn description() -> Description {
    Description::new(
        "links",
        "presign",
        "A link to one object, to read or to write it",
    )
    .details("The link works without a token for as long as it lives, and for nothing else.")
    .json(Shape::named("PresignedUrlRequest", form::schema()))
    .answer(200, "The link.", Shape::of::<Link>())
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
