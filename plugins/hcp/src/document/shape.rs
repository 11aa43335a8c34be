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
        Kind::List(item) => list(item, None, value),
        Kind::Wrapped(key, item) => list(item, Some(key), value),
    }
}

fn list(item: &Kind, key: Option<&str>, value: Value) -> Value {
    let items = items(key, value).into_iter();
    items.map(|each| shape(item, each)).collect()
}

/// The items of a list, out of the one key that HCP has put around it. A list of one may come as that
/// one thing.
fn items(key: Option<&str>, value: Value) -> Vec<Value> {
    let wraps = |(name, inner): (&String, &Value)| inner.is_array() || key == Some(name.as_str());
    match value {
        Value::Array(items) => items,
        Value::Object(object) if object.len() == 1 && object.iter().all(wraps) => object
            .into_values()
            .flat_map(|inner| items(None, inner))
            .collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}
