//! The routes of uploads in parts, in OpenAPI's terms.

use portico_hcp::document::schema;
use portico_sdk::rest::openapi::HttpMethod::{self, Get, Post, Put};
use portico_sdk::rest::openapi::Required;
use portico_sdk::rest::{Description, Shape};

use super::ALL;
use super::begin::CreateMultipartUploadResponse;
use super::end::{ABORT, COMPLETE, CompleteMultipartUploadResponse};
use super::part::{ListPartsResponse, UploadPartResponse};
use super::presign::{PRESIGN, PresignedMultipartResponse};
use crate::buckets::describe::asking;
use crate::objects::describe::{form, whole};
use crate::shapes::StatusResponse;

fn about(id: &str, summary: &str) -> Description {
    asking("uploads", id, summary)
        .path(
            "key",
            Shape::text(),
            "May hold anything, slashes too, escaped once.",
        )
        .refusal(400, "The store does not take it so.")
        .refusal(404, "There is no such bucket or upload.")
}

/// What stands below `…/multipart/`.
pub(super) fn below() -> Vec<(HttpMethod, String, Description)> {
    let at =
        |method, word: &str, description| (method, format!("{ALL}/{{key}}{word}"), description);
    vec![
        at(Post, "", begin()),
        at(Put, "", part()),
        at(Get, "/parts", parts()),
        at(Post, "/presign", presign()),
        at(Post, "/complete", complete()),
        at(Post, "/abort", abort()),
    ]
}

fn begin() -> Description {
    let shape = Shape::of::<CreateMultipartUploadResponse>();
    about("createUpload", "Begin an upload in parts").answer(201, "It has begun.", shape)
}

fn part() -> Description {
    let number = whole().minimum(Some(1)).maximum(Some(10_000));
    about("uploadPart", "Store one part")
        .query("upload_id", Shape::text(), Required::True, "Which upload.")
        .query(
            "part_number",
            number,
            Required::True,
            "Its place in the object.",
        )
        .body(["multipart/form-data"], form(), Required::True)
        .answer(200, "It is stored.", Shape::of::<UploadPartResponse>())
        .refusal(
            413,
            "The part is too large for this route; a link takes larger ones.",
        )
}

fn parts() -> Description {
    let most = whole().maximum(Some(1000)).default(Some(1000.into()));
    about("listParts", "The parts that the store has")
        .query("upload_id", Shape::text(), Required::True, "Which upload.")
        .query(
            "max_parts",
            most,
            Required::False,
            "The most that are told.",
        )
        .answer(200, "The parts.", Shape::of::<ListPartsResponse>())
}

fn presign() -> Description {
    about(
        "presignUpload",
        "A link for every part, to be sent to the S3 door",
    )
    .details("Without an `upload_id` an upload is begun.")
    .json(schema::model(&PRESIGN))
    .answer(200, "The links.", Shape::of::<PresignedMultipartResponse>())
    .refusal(501, "There is no S3 door that a link could lead to.")
}

fn complete() -> Description {
    about("completeUpload", "Make the parts an object")
        .json(schema::model(&COMPLETE))
        .answer(
            200,
            "It is one.",
            Shape::of::<CompleteMultipartUploadResponse>(),
        )
}

fn abort() -> Description {
    about("abortUpload", "Give an upload up, with all its parts")
        .json(schema::model(&ABORT))
        .answer(200, "It is gone.", Shape::of::<StatusResponse>())
}
