//! Taking in the rows of a query, as many as fit.

mod weight;

use std::fmt;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures_util::TryStreamExt as _;
use lancedb::arrow::SendableRecordBatchStream;
use portico_sdk::{Error, Reason};

pub(crate) use weight::{items, size};

use crate::failure::failure;

/// Rows in memory.
pub(crate) struct Rows {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Vec<RecordBatch>,
}

/// Reads a stream to its end.
///
/// # Errors
/// [`Reason::EntityTooLarge`] as soon as more than `most` bytes have come, and whatever ends the stream.
pub(crate) async fn gather(
    mut rows: SendableRecordBatchStream,
    most: u64,
    doing: &str,
) -> Result<Rows, Error> {
    let schema = rows.schema();
    let (mut batches, mut held) = (Vec::new(), 0_u64);
    let failed = |error| failure(error, doing);
    while let Some(batch) = rows.try_next().await.map_err(failed)? {
        held = held.saturating_add(size(&batch));
        if held > most {
            return Err(too_large());
        }
        batches.push(batch);
    }
    Ok(Rows { schema, batches })
}

/// The answer to whoever asks for more than fits.
pub(crate) fn too_large() -> Error {
    let words = "The rows take more memory than one query may; ask for fewer, or for fewer columns";
    Error::with_message(Reason::EntityTooLarge, words)
}

impl Rows {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("count", &self.count())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array};
    use futures_util::stream;
    use lancedb::arrow::SimpleRecordBatchStream;

    use super::*;

    fn batch(numbers: Vec<i64>) -> RecordBatch {
        let column: ArrayRef = Arc::new(Int64Array::from(numbers));
        RecordBatch::try_from_iter([("n", column)]).unwrap()
    }

    fn stream() -> SendableRecordBatchStream {
        let batches = [Ok(batch(vec![1, 2])), Ok(batch(vec![3]))];
        let schema = batch(vec![]).schema();
        Box::pin(SimpleRecordBatchStream::new(stream::iter(batches), schema))
    }

    #[tokio::test]
    async fn rows_are_taken_in_as_long_as_they_fit() {
        let rows = gather(stream(), 1 << 20, "read").await.unwrap();
        assert_eq!(rows.count(), 3);
        let error = gather(stream(), 8, "read").await.unwrap_err();
        assert_eq!(error.reason(), Reason::EntityTooLarge);
    }
}
