//! The routes in OpenAPI's terms.

use portico_hcp::document::schema;
use portico_sdk::rest::openapi::HttpMethod::{self, Get, Post};
use portico_sdk::rest::openapi::Required;
use portico_sdk::rest::{Description, Shape};

use super::count::StatsTaskResponse;
use super::delete::{DELETE, DeleteTaskResponse};
use super::zip::{DOWNLOAD, ZipLinkResponse, ZipTaskResponse};

const GROUP: &str = "jobs";

/// The operations below a root.
pub(super) fn operations(root: &str) -> Vec<(HttpMethod, String, Description)> {
    let at = |method, below: &str, description| (method, format!("{root}/{below}"), description);
    vec![
        at(Post, "s3_stats", count()),
        at(Get, "s3_stats/{task_id}", counted()),
        at(Post, "s3_stats/{task_id}/cancel", count_canceled()),
        at(Get, "s3_stats/{task_id}/events", count_events()),
        at(Post, "delete-task", delete()),
        at(Get, "delete-task/{task_id}", deleted()),
        at(Post, "delete-task/{task_id}/cancel", delete_canceled()),
        at(Get, "delete-task/{task_id}/events", delete_events()),
        at(Post, "download", zip()),
        at(Get, "download/{task_id}", zip_ready()),
        at(Post, "download/{task_id}/cancel", zip_canceled()),
        at(Get, "download/{task_id}/events", zip_events()),
    ]
}

/// A job is submitted.
fn submit(id: &str, summary: &str) -> Description {
    Description::new(GROUP, id, summary)
        .refusal(403, "The store refuses the caller, or a rule does.")
        .refusal(
            429,
            "There are too many jobs; `Retry-After` says when to come again.",
        )
        .refusal(502, "The store cannot be reached, or not understood.")
        .refusal(503, "Jobs cannot be kept at present.")
}

/// A job is asked about.
fn about(id: &str, summary: &str) -> Description {
    Description::new(GROUP, id, summary)
        .refusal(404, "The caller has no such job, or none any more.")
        .refusal(503, "Jobs cannot be kept at present.")
}

fn told(description: Description, shape: Shape) -> Description {
    // What tools check is the event around the document.
    let shape = Shape::bytes().beside(shape);
    description.answer_of(
        200,
        "Events, until the job has ended.",
        "text/event-stream",
        shape,
    )
}

fn count() -> Description {
    submit(
        "countObjects",
        "Count files, folders and bytes in the background",
    )
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
        "What ends a common prefix, which counts as a folder.",
    )
    .answer(202, "It has begun.", Shape::of::<StatsTaskResponse>())
}

fn counted() -> Description {
    about("countObjectsStatus", "How a count stands").answer(
        200,
        "What has been counted so far.",
        Shape::of::<StatsTaskResponse>(),
    )
}

fn count_canceled() -> Description {
    about("cancelCountObjects", "End a count early")
        .details("What is no id of a job is a key, and this an upload to it.")
        .may_be_invalid()
        .answer(200, "It ends.", Shape::of::<StatsTaskResponse>())
}

fn count_events() -> Description {
    let description = about("countObjectsEvents", "How a count goes on");
    told(description, Shape::of::<StatsTaskResponse>())
}

fn delete() -> Description {
    submit(
        "deleteTask",
        "Delete keys and whatever begins with prefixes, in the background",
    )
    .details(
        "An empty prefix means everything. Folders go after what is in them. With `versions` every \
             version goes, and every delete marker.",
    )
    .json(schema::model(&DELETE))
    .answer(202, "It has begun.", Shape::of::<DeleteTaskResponse>())
    .refusal(400, "Nothing is named that could be deleted.")
}

fn deleted() -> Description {
    about("deleteTaskStatus", "How a deletion stands")
        .answer(
            200,
            "What has been deleted so far.",
            Shape::of::<DeleteTaskResponse>(),
        )
        .refusal(
            502,
            "It failed: the detail is a document with `status` and `error`.",
        )
}

fn delete_canceled() -> Description {
    Description::new(GROUP, "cancelDeleteTask", "End a deletion early")
        .details("The answer is the same where there is no such job.")
        .answer(200, "It ends.", Shape::of::<DeleteTaskResponse>())
}

fn delete_events() -> Description {
    let description = about("deleteTaskEvents", "How a deletion goes on");
    told(description, Shape::of::<DeleteTaskResponse>())
}

fn zip() -> Description {
    let link = Shape::of::<ZipLinkResponse>();
    submit("zipObjects", "Many objects in one ZIP archive")
        .details(
            "`prefix`, even an empty one, counts before `keys`. The archive is made in the background and \
             fetched when it is ready; objects that cannot be had are listed in it. With `stream` the answer \
             is the archive itself, made while it is sent, each object stored as it is; an object that fails \
             breaks it off. With `link` the answer is a link to such an archive.",
        )
        .json(schema::model(&DOWNLOAD))
        .answer(202, "It has begun.", Shape::of::<ZipTaskResponse>())
        .answer(200, "The archive, or a link to one.", Shape::either([Shape::bytes(), link]))
        .refusal(400, "Nothing is named, nothing is there, or more than 50 000 objects are.")
        .refusal(404, "There is no such bucket or object.")
}

fn zip_ready() -> Description {
    let told = Shape::of::<ZipTaskResponse>();
    about("zipObjectsStatus", "How an archive stands, or the archive")
        .details(
            "While it is made, a document. Then the archive itself, once, unless the house keeps archives: \
             in parts too (`Range`). `X-Zip-Failed` says how many objects are missing, and \
             `X-Zip-Failed-Keys` which, the first fifty of them.",
        )
        .answer(200, "It is being made, or it is this.", Shape::either([told, Shape::bytes()]))
        .answer_of(206, "A part of the archive.", "application/zip", Shape::bytes())
        .refusal(416, "The archive is shorter.")
        .refusal(500, "It failed: the detail is a document with `status`, `error` and `failed_keys`.")
}

fn zip_canceled() -> Description {
    about("cancelZipObjects", "Give an archive up").answer(
        200,
        "It ends.",
        Shape::of::<ZipTaskResponse>(),
    )
}

fn zip_events() -> Description {
    let description = about("zipObjectsEvents", "How an archive comes on");
    told(description, Shape::of::<ZipTaskResponse>())
}
