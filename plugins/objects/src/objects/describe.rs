//! The routes of objects in OpenAPI's terms.

use portico_hcp::document::schema;
use portico_sdk::rest::openapi::HttpMethod::{self, Delete, Get, Head, Post, Put};
use portico_sdk::rest::openapi::schema::Type;
use portico_sdk::rest::openapi::{ObjectBuilder, Required};
use portico_sdk::rest::{Description, Shape};

use super::ALL;
use super::copy::COPY;
use super::folder::{CreateFolderResponse, FOLDER};
use super::list::ListObjectsResponse;
use super::many::{DELETE, DeleteObjectsResponse};
use super::presign::{BulkPresignResponse, PRESIGN};
use super::put::UploadObjectResponse;
use crate::acl::{AclResponse, POLICY};
use crate::buckets::describe::{asking, on_hcp};
use crate::shapes::{ObjectMutationResponse, StatusResponse};
use crate::upload;

/// What an object is, unless somebody says otherwise.
pub(crate) const BINARY: &str = "application/octet-stream";

const GROUP: &str = "objects";
const ONE: &str = "/api/v1/buckets/{bucket}/objects/{key}";

fn about(id: &str, summary: &str) -> Description {
    asking(GROUP, id, summary).refusal(404, "There is no such bucket or object.")
}

fn of_key(id: &str, summary: &str) -> Description {
    about(id, summary).path(
        "key",
        Shape::text(),
        "May hold anything, slashes too, escaped once.",
    )
}

fn version(description: Description) -> Description {
    let words = "Which version; the current one if none is named.";
    description.query("version_id", Shape::text(), Required::False, words)
}

/// A number.
pub(crate) fn whole() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer)
}

pub(super) fn list() -> Description {
    let page = whole().maximum(Some(1000)).default(Some(1000.into()));
    about("listObjects", "One page of the objects of a bucket")
        .query(
            "prefix",
            Shape::text(),
            Required::False,
            "What keys begin with.",
        )
        .query(
            "delimiter",
            Shape::text(),
            Required::False,
            "What ends a common prefix.",
        )
        .query(
            "max_keys",
            page,
            Required::False,
            "The most that the page holds.",
        )
        .query(
            "continuation_token",
            Shape::text(),
            Required::False,
            "As the page before told it.",
        )
        .answer(200, "The page.", Shape::of::<ListObjectsResponse>())
        .refusal(400, "The store does not understand what was asked.")
}

/// What stands below `…/objects/`.
pub(super) fn below() -> Vec<(HttpMethod, String, Description)> {
    let object = |method, description| (method, ONE.to_owned(), description);
    let below = |method, word: &str, description| (method, format!("{ALL}/{word}"), description);
    vec![
        object(Post, upload()),
        object(Get, download()),
        object(Head, head()),
        object(Delete, delete()),
        below(Get, "{key}/acl", acl()),
        below(Put, "{key}/acl", set_acl()),
        below(Post, "{key}/copy", copy()),
        below(Post, "folder", folder()),
        below(Post, "delete", many()),
        below(Post, "presign", presign()),
    ]
}

/// A form with a file.
pub(crate) fn form() -> ObjectBuilder {
    let file = ObjectBuilder::new().schema_type(Type::String);
    let file = file.content_media_type(BINARY);
    ObjectBuilder::new().property("file", file).required("file")
}

fn upload() -> Description {
    of_key("uploadObject", "Store an object")
        .details("The file may come in a form, under the name `file`, or as the body itself, of any other type.")
        .body(["multipart/form-data"], form(), Required::True)
        .header(upload::NAME, Shape::text(), Required::False, "A name under which its events are told.")
        .answer(201, "It is stored.", Shape::of::<UploadObjectResponse>())
        .refusal(400, "The body is not whole, or the key is none.")
        .refusal(409, "The store does not overwrite there.")
        .refusal(413, "The object is larger than the store takes.")
}

fn download() -> Description {
    version(of_key("downloadObject", "The bytes of an object"))
        .header(
            "Range",
            Shape::text(),
            Required::False,
            "Which bytes (RFC 9110 section 14).",
        )
        .header(
            "If-Range",
            Shape::text(),
            Required::False,
            "A tag or a date: those bytes if the object is still that one, else all of them.",
        )
        .header(
            "If-Match",
            Shape::text(),
            Required::False,
            "Tags, one of which it must have.",
        )
        .header(
            "If-None-Match",
            Shape::text(),
            Required::False,
            "Tags, none of which it may have.",
        )
        .answer_of(200, "The bytes.", BINARY, Shape::bytes())
        .answer_of(
            206,
            "The bytes that were asked for.",
            BINARY,
            Shape::bytes(),
        )
        .answer_empty(304, "It is what the client has.")
        .refusal(412, "It is not what the client expects.")
        .refusal(416, "It has no such bytes.")
}

fn head() -> Description {
    version(of_key("headObject", "What is known of an object")).answer_empty(
        200,
        "There is: its length, type, tag and time are in the headers.",
    )
}

fn delete() -> Description {
    version(of_key("deleteObject", "Delete an object")).answer(
        200,
        "It is gone, or was not there.",
        Shape::of::<ObjectMutationResponse>(),
    )
}

fn acl() -> Description {
    let description = on_hcp(of_key("getObjectAcl", "Who may do what with an object"));
    description.answer(200, "The list.", Shape::of::<AclResponse>())
}

fn set_acl() -> Description {
    on_hcp(of_key("putObjectAcl", "Say who may do what with an object"))
        .json(schema::model(&POLICY))
        .answer(200, "It is said.", Shape::of::<StatusResponse>())
        .refusal(400, "The store does not take such a list.")
}

fn copy() -> Description {
    of_key("copyObject", "Make an object from another")
        .json(schema::model(&COPY))
        .answer(200, "It is made.", Shape::of::<ObjectMutationResponse>())
        .refusal(400, "What is named can be no source.")
        .refusal(409, "The store does not overwrite there.")
}

fn folder() -> Description {
    about(
        "createFolder",
        "Make a folder: an object whose key ends with a slash",
    )
    .json(schema::model(&FOLDER))
    .answer(201, "It is made.", Shape::of::<CreateFolderResponse>())
    .refusal(409, "There is an object of that name.")
}

fn many() -> Description {
    about(
        "deleteObjects",
        "Delete keys, or whatever begins with a prefix",
    )
    .details("An empty prefix means everything. What fails is told key by key.")
    .json(schema::model(&DELETE))
    .answer(200, "What was done.", Shape::of::<DeleteObjectsResponse>())
}

fn presign() -> Description {
    Description::new(GROUP, "presignObjects", "A link to each of many objects")
        .details("`method` is `get_object` or `put_object`.")
        .json(schema::model(&PRESIGN))
        .answer(200, "The links.", Shape::of::<BulkPresignResponse>())
        .refusal(501, "There is no S3 door that a link could lead to.")
}
