//! Rows that are taken in, counted as they come: a small body may hold very many.

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use portico_sdk::{Error, Reason};
use tokio::task::yield_now;

use crate::gather::{self, Rows};

/// The most rows of one batch.
const ROWS: u64 = 8192;
/// What the rows of one batch may take, as far as that is known before.
const BATCH: u64 = 64 << 20;
/// What a column of a batch takes beside its values.
const COLUMN: u64 = 256;
/// What a value takes of whose type nothing more is known.
const VALUE: u64 = 16;

/// What has come so far.
pub(super) struct Taken {
    batches: Vec<RecordBatch>,
    held: u64,
    most: u64,
}

impl Taken {
    pub(super) fn new(most: u64) -> Self {
        Self {
            batches: Vec::new(),
            held: 0,
            most,
        }
    }

    /// Some more rows.
    ///
    /// # Errors
    /// [`Reason::EntityTooLarge`].
    pub(super) async fn push(&mut self, batch: RecordBatch) -> Result<(), Error> {
        self.held = self.held.saturating_add(size(&batch));
        if self.held > self.most {
            return Err(too_large());
        }
        self.batches.push(batch);
        // Reading waits for nothing: without a pause no limit of time would ever act.
        yield_now().await;
        Ok(())
    }

    pub(super) fn rows(self, schema: SchemaRef) -> Rows {
        Rows {
            schema,
            batches: self.batches,
        }
    }
}

/// How many rows may be read at a time whose values of unknown length take `more` bytes a row.
///
/// # Errors
/// [`Reason::EntityTooLarge`]: one is too large.
pub(super) fn at_a_time(schema: &Schema, more: u64, most: u64) -> Result<usize, Error> {
    let fields = schema.fields().iter();
    let row = fields.fold(more, |sum, field| {
        sum.saturating_add(width(field.data_type()))
    });
    if row > most {
        return Err(too_large());
    }
    let rows = (BATCH / row.max(1)).clamp(1, ROWS);
    Ok(usize::try_from(rows).unwrap_or(1))
}

/// What a row takes even where it holds a null.
pub(super) fn width(kind: &DataType) -> u64 {
    match kind {
        DataType::FixedSizeList(item, length) => {
            let length = u64::try_from(*length).unwrap_or(0);
            length.saturating_mul(width(item.data_type()))
        }
        DataType::FixedSizeBinary(length) => u64::try_from(*length).unwrap_or(0),
        DataType::Struct(fields) => fields.iter().fold(VALUE, |sum, field| {
            sum.saturating_add(width(field.data_type()))
        }),
        _ => VALUE,
    }
}

/// What a batch holds, and what stands beside its values.
pub(super) fn size(batch: &RecordBatch) -> u64 {
    let fields = batch.schema_ref().flattened_fields().len();
    let fields = u64::try_from(fields).unwrap_or(u64::MAX);
    // Rows of nulls alone take nothing, and there is no end of them.
    let rows = u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
    let beside = fields.saturating_mul(COLUMN).saturating_add(rows);
    gather::size(batch).saturating_add(beside)
}

/// The answer to whoever sends more than fits.
pub(super) fn too_large() -> Error {
    let words = "The rows take more memory than one upload may once they are read; send fewer";
    Error::with_message(Reason::EntityTooLarge, words)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, NullArray};
    use arrow::datatypes::Field;

    use super::*;

    fn batch(column: ArrayRef) -> RecordBatch {
        RecordBatch::try_from_iter([("n", column)]).unwrap()
    }

    #[tokio::test]
    async fn slices_count_for_what_is_in_them() {
        let whole = batch(Arc::new(Int64Array::from(vec![7; 10_000])));
        let mut taken = Taken::new(90_000);
        for index in 0..10 {
            taken.push(whole.slice(index * 10, 10)).await.unwrap();
        }
        let error = taken.push(whole).await.unwrap_err();
        assert_eq!(error.reason(), Reason::EntityTooLarge);
    }

    #[tokio::test]
    async fn nulls_without_end_are_too_many() {
        let mut taken = Taken::new(1 << 30);
        let nulls: ArrayRef = Arc::new(NullArray::new(1 << 40));
        let nulls = RecordBatch::try_from_iter_with_nullable([("n", nulls, true)]);
        assert!(taken.push(nulls.unwrap()).await.is_err());
    }

    #[test]
    fn wide_rows_are_read_few_at_a_time() {
        let schema = |length| {
            let item = Arc::new(Field::new_list_field(DataType::Float32, true));
            let kind = DataType::FixedSizeList(item, length);
            Schema::new(vec![Field::new("vector", kind, true)])
        };
        let rows = |length| at_a_time(&schema(length), 0, 1 << 30).ok();
        assert_eq!(rows(1), Some(8192));
        assert_eq!(rows(1 << 20), Some(4));
        assert_eq!(rows(1 << 30), None);
    }
}
