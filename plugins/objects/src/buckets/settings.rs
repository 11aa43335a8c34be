//! What is set for a bucket: versioning, who may do what, and other origins.

use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use axum::Json;
use axum::extract::Request;
use portico_aws::failure;
use portico_hcp::document::{Kind, Model};
use portico_sdk::Error;
use portico_sdk::invalid::Refusal;
use portico_sdk::s3::Operation;
use serde::Serialize;
use utoipa::ToSchema;

use crate::acl::{self, AclResponse};
use crate::ask::Ask;
use crate::document::{Document, required};
use crate::shapes::BucketMutationResponse;

/// What a client sends.
pub(super) const VERSIONING: Model = Model {
    name: "PutBucketVersioningRequest",
    fields: &[required("status", Kind::Text)],
};

/// What is set.
#[derive(Serialize, ToSchema)]
pub(super) struct BucketVersioningResponse {
    /// `Enabled`, `Suspended`, or nothing while it never was.
    #[schema(required)]
    status: Option<String>,
    #[schema(required)]
    mfa_delete: Option<String>,
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(super) struct VersioningMutationResponse {
    status: &'static str,
    #[schema(required)]
    versioning: Option<String>,
}

pub(super) async fn versioning(ask: Ask) -> Result<Json<BucketVersioningResponse>, Error> {
    ask.may(Operation::GetBucketVersioning)?;
    let told = ask.store()?.get_bucket_versioning().bucket(&ask.bucket);
    let told = told
        .send()
        .await
        .map_err(|error| failure(error, &ask.label()))?;
    Ok(Json(BucketVersioningResponse {
        status: told.status().map(|status| status.as_str().to_owned()),
        mfa_delete: told.mfa_delete().map(|status| status.as_str().to_owned()),
    }))
}

pub(super) async fn set_versioning(
    ask: Ask,
    request: Request,
) -> Result<Json<VersioningMutationResponse>, Refusal> {
    let mut document = Document::read(request, &VERSIONING).await?;
    let status = document.text("status").unwrap_or_default();
    ask.may(Operation::PutBucketVersioning)?;
    // The store judges the word.
    let word = BucketVersioningStatus::from(status.as_str());
    let wanted = VersioningConfiguration::builder().status(word).build();
    let done = ask.store()?.put_bucket_versioning().bucket(&ask.bucket);
    let done = done.versioning_configuration(wanted).send().await;
    done.map_err(|error| failure(error, &ask.label()))?;
    Ok(Json(VersioningMutationResponse {
        status: "updated",
        versioning: Some(status),
    }))
}

pub(super) async fn acl(ask: Ask) -> Result<Json<AclResponse>, Error> {
    ask.only_on_hcp("get_bucket_acl", &ask.label())?;
    ask.may(Operation::GetBucketAcl)?;
    let told = ask
        .store()?
        .get_bucket_acl()
        .bucket(&ask.bucket)
        .send()
        .await;
    let told = told.map_err(|error| failure(error, &ask.label()))?;
    Ok(Json(AclResponse::of(told.owner(), told.grants())))
}

pub(super) async fn set_acl(
    ask: Ask,
    request: Request,
) -> Result<Json<BucketMutationResponse>, Refusal> {
    let document = Document::read(request, &acl::POLICY).await?;
    ask.only_on_hcp("put_bucket_acl", &ask.label())?;
    ask.may(Operation::PutBucketAcl)?;
    let policy = acl::policy(document)?;
    let done = ask.store()?.put_bucket_acl().bucket(&ask.bucket);
    let done = done.access_control_policy(policy).send().await;
    done.map_err(|error| failure(error, &ask.label()))?;
    Ok(Json(BucketMutationResponse::unnamed("updated")))
}
