//! `GET /api/v1/capabilities`: what kind of store this is, for front ends to show or hide.

use axum::Json;
use portico_sdk::management::Management;
use portico_sdk::upstream::Backend;
use serde::Serialize;
use utoipa::ToSchema;

/// The answer.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Capabilities {
    /// Whether management routes are served.
    mapi_enabled: bool,
    storage_backend: Backend,
}

/// What a house with this backend can do.
pub(crate) fn of(backend: Backend, management: &Management) -> Json<Capabilities> {
    Json(Capabilities {
        mapi_enabled: management.is_open(),
        storage_backend: backend,
    })
}
