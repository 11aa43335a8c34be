//! `GET …/objects`: one page of a listing.

use aws_sdk_s3::types::{CommonPrefix, EncodingType};
use axum::Json;
use http::Uri;
use portico_aws::{Listed, failure};
use portico_hcp::document::{Bounds, Given};
use portico_sdk::invalid::Refusal;
use portico_sdk::rights::Asked;
use portico_sdk::s3::Operation;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ask::Ask;
use crate::shapes::ObjectInfo;

/// The most that one page holds.
pub(crate) const PAGE: i64 = 1000;

/// The answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListObjectsResponse {
    objects: Vec<ObjectInfo>,
    common_prefixes: Vec<String>,
    is_truncated: bool,
    #[schema(required)]
    next_continuation_token: Option<String>,
    key_count: i32,
}

pub(super) async fn list(ask: Ask, uri: Uri) -> Result<Json<ListObjectsResponse>, Refusal> {
    let mut given = Given::read(&uri);
    let (prefix, delimiter) = (given.text("prefix"), given.text("delimiter"));
    let token = given.text("continuation_token");
    let max_keys = given.int("max_keys", Some(PAGE), Bounds::up_to(PAGE));
    given.done()?;
    let asked = Asked::bucket(Operation::ListObjectsV2, &ask.bucket);
    let asked = asked.prefix(prefix.as_deref().unwrap_or_default());
    ask.allow(&asked, &ask.label())?;
    let listing = ask.store()?.list_objects_v2().bucket(&ask.bucket);
    let listing = listing
        .set_prefix(prefix)
        .set_delimiter(delimiter)
        .set_continuation_token(token)
        .max_keys(max_keys)
        .fetch_owner(true)
        .encoding_type(EncodingType::Url);
    let page = listing.send().await;
    let page = page.map_err(|error| failure(error, &ask.label()))?;
    let listed = Listed::by(page.encoding_type());
    let objects = page.contents().iter();
    let objects: Vec<_> = objects
        .map(|object| ObjectInfo::of(object, listed))
        .collect();
    let common_prefixes = prefixes(page.common_prefixes(), listed);
    let counted = objects.len() + common_prefixes.len();
    Ok(Json(ListObjectsResponse {
        key_count: page
            .key_count()
            .or(counted.try_into().ok())
            .unwrap_or_default(),
        is_truncated: page.is_truncated().unwrap_or_default(),
        next_continuation_token: page.next_continuation_token().map(str::to_owned),
        objects,
        common_prefixes,
    }))
}

fn prefixes(prefixes: &[CommonPrefix], listed: Listed) -> Vec<String> {
    let names = prefixes.iter().filter_map(CommonPrefix::prefix);
    names.map(|name| listed.name(name)).collect()
}
