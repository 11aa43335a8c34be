//! The rules of a bucket for other origins.

use aws_sdk_s3::types::{CorsConfiguration, CorsRule};
use axum::Json;
use axum::extract::Request;
use portico_aws::failure;
use portico_hcp::document::{Kind, Model};
use portico_sdk::invalid::Refusal;
use portico_sdk::s3::Operation;
use portico_sdk::{Error, Reason};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::ask::Ask;
use crate::document::{Document, optional, texts};
use crate::shapes::BucketMutationResponse;

const TEXTS: Kind = Kind::List(&Kind::Text);

const RULE: Model = Model {
    name: "CorsRule",
    fields: &[
        optional("AllowedHeaders", TEXTS),
        optional("AllowedMethods", TEXTS),
        optional("AllowedOrigins", TEXTS),
        optional("ExposeHeaders", TEXTS),
        optional("MaxAgeSeconds", Kind::Int),
        optional("ID", Kind::Text),
    ],
};

/// What a client sends.
pub(super) const RULES: Model = Model {
    name: "BucketCorsConfiguration",
    fields: &[optional("CORSRules", Kind::List(&Kind::Model(&RULE)))],
};

/// What a client gets.
#[derive(Serialize, ToSchema)]
pub(super) struct CorsResponse {
    #[schema(value_type = Vec<Object>)]
    cors_rules: Vec<Value>,
}

pub(super) async fn get(ask: Ask) -> Result<Json<CorsResponse>, Error> {
    ask.only_on_hcp("get_bucket_cors", &ask.label())?;
    ask.may(Operation::GetBucketCors)?;
    let told = ask
        .store()?
        .get_bucket_cors()
        .bucket(&ask.bucket)
        .send()
        .await;
    let told = told.map_err(|error| failure(error, &ask.label()))?;
    let cors_rules = told.cors_rules().iter().map(shown).collect();
    Ok(Json(CorsResponse { cors_rules }))
}

pub(super) async fn set(
    ask: Ask,
    request: Request,
) -> Result<Json<BucketMutationResponse>, Refusal> {
    let mut document = Document::read(request, &RULES).await?;
    ask.only_on_hcp("put_bucket_cors", &ask.label())?;
    ask.may(Operation::PutBucketCors)?;
    let given = match document.take("CORSRules") {
        Value::Array(rules) => rules,
        _ => Vec::new(),
    };
    let rules = given.iter().map(rule).collect::<Result<_, Error>>()?;
    let rules = CorsConfiguration::builder().set_cors_rules(Some(rules));
    let rules = rules.build().map_err(incomplete)?;
    let done = ask.store()?.put_bucket_cors().bucket(&ask.bucket);
    let done = done.cors_configuration(rules).send().await;
    done.map_err(|error| failure(error, &ask.label()))?;
    Ok(Json(BucketMutationResponse::unnamed("updated")))
}

pub(super) async fn delete(ask: Ask) -> Result<Json<BucketMutationResponse>, Error> {
    ask.only_on_hcp("delete_bucket_cors", &ask.label())?;
    ask.may(Operation::DeleteBucketCors)?;
    let gone = ask
        .store()?
        .delete_bucket_cors()
        .bucket(&ask.bucket)
        .send()
        .await;
    gone.map_err(|error| failure(error, &ask.label()))?;
    Ok(Json(BucketMutationResponse::unnamed("deleted")))
}

fn rule(given: &Value) -> Result<CorsRule, Error> {
    let list = |name: &str| given.get(name).cloned().map(texts);
    let seconds = given.get("MaxAgeSeconds").and_then(Value::as_i64);
    let id = given.get("ID").and_then(Value::as_str);
    let rule = CorsRule::builder()
        .set_id(id.map(str::to_owned))
        .set_allowed_headers(list("AllowedHeaders"))
        .set_allowed_methods(list("AllowedMethods"))
        .set_allowed_origins(list("AllowedOrigins"))
        .set_expose_headers(list("ExposeHeaders"))
        .set_max_age_seconds(seconds.and_then(|seconds| seconds.try_into().ok()));
    rule.build().map_err(incomplete)
}

fn incomplete(error: aws_sdk_s3::error::BuildError) -> Error {
    let words = "A rule needs AllowedMethods and AllowedOrigins";
    Error::with_message(Reason::InvalidRequest, words).because(error)
}

fn shown(rule: &CorsRule) -> Value {
    let mut told = Map::new();
    let lists = [
        ("AllowedHeaders", rule.allowed_headers()),
        ("AllowedMethods", rule.allowed_methods()),
        ("AllowedOrigins", rule.allowed_origins()),
        ("ExposeHeaders", rule.expose_headers()),
    ];
    told.extend(rule.id().map(|id| ("ID".to_owned(), Value::from(id))));
    for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        told.insert(name.to_owned(), Value::from(list));
    }
    let seconds = rule.max_age_seconds();
    told.extend(seconds.map(|seconds| ("MaxAgeSeconds".to_owned(), Value::from(seconds))));
    Value::Object(told)
}
