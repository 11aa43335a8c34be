//! The columns of rows that come without a schema: of JSON for a new table.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::reader::infer_json_schema_from_iterator;
use serde_json::Value;

use super::line::Lines;

/// The most columns: what is learnt of each is looked for among all others.
const MOST: usize = 5000;

/// The columns in the order in which they first come.
///
/// JSON knows lists alone: those of numbers called `vector`, or `…_vector`, are vectors, as long as the
/// first of them is.
///
/// # Errors
/// With the line, or the column, that is at fault.
pub(super) fn schema(lines: Lines<'_>) -> Result<SchemaRef, ArrowError> {
    let (mut lengths, mut names) = (HashMap::new(), HashSet::new());
    let documents = lines.map(|line| -> Result<Value, ArrowError> {
        let document = line.document()?;
        collect(&document, &mut names)?;
        note(&document, &mut lengths);
        Ok(document)
    });
    let schema = infer_json_schema_from_iterator(documents)?;
    if schema.fields().is_empty() {
        return Err(ArrowError::JsonError("the rows have no columns".to_owned()));
    }
    let fields = schema.fields().iter();
    let fields = fields.map(|field| shaped(field, lengths.get(field.name())));
    let fields = fields.collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(Schema::new(fields)))
}

/// Remembers what columns are called, as long as they are not too many.
fn collect(document: &Value, names: &mut HashSet<String>) -> Result<(), ArrowError> {
    let Value::Object(row) = document else {
        return Ok(());
    };
    for name in row.keys() {
        if !names.contains(name) {
            names.insert(name.clone());
        }
    }
    if names.len() > MOST {
        let words = format!("the rows have more than {MOST} columns");
        return Err(ArrowError::JsonError(words));
    }
    Ok(())
}

/// Remembers how long the first vectors are.
fn note(document: &Value, lengths: &mut HashMap<String, usize>) {
    let Value::Object(row) = document else {
        return;
    };
    for (name, value) in row {
        let Value::Array(items) = value else { continue };
        let is_vector = name == "vector" || name.ends_with("_vector");
        if is_vector && !items.is_empty() && items.iter().all(Value::is_number) {
            lengths.entry(name.clone()).or_insert(items.len());
        }
    }
}

fn shaped(field: &FieldRef, length: Option<&usize>) -> Result<FieldRef, ArrowError> {
    let name = field.name();
    if is_unknown(field.data_type()) {
        let words = format!("`{name}` has no value in any row, so that its type is unknown");
        return Err(ArrowError::JsonError(words));
    }
    let (Some(length), DataType::List(item)) = (length, field.data_type()) else {
        return Ok(Arc::clone(field));
    };
    if !item.data_type().is_numeric() {
        return Ok(Arc::clone(field));
    }
    let long = |_| ArrowError::JsonError(format!("`{name}` is too long"));
    let length = i32::try_from(*length).map_err(long)?;
    let item = Arc::new(Field::new_list_field(DataType::Float32, true));
    let kind = DataType::FixedSizeList(item, length);
    Ok(Arc::new(Field::new(name, kind, true)))
}

/// Whether nothing in a column has said of what type it is.
fn is_unknown(kind: &DataType) -> bool {
    match kind {
        DataType::Null => true,
        DataType::List(item) => is_unknown(item.data_type()),
        DataType::Struct(fields) => {
            fields.is_empty() || fields.iter().any(|field| is_unknown(field.data_type()))
        }
        _ => false,
    }
}
