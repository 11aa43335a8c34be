//! The routes, all below `/api/v1/lance`.

mod build;
mod cell;
mod delete;
mod describe;
mod indices;
mod ingest;
mod kept;
mod opened;
mod preview;
mod rows;
mod schema;
mod search;
mod tables;
mod versions;
mod wanted;

use std::sync::Arc;

use portico_sdk::rest::Routes;
use portico_sdk::rest::openapi::HttpMethod::{Delete, Get, Post};

pub(crate) use build::Builder;
pub(crate) use ingest::READER;

use crate::desk::Desk;

pub(crate) fn routes(desk: Arc<Desk>) -> Routes {
    let at = |name: &str| format!("/api/v1/lance/{name}");
    Routes::new()
        .on(Get, &at("tables"), describe::tables(), tables::tables)
        .on(Get, &at("schema"), describe::schema(), schema::schema)
        .on(Get, &at("rows"), describe::rows(), rows::rows)
        .on(
            Get,
            &at("vector-preview"),
            describe::preview(),
            preview::preview,
        )
        .on(Get, &at("search"), describe::search(), search::by_address)
        .on(
            Post,
            &at("search"),
            describe::search_by_document(),
            search::by_document,
        )
        .on(Get, &at("cell"), describe::cell(), cell::cell)
        .on(Get, &at("indices"), describe::indices(), indices::indices)
        .on(Post, &at("indices"), describe::build(), build::submit)
        .on(Get, &at("indices/{id}"), describe::built(), build::look)
        .on(
            Post,
            &at("indices/{id}/cancel"),
            describe::build_canceled(),
            build::cancel,
        )
        .on(
            Get,
            &at("indices/{id}/events"),
            describe::build_events(),
            build::events,
        )
        .on(
            Get,
            &at("versions"),
            describe::versions(),
            versions::versions,
        )
        .on(Post, &at("tables/{name}"), describe::write(), ingest::write)
        .on(
            Delete,
            &at("tables/{name}"),
            describe::delete(),
            delete::delete,
        )
        .with_state(desk)
}
