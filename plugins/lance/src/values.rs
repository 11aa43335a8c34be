//! Rows of tables as JSON, in the forms of the contract.
//!
//! | room | question |
//! |---|---|
//! | `value` | what is one value in JSON? |
//! | `vector` | what of a vector is told? |
//! | `times` | how are dates, times and lengths of time written? |
//! | `names` | what are types called? |
//! | `text` | what is a value as a text alone? |
//! | `room` | what do rows take as JSON? |

mod names;
mod room;
mod text;
mod times;
mod value;
mod vector;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::Field;
use portico_sdk::Error;
use serde_json::{Map, Value};

pub(crate) use names::name;
pub(crate) use text::text;
pub(crate) use vector::{Preview, dimension, is_vector, preview};

use crate::gather::{Rows, too_large};

/// Rows, each an object with its columns in order.
///
/// # Errors
/// [`Reason::EntityTooLarge`](portico_sdk::Reason::EntityTooLarge): as JSON they take more than `most` bytes.
pub(crate) fn rows(rows: &Rows, most: u64) -> Result<Vec<Value>, Error> {
    let room = rows.batches.iter().map(room::of);
    within(room.fold(0, usize::saturating_add), most)?;
    Ok(rows.batches.iter().flat_map(told).collect())
}

/// Refuses a column whose values take more than `most` bytes as JSON.
///
/// # Errors
/// As [`rows`].
pub(crate) fn check(column: &dyn Array, most: u64) -> Result<(), Error> {
    within(room::array(column), most)
}

fn within(room: usize, most: u64) -> Result<(), Error> {
    if u64::try_from(room).is_ok_and(|room| room <= most) {
        return Ok(());
    }
    Err(too_large())
}

fn told(batch: &RecordBatch) -> Vec<Value> {
    let row = |row| Value::Object(columns(batch, row));
    (0..batch.num_rows()).map(row).collect()
}

fn columns(batch: &RecordBatch, row: usize) -> Map<String, Value> {
    let schema = batch.schema_ref();
    let columns = schema.fields().iter().zip(batch.columns());
    let pair = |(field, column): (&Arc<Field>, &ArrayRef)| {
        let told = if is_vector(field.data_type()) {
            vector::told(&**column, row)
        } else {
            value::of(&**column, row)
        };
        (field.name().clone(), told)
    };
    columns.map(pair).collect()
}
