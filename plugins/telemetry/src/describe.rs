//! What the document of the API says of health.

use portico_sdk::rest::Description;
use portico_sdk::rest::openapi::ObjectBuilder;
use portico_sdk::rest::openapi::schema::Type;

pub(crate) fn liveness() -> Description {
    described("liveness", "Whether the process runs").answer(200, "It does.", status())
}

pub(crate) fn readiness() -> Description {
    let words = ObjectBuilder::new().additional_properties(Some(text()));
    let checks = |status: ObjectBuilder| status.property("checks", words).required("checks");
    let shape = checks(status()).build();
    described("readiness", "Whether traffic should come here")
        .answer(200, "It should.", shape.clone())
        .answer(503, "Something that is needed is missing.", shape)
}

pub(crate) fn health() -> Description {
    let cache = text().description(Some("`connected` or `disabled`."));
    let shape = status().property("cache", cache).required("cache");
    described("health", "Whether the process runs, and its cache").answer(200, "It does.", shape)
}

fn described(id: &str, summary: &str) -> Description {
    Description::new("health", id, summary)
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn status() -> ObjectBuilder {
    ObjectBuilder::new()
        .property("status", text())
        .required("status")
}
