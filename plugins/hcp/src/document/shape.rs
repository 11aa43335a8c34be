//! HCP's answers in the form of the contract: declared fields in order, null where HCP says
//! nothing, lists out of their wrapping, and whatever else HCP says behind them.
//!
//! Nothing is refused here. A value of another type than declared is the newest HCP's business.

use serde_json::{Map, Value};

use super::lax;
use super::model::{Field, Kind, Model};

/// A document of HCP as the contract has it.
#[must_use]
pub fn document(model: &Model, value: Value) -> Value {
    match (value, model.only_list()) {
        (Value::Object(given), _) => Value::Object(fields(model, given)),
        // Some releases send the bare list.
        (list @ Value::Array(_), Some(field)) => {
            let given = Map::from_iter([(field.name.to_owned(), list)]);
            Value::Object(fields(model, given))
        }
        (other, _) => other,
    }
}

/// A list of names, or, as HCP sends it to those who ask for more, of whole documents.
#[must_use]
pub fn listing(list: &Model, item: &Model, value: Value) -> Value {
    match value {
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.into_iter().map(|each| document(item, each)).collect()
        }
        other => document(list, other),
    }
}

/// The document in the form of the model that knows most of its fields; the first of equals.
#[must_use]
pub fn any_of(models: &[&'static Model], value: Value) -> Value {
    let known = |model: &&&Model| {
        let given = |field: &&Field| value.get(field.name).is_some();
        model.fields.iter().filter(given).count()
    };
    // The last of equals is what `max_by_key` gives.
    match models.iter().rev().max_by_key(known) {
        Some(model) => document(model, value),
        None => value,
    }
}

fn fields(model: &Model, mut given: Map<String, Value>) -> Map<String, Value> {
    let mut shaped = Map::new();
    for field in model.fields {
        let value = match given.shift_remove(field.name) {
            Some(value) => shape(&field.kind, value),
            None => field.preset.value(),
        };
        shaped.insert(field.name.to_owned(), value);
    }
    shaped.append(&mut given);
    shaped
}

fn shape(kind: &Kind, value: Value) -> Value {
    match kind {
        _ if value.is_null() => value,
        Kind::Text | Kind::Secret | Kind::Object | Kind::Any => value,
        Kind::Int => lax::int(&value).unwrap_or(value),
        Kind::Number => lax::number(&value).unwrap_or(value),
        Kind::Flag => lax::flag(&value).map_or(value, Value::Bool),
        Kind::Choice(choice) => match value.as_str().and_then(|text| choice.word(text)) {
            Some(word) => Value::from(word),
            None => value,
        },
        Kind::Model(model) => document(model, value),
        Kind::List(item) | Kind::Wrapped(_, item) => match inside(value) {
            Value::Array(items) => items.into_iter().map(|each| shape(item, each)).collect(),
            other => other,
        },
    }
}

/// The list, out of whatever one key HCP has put around it.
fn inside(value: Value) -> Value {
    let wraps =
        |object: &Map<String, Value>| object.len() == 1 && object.values().all(Value::is_array);
    match value {
        Value::Object(object) if wraps(&object) => object
            .into_iter()
            .map(|(_, list)| list)
            .next()
            .unwrap_or_default(),
        other => other,
    }
}
