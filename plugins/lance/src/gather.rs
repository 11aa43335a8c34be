//! Taking in the rows of a query, as many as fit.

use std::fmt;

use arrow::array::{Array, ArrayRef, AsArray as _, OffsetSizeTrait, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use futures_util::TryStreamExt as _;
use lancedb::arrow::SendableRecordBatchStream;
use portico_sdk::{Error, Reason};

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

/// The bytes of some rows: of them alone, where they share their memory with others.
pub(crate) fn size(batch: &RecordBatch) -> u64 {
    let all = batch.columns().iter().map(|column| taken(&**column));
    u64::try_from(all.fold(0, usize::saturating_add)).unwrap_or(u64::MAX)
}

fn taken(array: &dyn Array) -> usize {
    match array.data_type() {
        DataType::List(_) => listed::<i32>(array),
        DataType::LargeList(_) => listed::<i64>(array),
        DataType::Struct(_) => {
            let columns = array.as_struct().columns().iter();
            let all = columns.map(|column| taken(&**column));
            all.fold(0, usize::saturating_add)
        }
        _ => {
            let own = array.to_data().get_slice_memory_size();
            own.unwrap_or_else(|_| array.get_array_memory_size())
        }
    }
}

/// A list keeps the items of all that it was cut from.
fn listed<O: OffsetSizeTrait>(array: &dyn Array) -> usize {
    let list = array.as_list::<O>();
    let ends = list.value_offsets();
    let at = |end: Option<&O>| end.map_or(0, |end| end.as_usize());
    let (from, to) = (at(ends.first()), at(ends.last()));
    let items: ArrayRef = list.values().slice(from, to.saturating_sub(from));
    taken(&*items).saturating_add(size_of_val(ends))
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

    use arrow::array::{Int64Array, ListArray, StringArray};
    use arrow::datatypes::Int64Type;
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

    #[test]
    fn a_part_counts_for_what_it_is() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(1000); 100]));
        let lists = (0..100).map(|_| Some(vec![Some(1_i64); 100]));
        let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(lists);
        let lists: ArrayRef = Arc::new(lists);
        for (column, whole, part) in [(texts, 100_000, 2000), (lists, 80_000, 2000)] {
            let batch = RecordBatch::try_from_iter([("c", column)]).unwrap();
            assert!(size(&batch) >= whole, "{}", size(&batch));
            let one = size(&batch.slice(50, 1));
            assert!((800..part).contains(&one), "{one}");
        }
    }
}
