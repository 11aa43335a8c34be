//! The documents as schemas of OpenAPI.

use portico_sdk::rest::Shape;
use portico_sdk::rest::openapi::schema::{AnyOfBuilder, SchemaType, Type};
use portico_sdk::rest::openapi::{ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema};

use super::model::{Choice, Field, Kind, Model, Preset};

/// A document under its name, with every document that it holds.
#[must_use]
pub fn model(model: &Model) -> Shape {
    let mut object = ObjectBuilder::new().schema_type(Type::Object);
    for field in model.fields {
        object = object.property(field.name, property(field));
        if field.required {
            object = object.required(field.name);
        }
    }
    let whole = Shape::named(model.name, Schema::Object(object.build()));
    let inner = model.fields.iter().filter_map(|field| inside(&field.kind));
    inner.fold(whole, Shape::beside)
}

/// An object of no declared form.
#[must_use]
pub fn any_object() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Object)
}

/// One of some words, under the name of all.
#[must_use]
pub fn choice(choice: &Choice) -> Shape {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let text = text.enum_values(Some(choice.words.iter().copied()));
    Shape::named(choice.name, Schema::Object(text.build()))
}

/// What has a name of its own inside of a type.
fn inside(kind: &Kind) -> Option<Shape> {
    match kind {
        Kind::Model(model) => Some(self::model(model)),
        Kind::Choice(words) => Some(choice(words)),
        Kind::List(item) | Kind::Wrapped(_, item) => inside(item),
        _ => None,
    }
}

/// What is not required may be null, and is null where HCP says nothing.
fn property(field: &Field) -> RefOr<Schema> {
    let schema = schema(&field.kind);
    if field.required {
        return schema;
    }
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            if let SchemaType::Type(one) = object.schema_type {
                object.schema_type = SchemaType::Array(vec![one, Type::Null]);
            }
            if let preset @ (Preset::Int(_) | Preset::Flag(_) | Preset::Text(_)) = field.preset {
                object.default = Some(preset.value());
            }
            Schema::Object(object).into()
        }
        other => {
            let null = ObjectBuilder::new().schema_type(Type::Null);
            AnyOfBuilder::new().item(other).item(null).into()
        }
    }
}

fn schema(kind: &Kind) -> RefOr<Schema> {
    let plain = |of| ObjectBuilder::new().schema_type(of).into();
    match kind {
        Kind::Text | Kind::Secret => plain(Type::String),
        Kind::Int => plain(Type::Integer),
        Kind::Number => plain(Type::Number),
        Kind::Flag => plain(Type::Boolean),
        Kind::Any => ObjectBuilder::new()
            .schema_type(SchemaType::AnyValue)
            .into(),
        Kind::Object => plain(Type::Object),
        Kind::Choice(choice) => Ref::from_schema_name(choice.name).into(),
        Kind::Model(model) => Ref::from_schema_name(model.name).into(),
        Kind::List(item) | Kind::Wrapped(_, item) => ArrayBuilder::new().items(schema(item)).into(),
    }
}
