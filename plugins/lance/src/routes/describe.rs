//! The routes in OpenAPI's terms.

use portico_hcp::document::schema as document;
use portico_sdk::rest::openapi::schema::{KnownFormat, SchemaFormat, Type};
use portico_sdk::rest::openapi::{ObjectBuilder, Required};
use portico_sdk::rest::{Description, Shape};
use serde_json::json;

use super::build::{INDEX, LanceIndexTask};
use super::indices::LanceIndices;
use super::ingest::{KINDS, LanceWritten};
use super::rows::LanceRows;
use super::schema::LanceSchema;
use super::search::{LanceFound, SEARCH};
use super::tables::LanceTables;
use super::versions::LanceVersions;
use crate::form::{ARROW, PARQUET};
use crate::values::Preview;

const JSON: &str = "application/json";
const FILTER: &str = "An SQL expression over the columns, such as `id > 3 AND label = 'a'`.";
const VERSION: &str = "An older state of the table; the newest one without.";

/// A route in a folder of tables.
fn inside(id: &str, summary: &str) -> Description {
    Description::new("lance", id, summary)
        .query("bucket", Shape::text(), Required::True, "")
        .query(
            "path",
            Shape::text(),
            Required::False,
            "The folder in the bucket; the bucket itself without.",
        )
        .refusal(400, "No bucket or folder is called so.")
        .refusal(
            403,
            "The store, or a rule of the house, does not let the caller.",
        )
        .refusal(404, "There is no such bucket.")
        .refusal(413, "The rows take more memory than one query may.")
        .refusal(429, "Too many queries run; come again.")
        .refusal(502, "The store cannot be reached, or not understood.")
        .refusal(503, "The store fails at present; come again.")
        .refusal(
            504,
            "The query took too long, or the store did not answer in time.",
        )
}

/// A route of one table. What Lance refuses is answered as 422 too, in words.
fn of_table(id: &str, summary: &str) -> Description {
    inside(id, summary).query(
        "table",
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r"^[\w\-.]+$")),
        Required::True,
        "Its name, without `.lance`.",
    )
}

fn number(least: i64, most: Option<i64>, preset: Option<i64>) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(least))
        .maximum(most)
        .default(preset.map(|preset| json!(preset)))
}

fn versioned(description: Description) -> Description {
    description.query("version", number(1, None, None), Required::False, VERSION)
}

/// Rows, in any of the forms that they have.
fn answered(description: Description, shape: Shape) -> Description {
    description
        .details(format!(
            "With `Accept: {ARROW}` or `{PARQUET}` the rows come in that form alone, with nothing beside them.",
        ))
        .answer_as(
            200,
            "The rows.",
            [(JSON, shape), (ARROW, Shape::bytes()), (PARQUET, Shape::bytes())],
        )
}

pub(super) fn tables() -> Description {
    inside("listLanceTables", "The tables in a folder").answer(
        200,
        "Their names, sorted.",
        Shape::of::<LanceTables>(),
    )
}

pub(super) fn schema() -> Description {
    versioned(of_table("readLanceSchema", "The columns of a table")).answer(
        200,
        "The columns, in order.",
        Shape::of::<LanceSchema>(),
    )
}

pub(super) fn rows() -> Description {
    let words = "Names of columns with commas between; all of them without.";
    let rows = versioned(of_table("readLanceRows", "Rows of a table, page by page"))
        .query("limit", number(1, Some(200), Some(50)), Required::False, "")
        .query("offset", number(0, None, Some(0)), Required::False, "")
        .query("columns", Shape::text(), Required::False, words)
        .query("filter", Shape::text(), Required::False, FILTER);
    answered(rows, Shape::of::<LanceRows>())
}

pub(super) fn preview() -> Description {
    let words = "The first vectors, with figures of all that were read.";
    versioned(of_table(
        "previewLanceVectors",
        "The vectors of a column, in figures",
    ))
    .query("column", Shape::text(), Required::True, "")
    .query(
        "limit",
        number(1, Some(200), Some(100)),
        Required::False,
        "Vectors to read.",
    )
    .answer(200, words, Shape::of::<Preview>())
}

pub(super) fn search() -> Description {
    let kind = ObjectBuilder::new().schema_type(Type::String);
    let kind = kind.enum_values(Some(["fts", "vector", "hybrid"]));
    let weight = ObjectBuilder::new().schema_type(Type::Number);
    let weight = weight.minimum(Some(0.0)).maximum(Some(1.0));
    let words = "Of a hybrid search: what vectors count, 1 for them alone. Without it the ranks on both sides decide.";
    let search = versioned(of_table(
        "searchLanceTable",
        "Rows by words, by a vector, or by both",
    ))
    .query(
        "query",
        Shape::text(),
        Required::False,
        "The words to search for.",
    )
    .query(
        "vector",
        Shape::text(),
        Required::False,
        "A JSON list of numbers.",
    )
    .query(
        "vector_column",
        Shape::text(),
        Required::False,
        "Where a table has more than one.",
    )
    .query(
        "query_type",
        kind.default(Some(json!("fts"))),
        Required::False,
        "",
    )
    .query("limit", number(1, Some(100), Some(20)), Required::False, "")
    .query(
        "offset",
        number(0, Some(10_000), Some(0)),
        Required::False,
        "",
    )
    .query("filter", Shape::text(), Required::False, FILTER)
    .query("weight", weight, Required::False, words)
    .query(
        "select",
        Shape::text(),
        Required::False,
        "Names of columns with commas between.",
    );
    answered(tuned(search), Shape::of::<LanceFound>())
}

