//! Server-sent events (HTML standard, section 9.2), as every route writes them: each is a JSON document.

use std::convert::Infallible;

use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse as _, Response, Sse};
use futures_util::{Stream, StreamExt as _};
use serde::Serialize;

/// An answer that tells these documents, each when it comes, and lives as long as they do.
pub fn events<T: Serialize>(documents: impl Stream<Item = T> + Send + 'static) -> Response {
    let told = documents.map(|document| {
        let event = Event::default().json_data(&document);
        Ok::<_, Infallible>(event.unwrap_or_default())
    });
    Sse::new(told)
        .keep_alive(KeepAlive::default())
        .into_response()
}
