//! The routes in OpenAPI's terms, from the same table that serves them.

use portico_sdk::rest::openapi::schema::{KnownFormat, SchemaFormat, SchemaType, Type};
use portico_sdk::rest::openapi::{ArrayBuilder, ObjectBuilder, Required};
use portico_sdk::rest::{Description, Shape};

use super::row::{Content, Done, Named, Param, ParamKind, Row, Sent, Verb};
use portico_hcp::document::schema::{any_object, choice, model};

/// The description of a route.
pub(super) fn row(row: &Row) -> Description {
    let description = Description::new(group(row.path), id(row), summary(row));
    let description = row.query.iter().fold(description, param);
    let description = match row.body {
        Content::Nothing | Content::Empty => description,
        Content::Document(document) => description.json(model(document)),
        Content::Maybe(document) => {
            description.body(["application/json"], model(document), Required::False)
        }
        Content::Object => description.json(any_object()),
        Content::File => description.body(["multipart/form-data"], form(), Required::True),
    };
    let description = done(row, description);
    let missing = format!("There is no {}, or it is not to be seen.", row.label);
    description
        .refusal(404, &missing)
        .refusal(502, "HCP cannot be reached, or failed.")
        .refusal(504, "HCP did not answer in time.")
}

fn group(path: &str) -> &'static str {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        [_, "tenants", _, "namespaces", ..] => "management: namespaces",
        [_, "tenants", ..] => "management: tenants",
        [_, "services", "replication", ..] => "management: replication",
        [_, "services", "erasureCoding", ..] => "management: erasure coding",
        _ => "management: system",
    }
}

/// `mapi_get_tenants_tenant_name_cors`.
pub(super) fn id(row: &Row) -> String {
    let method = row.verb.method().as_str().to_ascii_lowercase();
    let path = row.path.replace(['{', '}'], "").replace('/', "_");
    format!("mapi_{method}{path}")
}

fn summary(row: &Row) -> String {
    let verb = match row.verb {
        Verb::Get => "Read",
        Verb::Head => "Ask whether there is",
        Verb::Put => "Create in",
        Verb::Post => "Change or order",
        Verb::Delete => "Delete",
    };
    format!("{verb} `{}` of HCP's management", row.path)
}

fn param(description: Description, param: &Param) -> Description {
    let required = if param.required {
        Required::True
    } else {
        Required::False
    };
    let words = match param.sent {
        Sent::Never => "Accepted, and of no effect.",
        Sent::Name => "An order: it counts when it is there, whatever its value.",
        _ => "",
    };
    description.query(param.name, kind(param.kind), required, words)
}

fn kind(kind: ParamKind) -> Shape {
    let plain = |of| ObjectBuilder::new().schema_type(of);
    match kind {
        ParamKind::Text => Shape::text(),
        ParamKind::Secret => {
            let password = SchemaFormat::KnownFormat(KnownFormat::Password);
            plain(Type::String).format(Some(password)).into()
        }
        ParamKind::Int => plain(Type::Integer).into(),
        ParamKind::Flag => plain(Type::Boolean).into(),
        ParamKind::Choice(words) => choice(words),
    }
}

fn done(row: &Row, description: Description) -> Description {
    let status = if row.verb == Verb::Put { 201 } else { 200 };
    match row.done {
        Done::Document(document) | Done::Released(document) => {
            description.answer(status, "HCP's document.", model(document))
        }
        Done::Listing(list, item) => {
            let shape = Shape::either([model(list), model(item).list()]);
            description.answer(status, "Names, or whole documents.", shape)
        }
        Done::AnyOf(models) => {
            let shape = Shape::either(models.iter().map(|each| model(each)));
            description.answer(status, "The document of its kind.", shape)
        }
        Done::Word(word, named) => description.answer(status, "Done.", status_of(word, named)),
        Done::Bare | Done::BareAsHcp => description.answer_empty(status, "There is."),
        Done::Download(_) => {
            let kind = "application/octet-stream";
            description.answer_of(status, "A file to save.", kind, Shape::bytes())
        }
        Done::PlainText => description.answer_of(status, "PEM.", "text/plain", Shape::text()),
        Done::Template => description.answer(status, "A template.", template()),
    }
}

fn status_of(word: &str, named: Option<(&'static str, Named)>) -> ObjectBuilder {
    let status = text().enum_values(Some([word]));
    let object = ObjectBuilder::new()
        .property("status", status)
        .required("status");
    match named {
        Some((key, _)) => {
            let nullable = SchemaType::Array(vec![Type::String, Type::Null]);
            object
                .property(key, text().schema_type(nullable))
                .required(key)
        }
        None => object,
    }
}

fn form() -> ObjectBuilder {
    let file = text().content_media_type("application/octet-stream");
    ObjectBuilder::new().property("file", file).required("file")
}

fn template() -> ObjectBuilder {
    let namespaces = ArrayBuilder::new().items(any_object());
    ObjectBuilder::new()
        .property("version", text())
        .property("exportedAt", text())
        .property("sourceTenant", text())
        .property("namespaces", namespaces)
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}