/// How an index is searched.
fn tuned(search: Description) -> Description {
    search
        .query(
            "nprobes",
            number(1, Some(1000), None),
            Required::False,
            "Parts of the index to look through.",
        )
        .query(
            "refine_factor",
            number(1, Some(1000), None),
            Required::False,
            "How many more to look at exactly.",
        )
}

pub(super) fn search_by_document() -> Description {
    let summary = "As by address, with vectors of any length";
    let search = Description::new("lance", "searchLanceTableByDocument", summary);
    let search = search.json(document::model(&SEARCH));
    let search = search
        .refusal(400, "The search cannot be understood.")
        .refusal(
            403,
            "The store, or a rule of the house, does not let the caller.",
        )
        .refusal(404, "There is no such bucket.")
        .refusal(413, "The document, or what is found, is too large.")
        .refusal(429, "Too many queries run; come again.")
        .refusal(502, "The store cannot be reached, or not understood.")
        .refusal(503, "The store fails at present; come again.")
        .refusal(504, "The query took too long.");
    answered(search, Shape::of::<LanceFound>())
}

pub(super) fn cell() -> Description {
    let words = "The bytes, or a text in UTF-8. Images are told for what they are.";
    versioned(of_table("readLanceCell", "The bytes of one value"))
        .query("column", Shape::text(), Required::True, "")
        .query(
            "row",
            number(0, None, None),
            Required::True,
            "Counted from 0, without a filter.",
        )
        .header(
            "range",
            Shape::text(),
            Required::False,
            "A part of the bytes (RFC 9110 section 14).",
        )
        .answer_of(200, words, "application/octet-stream", Shape::bytes())
        .answer_of(
            206,
            "A part of them.",
            "application/octet-stream",
            Shape::bytes(),
        )
        .answer_empty(304, "The client has them already.")
        .refusal(412, "They are not what the client expects.")
        .answer_empty(416, "There is no such part.")
}

pub(super) fn indices() -> Description {
    versioned(of_table("listLanceIndices", "The indices of a table")).answer(
        200,
        "What they are, and how much of the table they hold.",
        Shape::of::<LanceIndices>(),
    )
}

pub(super) fn build() -> Description {
    of_table("buildLanceIndex", "Build an index in the background")
        .details(
            "Of vectors, of words (`FTS`), or of plain values. What is not said is as LanceDB has it. The \
             table can be read and written meanwhile.",
        )
        .json(document::model(&INDEX))
        .answer(202, "It has begun.", Shape::of::<LanceIndexTask>())
        .refusal(501, "No jobs are run here.")
}

/// A route of one build.
fn of_build(id: &str, summary: &str) -> Description {
    Description::new("lance", id, summary)
        .path(
            "id",
            Shape::text(),
            "What `POST …/indices` has answered as `task_id`.",
        )
        .refusal(404, "There is none, or it is somebody else's.")
        .refusal(503, "Jobs cannot be kept at present.")
}

pub(super) fn built() -> Description {
    of_build("readLanceIndexBuild", "How the building of an index stands").answer(
        200,
        "How it stands.",
        Shape::of::<LanceIndexTask>(),
    )
}

pub(super) fn build_canceled() -> Description {
    of_build(
        "cancelLanceIndexBuild",
        "End the building of an index early",
    )
    .answer(200, "It ends.", Shape::of::<LanceIndexTask>())
}

pub(super) fn build_events() -> Description {
    of_build(
        "readLanceIndexBuildEvents",
        "How the building of an index goes on",
    )
    .answer_of(
        200,
        "Its document whenever it has changed, the last one once it is over.",
        "text/event-stream",
        // What tools check is the event around the document.
        Shape::bytes().beside(Shape::of::<LanceIndexTask>()),
    )
}

pub(super) fn versions() -> Description {
    let words = "Of the newest states, so many.";
    of_table("listLanceVersions", "The states of a table")
        .query(
            "limit",
            number(1, Some(1000), Some(100)),
            Required::False,
            words,
        )
        .answer(
            200,
            "The newest states, the newest last.",
            Shape::of::<LanceVersions>(),
        )
}

pub(super) fn write() -> Description {
    let modes = ObjectBuilder::new().schema_type(Type::String);
    let modes = modes.enum_values(Some(["create", "append", "overwrite"]));
    let words = "What happens to a table of that name.";
    inside("writeLanceTable", "Rows for a table, new or not")
        .details(
            "Lists of numbers in JSON are vectors where their column is called `vector`, or its name ends \
             with `_vector`. Writers through this process take turns; one beside it can be lost where the \
             store does not heed `If-None-Match`. Arrow's stream comes uncompressed, and a line of JSON has \
             at most 4 MiB.",
        )
        .path("name", Shape::text(), "The table's name, without `.lance`.")
        .query("mode", modes.default(Some(json!("create"))), Required::False, words)
        .body(KINDS, Shape::bytes(), Required::True)
        .answer(200, "They are in the table.", Shape::of::<LanceWritten>())
        .answer(201, "The table is there.", Shape::of::<LanceWritten>())
        .refusal(409, "There is such a table already, or another writer was first.")
        .refusal(415, "The rows come in none of the forms that are read.")
}

pub(super) fn delete() -> Description {
    inside(
        "deleteLanceTable",
        "A table, with all its states and indices",
    )
    .path("name", Shape::text(), "The table's name, without `.lance`.")
    .answer_empty(204, "It is gone.")
    .refusal(409, "Part of it cannot be deleted; the rest is gone.")
}
