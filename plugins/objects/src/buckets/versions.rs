//! `GET …/versions`: one page of all versions of all objects.

use aws_sdk_s3::types::{DeleteMarkerEntry, EncodingType, ObjectVersion};
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
use crate::objects::PAGE;
use crate::shapes::OwnerInfo;
use crate::times::rfc3339;

/// One version.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct ObjectVersionInfo {
    key: String,
    #[schema(required)]
    version_id: Option<String>,
    #[schema(required)]
    is_latest: Option<bool>,
    #[schema(required, format = DateTime)]
    last_modified: Option<String>,
    #[serde(rename = "ETag")]
    #[schema(required)]
    e_tag: Option<String>,
    #[schema(required)]
    size: Option<i64>,
    #[schema(required)]
    storage_class: Option<String>,
    #[schema(required)]
    owner: Option<OwnerInfo>,
}

/// A version that says that there is no object.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct DeleteMarkerInfo {
    key: String,
    #[schema(required)]
    version_id: Option<String>,
    #[schema(required)]
    is_latest: Option<bool>,
    #[schema(required, format = DateTime)]
    last_modified: Option<String>,
    #[schema(required)]
    owner: Option<OwnerInfo>,
}

/// The answer.
#[derive(Serialize, ToSchema)]
pub(super) struct ListObjectVersionsResponse {
    versions: Vec<ObjectVersionInfo>,
    delete_markers: Vec<DeleteMarkerInfo>,
    is_truncated: bool,
    #[schema(required)]
    next_key_marker: Option<String>,
    #[schema(required)]
    next_version_id_marker: Option<String>,
    /// Versions and markers of the page.
    key_count: usize,
}

pub(super) async fn list(ask: Ask, uri: Uri) -> Result<Json<ListObjectVersionsResponse>, Refusal> {
    let mut given = Given::read(&uri);
    let prefix = given.text("prefix");
    let (key, version) = (given.text("key_marker"), given.text("version_id_marker"));
    let most = given.int("max_keys", Some(PAGE), Bounds::up_to(PAGE));
    given.done()?;
    let asked = Asked::bucket(Operation::ListObjectVersions, &ask.bucket);
    let asked = asked.prefix(prefix.as_deref().unwrap_or_default());
    ask.allow(&asked, &ask.label())?;
    let page = ask.store()?.list_object_versions().bucket(&ask.bucket);
    let page = page
        .set_prefix(prefix)
        .set_key_marker(key)
        .set_version_id_marker(version)
        .max_keys(most)
        .encoding_type(EncodingType::Url);
    let page = page
        .send()
        .await
        .map_err(|error| failure(error, &ask.label()))?;
    let listed = Listed::by(page.encoding_type());
    let versions = page.versions().iter();
    let versions: Vec<_> = versions.map(|version| shown(version, listed)).collect();
    let markers = page.delete_markers().iter();
    let delete_markers: Vec<_> = markers.map(|marker| marked(marker, listed)).collect();
    Ok(Json(ListObjectVersionsResponse {
        key_count: versions.len() + delete_markers.len(),
        versions,
        delete_markers,
        is_truncated: page.is_truncated().unwrap_or_default(),
        next_key_marker: page.next_key_marker().map(|key| listed.name(key)),
        next_version_id_marker: page.next_version_id_marker().map(str::to_owned),
    }))
}

fn shown(version: &ObjectVersion, listed: Listed) -> ObjectVersionInfo {
    let class = version.storage_class();
    ObjectVersionInfo {
        key: listed.name(version.key().unwrap_or_default()),
        version_id: version.version_id().map(str::to_owned),
        is_latest: version.is_latest(),
        last_modified: version.last_modified().and_then(rfc3339),
        e_tag: version.e_tag().map(str::to_owned),
        size: version.size(),
        storage_class: class.map(|class| class.as_str().to_owned()),
        owner: version.owner().map(OwnerInfo::of),
    }
}

fn marked(marker: &DeleteMarkerEntry, listed: Listed) -> DeleteMarkerInfo {
    DeleteMarkerInfo {
        key: listed.name(marker.key().unwrap_or_default()),
        version_id: marker.version_id().map(str::to_owned),
        is_latest: marker.is_latest(),
        last_modified: marker.last_modified().and_then(rfc3339),
        owner: marker.owner().map(OwnerInfo::of),
    }
}
