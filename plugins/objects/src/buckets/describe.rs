//! The routes of buckets in OpenAPI's terms.

use portico_hcp::document::schema;
use portico_sdk::rest::openapi::schema::Type;
use portico_sdk::rest::openapi::{ObjectBuilder, Required};
use portico_sdk::rest::{Description, Shape};

use super::CREATE;
use super::cors::{CorsResponse, RULES};
use super::list::ListBucketsResponse;
use super::settings::{BucketVersioningResponse, VERSIONING, VersioningMutationResponse};
use super::uploads::ListMultipartUploadsResponse;
use super::versions::ListObjectVersionsResponse;
use crate::acl::{AclResponse, POLICY};
use crate::objects::describe::whole;
use crate::shapes::BucketMutationResponse;

const GROUP: &str = "buckets";

/// A description with the refusals that any question to the store may end with.
pub(crate) fn asking(group: &str, id: &str, summary: &str) -> Description {
    Description::new(group, id, summary)
        .refusal(403, "The store refuses the caller, or a rule does.")
        .refusal(502, "The store cannot be reached, or not understood.")
        .refusal(504, "The store did not answer in time.")
}

fn about(id: &str, summary: &str) -> Description {
    asking(GROUP, id, summary)
        .refusal(400, "What is named can be no bucket.")
        .refusal(404, "There is no such bucket.")
}

pub(super) fn list() -> Description {
    asking(GROUP, "listBuckets", "The caller's buckets").answer(
        200,
        "The buckets.",
        Shape::of::<ListBucketsResponse>(),
    )
}

pub(super) fn create() -> Description {
    asking(GROUP, "createBucket", "Make a bucket")
        .json(schema::model(&CREATE))
        .answer(201, "It is made.", Shape::of::<BucketMutationResponse>())
        .refusal(400, "It can be no name of a bucket.")
        .refusal(409, "The name is taken.")
}

pub(super) fn head() -> Description {
    about("headBucket", "Whether there is a bucket").answer_empty(200, "There is.")
}

pub(super) fn delete() -> Description {
    let flag = ObjectBuilder::new().schema_type(Type::Boolean);
    about("deleteBucket", "Delete a bucket")
        .query(
            "force",
            flag,
            Required::False,
            "Whether everything in it is deleted first, every version too.",
        )
        .answer(200, "It is gone.", Shape::of::<BucketMutationResponse>())
        .refusal(409, "There is something in it.")
}

fn changed(description: Description) -> Description {
    description.answer(200, "Done.", Shape::of::<BucketMutationResponse>())
}

/// What stores other than HCP are not asked for.
pub(crate) fn on_hcp(description: Description) -> Description {
    description.refusal(501, "The store behind is no HCP.")
}

pub(super) fn versioning() -> Description {
    let description = about("getBucketVersioning", "Whether versions are kept");
    description.answer(200, "What is set.", Shape::of::<BucketVersioningResponse>())
}

pub(super) fn set_versioning() -> Description {
    about("putBucketVersioning", "Keep versions, or no more")
        .json(schema::model(&VERSIONING))
        .answer(200, "It is set.", Shape::of::<VersioningMutationResponse>())
}

pub(super) fn acl() -> Description {
    let description = on_hcp(about("getBucketAcl", "Who may do what with a bucket"));
    description.answer(200, "The list.", Shape::of::<AclResponse>())
}

pub(super) fn set_acl() -> Description {
    let description = on_hcp(about("putBucketAcl", "Say who may do what with a bucket"));
    changed(description.json(schema::model(&POLICY)))
}

pub(super) fn cors() -> Description {
    on_hcp(about(
        "getBucketCors",
        "The rules for pages of other origins",
    ))
    .details("404 where there are none.")
    .answer(200, "The rules.", Shape::of::<CorsResponse>())
}

pub(super) fn set_cors() -> Description {
    let description = on_hcp(about(
        "putBucketCors",
        "Set the rules for pages of other origins",
    ));
    changed(description.json(schema::model(&RULES)))
}

pub(super) fn delete_cors() -> Description {
    changed(on_hcp(about(
        "deleteBucketCors",
        "Delete the rules for pages of other origins",
    )))
}

fn prefix(description: Description) -> Description {
    let words = "What keys begin with.";
    description.query("prefix", Shape::text(), Required::False, words)
}

pub(super) fn uploads() -> Description {
    let most = whole().minimum(Some(1)).maximum(Some(1000));
    let most = most.default(Some(1000.into()));
    prefix(about(
        "listUploads",
        "Uploads in parts that are not complete",
    ))
    .query(
        "max_uploads",
        most,
        Required::False,
        "The most that are told.",
    )
    .answer(
        200,
        "The uploads.",
        Shape::of::<ListMultipartUploadsResponse>(),
    )
}

pub(super) fn versions() -> Description {
    let most = whole().maximum(Some(1000)).default(Some(1000.into()));
    prefix(about(
        "listVersions",
        "One page of the versions of all objects",
    ))
    .query(
        "max_keys",
        most,
        Required::False,
        "The most that the page holds.",
    )
    .query(
        "key_marker",
        Shape::text(),
        Required::False,
        "The page before ended with this key.",
    )
    .query(
        "version_id_marker",
        Shape::text(),
        Required::False,
        "And with this version of it.",
    )
    .answer(200, "The page.", Shape::of::<ListObjectVersionsResponse>())
}
