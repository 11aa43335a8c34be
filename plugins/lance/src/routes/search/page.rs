//! The rows of a page, read by their numbers.

use std::sync::Arc;

use arrow::array::{Float32Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use lance::Dataset;
use lance::dataset::ProjectionRequest;
use lance::datatypes::escape_field_path_for_project;
use portico_sdk::{Error, Reason};

use crate::failure::failure;
use crate::gather::{Rows, size, too_large};
use crate::rerank::Scored;

/// Rows that are read first, to see how large they are.
const FIRST: usize = 8;

/// What of rows is read, and what is added to them.
pub(super) struct Page {
    /// Paths of columns; all of them without.
    pub(super) columns: Option<Vec<String>>,
    /// What the scores are called.
    pub(super) score: &'static str,
    /// The most bytes that the rows may take.
    pub(super) memory: u64,
}

impl Page {
    /// The rows that were found, in the same order.
    ///
    /// # Errors
    /// [`Reason::EntityTooLarge`] for rows that do not fit.
    pub(super) async fn read(&self, dataset: &Dataset, found: &[Scored]) -> Result<Rows, Error> {
        let (mut left, mut held) = (found, 0);
        let mut batches: Vec<RecordBatch> = Vec::new();
        // Nothing found has columns too.
        while batches.is_empty() || !left.is_empty() {
            let read = found.len() - left.len();
            let (now, later) = left.split_at(self.next(read, held).min(left.len()));
            let batch = self.take(dataset, now).await?;
            held += size(&batch);
            if held > self.memory {
                return Err(too_large());
            }
            batches.push(batch);
            left = later;
        }
        let schema = batches.first().map(RecordBatch::schema);
        let schema = schema.unwrap_or_else(|| Arc::new(Schema::empty()));
        Ok(Rows { schema, batches })
    }

    /// How many rows are read next: what half of the room that is left holds, if all are as large as those read.
    fn next(&self, read: usize, held: u64) -> usize {
        if read == 0 {
            return FIRST;
        }
        let each = held / u64::try_from(read).unwrap_or(u64::MAX);
        let room = self.memory.saturating_sub(held) / 2;
        let fitting = room / each.max(1);
        usize::try_from(fitting).unwrap_or(usize::MAX).max(1)
    }

    async fn take(&self, dataset: &Dataset, found: &[Scored]) -> Result<RecordBatch, Error> {
        let rows: Vec<u64> = found.iter().map(|each| each.row).collect();
        let batch = dataset.take_rows(&rows, self.projection(dataset)).await;
        let batch = batch.map_err(|error| failure(error, "read rows"))?;
        let scores = found.iter().map(|each| each.score);
        let scores = Float32Array::from_iter_values(scores);
        let mut fields = batch.schema().fields().to_vec();
        fields.push(Arc::new(Field::new(self.score, DataType::Float32, true)));
        let mut columns = batch.columns().to_vec();
        columns.push(Arc::new(scores));
        let schema = Schema::new_with_metadata(fields, batch.schema().metadata().clone());
        // Fails where rows are fewer than their scores: no row of one state is ever missing.
        let batch = RecordBatch::try_new(Arc::new(schema), columns);
        batch.map_err(|error| Error::new(Reason::InternalError).because(error))
    }

    fn projection(&self, dataset: &Dataset) -> ProjectionRequest {
        match &self.columns {
            None => dataset.schema().clone().into(),
            Some(columns) => {
                let pair = |path: &String| (path.clone(), escape_field_path_for_project(path));
                ProjectionRequest::from_sql(columns.iter().map(pair))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_rows_are_read_one_by_one_and_small_ones_at_once() {
        let page = Page {
            columns: None,
            score: "_score",
            memory: 1 << 20,
        };
        assert_eq!(page.next(0, 0), FIRST);
        assert!(page.next(8, 8 * 100) > 100);
        assert_eq!(page.next(8, 8 * 100_000), 1);
        assert_eq!(page.next(8, 1 << 20), 1);
        assert!(page.next(8, 0) > 100);
    }
}
