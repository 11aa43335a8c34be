//! Listings page by page, for whoever goes through all of them: as they are now, never as kept.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpRequest;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{CommonPrefix, EncodingType, Object};
use portico_sdk::Error;
use serde::{Deserialize, Serialize};

use crate::failure::failure;
use crate::listed::Listed;
use crate::many::Item;

/// What is listed.
#[derive(Debug, Clone, Copy)]
pub struct Listing<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// What keys begin with; empty for all.
    pub prefix: &'a str,
    /// What ends a common prefix, if there are to be any.
    pub delimiter: Option<&'a str>,
    /// The most that a page holds; as many as the store gives, if nobody says.
    pub most: Option<i32>,
    /// What an error speaks of: `prefix 'a/'`.
    pub label: &'a str,
}

/// One object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key, decoded.
    pub key: String,
    /// Bytes; 0 where the store does not say.
    pub size: u64,
    /// The tag, with its quotes.
    pub tag: Option<String>,
    /// When it was last changed, to the second.
    pub modified: Option<SystemTime>,
}

/// One page of objects, in the store's order.
#[derive(Debug, Default)]
pub struct Page {
    /// The objects, folder entries among them.
    pub entries: Vec<Entry>,
    /// The common prefixes, decoded.
    pub prefixes: Vec<String>,
    /// What leads to the next page, if there is one.
    pub next: Option<String>,
}

/// Where a page of versions begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    key: Option<String>,
    version: Option<String>,
}

/// One page of versions and delete markers, in the store's order.
#[derive(Debug, Default)]
pub struct VersionPage {
    /// The versions, in the order of their keys.
    pub items: Vec<Item>,
    /// Where the next page begins, if there is one.
    pub next: Option<Marker>,
}

/// A page of objects (AWS, "`ListObjectsV2`").
///
/// # Errors
/// As [`failure`] words them.
pub async fn page(
    store: &Client,
    listing: &Listing<'_>,
    token: Option<String>,
) -> Result<Page, Error> {
    let asked = store
        .list_objects_v2()
        .bucket(listing.bucket)
        .set_prefix(given(listing.prefix))
        .set_delimiter(listing.delimiter.map(str::to_owned))
        .set_continuation_token(token)
        .set_max_keys(listing.most)
        .encoding_type(EncodingType::Url);
    let page = asked.customize().mutate_request(fresh).send().await;
    let page = page.map_err(|error| failure(error, listing.label))?;
    let listed = Listed::by(page.encoding_type());
    let entry = |object: &Object| {
        let size = object.size().unwrap_or_default();
        Some(Entry {
            key: listed.name(object.key()?),
            size: u64::try_from(size).unwrap_or_default(),
            tag: object.e_tag().map(str::to_owned),
            modified: object.last_modified().and_then(moment),
        })
    };
    let prefixes = page.common_prefixes().iter();
    let prefixes = prefixes.filter_map(CommonPrefix::prefix);
    Ok(Page {
        entries: page.contents().iter().filter_map(entry).collect(),
        prefixes: prefixes.map(|name| listed.name(name)).collect(),
        next: page.next_continuation_token().map(str::to_owned),
    })
}

/// A page of versions (AWS, "`ListObjectVersions`").
///
/// # Errors
/// As [`failure`] words them.
pub async fn version_page(
    store: &Client,
    listing: &Listing<'_>,
    marker: Marker,
) -> Result<VersionPage, Error> {
    let asked = store
        .list_object_versions()
        .bucket(listing.bucket)
        .set_prefix(given(listing.prefix))
        .set_key_marker(marker.key.clone())
        .set_version_id_marker(marker.version.clone())
        .set_max_keys(listing.most)
        .encoding_type(EncodingType::Url);
    let page = asked.customize().mutate_request(fresh).send().await;
    let page = page.map_err(|error| failure(error, listing.label))?;
    let listed = Listed::by(page.encoding_type());
    let versions = page.versions().iter();
    let versions = versions.map(|one| (one.key(), one.version_id()));
    let markers = page.delete_markers().iter();
    let all = versions.chain(markers.map(|one| (one.key(), one.version_id())));
    let item = |(key, version): (Option<&str>, Option<&str>)| {
        Some(Item {
            key: listed.name(key?),
            version: version.map(str::to_owned),
        })
    };
    let next = Marker {
        key: page.next_key_marker().map(|key| listed.name(key)),
        version: page.next_version_id_marker().map(str::to_owned),
    };
    // A store whose markers stand still would be asked for ever.
    let is_further = next != Marker::default() && next != marker;
    let mut items: Vec<_> = all.filter_map(item).collect();
    // The store has told versions and markers apart.
    items.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(VersionPage {
        items,
        next: Some(next).filter(|_| is_further),
    })
}

/// A moment of the store's, to the second; `None` before 1970.
#[must_use]
pub fn moment(told: &DateTime) -> Option<SystemTime> {
    let since = Duration::from_secs(u64::try_from(told.secs()).ok()?);
    UNIX_EPOCH.checked_add(since)
}

fn given(prefix: &str) -> Option<String> {
    Some(prefix.to_owned()).filter(|prefix| !prefix.is_empty())
}

fn fresh(request: &mut HttpRequest) {
    request.headers_mut().insert("cache-control", "no-cache");
}
