//! Rows of tables as JSON, in the forms of the contract.
//!
//! | room | question |
//! |---|---|
//! | `value` | what is one value in JSON? |
//! | `vector` | what of a vector is told? |
//! | `times` | how are dates, times and lengths of time written? |
//! | `names` | what are types called? |
//! | `text` | what is a value as a text alone? |

mod names;
mod text;
mod times;
mod value;
mod vector;

use arrow::array::RecordBatch;
use arrow::datatypes::Field;
use serde_json::{Map, Value};

pub(crate) use names::name;
pub(crate) use text::text;
pub(crate) use vector::{Preview, dimension, is_vector, preview};

/// The rows of a batch, each an object with its columns in order.
pub(crate) fn rows(batch: &RecordBatch) -> Vec<Value> {
    let row = |row| Value::Object(columns(batch, row));
    (0..batch.num_rows()).map(row).collect()
}

fn columns(batch: &RecordBatch, row: usize) -> Map<String, Value> {
    let schema = batch.schema_ref();
    let columns = schema.fields().iter().zip(batch.columns());
    let pair = |(field, column): (&std::sync::Arc<Field>, &arrow::array::ArrayRef)| {
        let told = if is_vector(field.data_type()) {
            vector::told(&**column, row)
        } else {
            value::of(&**column, row)
        };
        (field.name().clone(), told)
    };
    columns.map(pair).collect()
}
