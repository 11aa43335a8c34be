//! Rows as a file of Parquet.

mod compact;
mod head;
mod pages;

use std::sync::Arc;

use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use portico_sdk::Error;

use super::taken::{Taken, at_a_time};
use super::unusable;
use crate::gather::Rows;

pub(super) async fn rows(bytes: Bytes, most: u64) -> Result<Rows, Error> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).map_err(unusable)?;
    let widest = pages::check(&bytes, reader.metadata(), most)?;
    let schema = Arc::clone(reader.schema());
    let reader = reader.with_batch_size(at_a_time(&schema, widest, most)?);
    let reader = reader.build().map_err(unusable)?;
    let mut taken = Taken::new(most);
    for batch in reader {
        taken.push(batch.map_err(unusable)?).await?;
    }
    Ok(taken.rows(schema))
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use parquet::arrow::ArrowWriter;
    use parquet::basic::{Compression, Encoding};
    use parquet::file::properties::WriterProperties;
    use portico_sdk::Reason;

    use super::*;

    const COUNT: usize = 2000;

    fn file(column: ArrayRef, properties: WriterProperties) -> Bytes {
        let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
        let properties = Some(properties);
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), properties).unwrap();
        writer.write(&batch).unwrap();
        Bytes::from(writer.into_inner().unwrap())
    }

    fn texts(length: usize) -> ArrayRef {
        Arc::new(StringArray::from(vec!["x".repeat(length); COUNT]))
    }

    fn zeros(count: usize) -> ArrayRef {
        Arc::new(Int64Array::from(vec![0; count]))
    }

    async fn read(bytes: Bytes, most: u64) -> Result<Rows, Reason> {
        rows(bytes, most).await.map_err(|error| error.reason())
    }

    #[tokio::test]
    async fn rows_come_as_they_are() {
        for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY] {
            let properties = WriterProperties::builder().set_compression(compression);
            let bytes = file(texts(10), properties.build());
            assert_eq!(read(bytes, 1 << 20).await.unwrap().count(), COUNT);
        }
        let bytes = file(zeros(0), WriterProperties::default());
        assert_eq!(read(bytes, 1 << 20).await.unwrap().count(), 0);
    }

    #[tokio::test]
    async fn small_files_of_many_rows_are_too_large() {
        let delta = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_encoding(Encoding::DELTA_BYTE_ARRAY);
        for (column, properties) in [
            (zeros(1 << 20), WriterProperties::default()),
            (texts(10_000), WriterProperties::default()),
            (texts(10_000), delta.build()),
        ] {
            let bytes = file(column, properties);
            assert!(bytes.len() < 1 << 20, "{}", bytes.len());
            let error = read(bytes, 2 << 20).await.unwrap_err();
            assert_eq!(error, Reason::EntityTooLarge);
        }
    }

    #[tokio::test]
    async fn a_file_that_is_cut_is_none() {
        let bytes = file(zeros(10), WriterProperties::default());
        let cut = bytes.slice(..bytes.len() / 2);
        assert_eq!(
            read(cut, 1 << 20).await.unwrap_err(),
            Reason::InvalidArgument
        );
    }
}
