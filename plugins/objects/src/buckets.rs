//! Buckets: which there are, making and deleting them, and what is set for each.

mod cors;
mod delete;
pub(crate) mod describe;
mod force;
mod list;
mod settings;
mod uploads;
mod versions;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use portico_aws::failure;
use portico_hcp::document::{Kind, Model};
use portico_sdk::Error;
use portico_sdk::invalid::Refusal;
use portico_sdk::rest::openapi::HttpMethod::{Delete, Get, Head, Post, Put};
use portico_sdk::rest::{Caller, Routes};
use portico_sdk::s3::Operation;

use crate::ask::Ask;
use crate::desk::Desk;
use crate::document::{Document, required};
use crate::keys;
use crate::shapes::BucketMutationResponse;

const ONE: &str = "/api/v1/buckets/{bucket}";

pub(crate) fn routes() -> Routes<Arc<Desk>> {
    Routes::new()
        .on(Get, keys::ROOT, describe::list(), list::list)
        .on(Post, keys::ROOT, describe::create(), create)
        .on(Head, ONE, describe::head(), head)
        .on(Delete, ONE, describe::delete(), delete::delete)
        .merge(set_for_each())
        .on(Get, &below("uploads"), describe::uploads(), uploads::list)
        .on(
            Get,
            &below("versions"),
            describe::versions(),
            versions::list,
        )
}

fn set_for_each() -> Routes<Arc<Desk>> {
    let (versioning, acl, cors) = (below("versioning"), below("acl"), below("cors"));
    Routes::new()
        .on(
            Get,
            &versioning,
            describe::versioning(),
            settings::versioning,
        )
        .on(
            Put,
            &versioning,
            describe::set_versioning(),
            settings::set_versioning,
        )
        .on(Get, &acl, describe::acl(), settings::acl)
        .on(Put, &acl, describe::set_acl(), settings::set_acl)
        .on(Get, &cors, describe::cors(), cors::get)
        .on(Put, &cors, describe::set_cors(), cors::set)
        .on(Delete, &cors, describe::delete_cors(), cors::delete)
}

fn below(word: &str) -> String {
    format!("{ONE}/{word}")
}

const CREATE: Model = Model {
    name: "CreateBucketRequest",
    fields: &[required("bucket", Kind::Text)],
};

async fn create(
    State(desk): State<Arc<Desk>>,
    Caller(caller): Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let mut document = Document::read(request, &CREATE).await?;
    let bucket = document.text("bucket").unwrap_or_default();
    keys::check_bucket(&bucket)?;
    let ask = Ask {
        desk,
        caller,
        bucket,
    };
    ask.may(Operation::CreateBucket)?;
    let made = ask
        .store()?
        .create_bucket()
        .bucket(&ask.bucket)
        .send()
        .await;
    made.map_err(|error| failure(error, &ask.label()))?;
    let made = BucketMutationResponse {
        status: "created",
        bucket: Some(ask.bucket),
    };
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

async fn head(ask: Ask) -> Result<Response, Error> {
    ask.may(Operation::HeadBucket)?;
    let there = ask.store()?.head_bucket().bucket(&ask.bucket).send().await;
    there.map_err(|error| failure(error, &ask.label()))?;
    Ok([(header::CONTENT_LENGTH, "0")].into_response())
}
