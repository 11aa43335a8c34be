//! `…/objects/{key}/acl`.

use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use portico_aws::failure;
use portico_sdk::Error;
use portico_sdk::invalid::Refusal;
use portico_sdk::s3::Operation;

use crate::acl::{self, AclResponse};
use crate::ask::Ask;
use crate::document::Document;
use crate::labels;
use crate::shapes::StatusResponse;

pub(super) async fn get(ask: &Ask, key: &str) -> Result<Response, Error> {
    let label = labels::object(key);
    ask.only_on_hcp("get_object_acl", &label)?;
    ask.may_with(Operation::GetObjectAcl, key)?;
    let told = ask.store()?.get_object_acl().bucket(&ask.bucket).key(key);
    let told = told.send().await.map_err(|error| failure(error, &label))?;
    Ok(Json(AclResponse::of(told.owner(), told.grants())).into_response())
}

pub(super) async fn set(ask: &Ask, key: &str, request: Request) -> Result<Response, Refusal> {
    let document = Document::read(request, &acl::POLICY).await?;
    let label = labels::object(key);
    ask.only_on_hcp("put_object_acl", &label)?;
    ask.may_with(Operation::PutObjectAcl, key)?;
    let policy = acl::policy(document)?;
    let done = ask.store()?.put_object_acl().bucket(&ask.bucket).key(key);
    let done = done.access_control_policy(policy).send().await;
    done.map_err(|error| failure(error, &label))?;
    Ok(Json(StatusResponse { status: "updated" }).into_response())
}
