//! The document of the whole API (OpenAPI 3.1), put together from what every plugin told.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde_json::json;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{AnyOf, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ArrayBuilder, Components, ContentBuilder, InfoBuilder, ObjectBuilder, OpenApi, Ref, Response,
    ResponseBuilder, Schema,
};

use super::PublicRoutes;
use super::description::{INVALID, REFUSED};

const TOKEN: &str = "token";

/// The document, once the house is built: plugins borrow it before it is whole.
#[derive(Clone, Default)]
pub struct Document(Arc<OnceLock<OpenApi>>);

impl Document {
    /// The document; `None` while plugins are being installed.
    #[must_use]
    pub fn get(&self) -> Option<&OpenApi> {
        self.0.get()
    }

    /// Completes what the plugins told; only the first word counts.
    pub(crate) fn complete(&self, mut told: OpenApi, public: &PublicRoutes) {
        let about = InfoBuilder::new()
            .title("Portico")
            .version(env!("CARGO_PKG_VERSION"))
            .description(Some(
                "An object store as JSON: sessions, links, management, search.",
            ));
        told.info = about.build();
        let components = told.components.get_or_insert_with(Components::new);
        describe_refusals(components);
        components.add_security_scheme(TOKEN, token());
        for (path, item) in &mut told.paths.paths {
            let open = public.contains(path);
            operations(item).for_each(|operation| guard(operation, open));
        }
        // One house is built once.
        let _ = self.0.set(told);
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document(..)")
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let methods = [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.options,
        &mut item.head,
        &mut item.patch,
        &mut item.trace,
    ];
    methods.into_iter().flatten()
}

/// Who may come in, said of every operation.
fn guard(operation: &mut Operation, open: bool) {
    if open {
        operation.security = Some(Vec::new());
        return;
    }
    let none: [&str; 0] = [];
    operation.security = Some(vec![SecurityRequirement::new(TOKEN, none)]);
    let refused = refusal("No token, or one that is not good (any more).");
    let responses = &mut operation.responses.responses;
    responses.entry("401".to_owned()).or_insert(refused.into());
}

fn token() -> SecurityScheme {
    let about = "The `access_token` that `POST /api/v1/auth/token` answers.";
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
    SecurityScheme::Http(scheme.bearer_format("JWT").description(Some(about)).build())
}

fn describe_refusals(components: &mut Components) {
    let schemas = [
        (REFUSED, refused()),
        ("Issue", issue()),
        (INVALID, invalid()),
    ];
    for (name, schema) in schemas {
        components.schemas.insert(name.to_owned(), schema.into());
    }
    let words = "The request is not valid; words in place of a list where no field is to blame.";
    let invalid = AnyOf::builder()
        .item(Ref::from_schema_name(INVALID))
        .item(Ref::from_schema_name(REFUSED))
        .build();
    let content = ContentBuilder::new().schema(Some(Schema::AnyOf(invalid)));
    let invalid = ResponseBuilder::new().description(words);
    let invalid = invalid.content("application/json", content.build()).build();
    let refused = refusal("Not done, and why.");
    for (name, response) in [(INVALID, invalid), (REFUSED, refused)] {
        components
            .responses
            .insert(name.to_owned(), response.into());
    }
}

/// A response of `{"detail": string}`.
fn refusal(words: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(REFUSED)));
    let response = ResponseBuilder::new().description(words);
    response
        .content("application/json", content.build())
        .build()
}

fn text(words: &str) -> ObjectBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String);
    text.description(Some(words))
}

fn refused() -> Schema {
    let id = text("Names the request in the log; with status 500 alone.");
    let refused = ObjectBuilder::new()
        .property("detail", text("Why, in words."))
        .required("detail")
        .property("request_id", id);
    refused.examples([json!({"detail": "Not Found"})]).into()
}

/// [`Issue`](crate::invalid::Issue), whose values may be of any type.
fn issue() -> Schema {
    let any = || ObjectBuilder::new().schema_type(SchemaType::AnyValue);
    ObjectBuilder::new()
        .property("type", text("Pydantic's name for what is wrong."))
        .required("type")
        .property("loc", ArrayBuilder::new().items(any().build()))
        .required("loc")
        .property("msg", text("The same in words."))
        .required("msg")
        .property("input", any())
        .property("ctx", ObjectBuilder::new())
        .into()
}

fn invalid() -> Schema {
    let issues = ArrayBuilder::new().items(Ref::from_schema_name("Issue"));
    ObjectBuilder::new()
        .property("detail", issues)
        .required("detail")
        .into()
}
