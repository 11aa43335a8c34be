//! The process that reads a file of Parquet: the file comes in, Arrow's stream goes out.

use std::fmt;
use std::io::{self, Read as _, Write};
use std::panic;
use std::process::ExitCode;

use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use portico_sdk::helper::Helper;
use rustix::process::{Resource, Rlimit, setrlimit};

use super::super::taken::{at_a_time, size};

/// The reader. It is told how many bytes rows may take, and says what a file has wrong.
pub(crate) const READER: Helper = Helper {
    name: "lance-parquet",
    run,
};
/// How it ends with what is no Parquet.
pub(super) const UNUSABLE: u8 = 2;
/// How it ends with too many rows.
pub(super) const TOO_LARGE: u8 = 3;

/// Memory that it has beside the file and its rows.
const BESIDE: u64 = 256 << 20;
/// Rows are held twice: as they are, and as they are written.
const TIMES: u64 = 2;

/// Why there are no rows.
#[derive(Debug, thiserror::Error)]
enum Fault {
    /// They take more memory than they may.
    #[error("the rows take too much memory")]
    TooLarge,
    /// What Parquet's reader says.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// What Arrow says.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    /// A pipe, or the system's limits.
    #[error(transparent)]
    Io(#[from] io::Error),
}

fn run(arguments: &[String]) -> ExitCode {
    // What made it panic is in the file, and no log's business.
    panic::set_hook(Box::new(|_| {}));
    let most = arguments.first().and_then(|most| most.parse().ok());
    match pass(most.unwrap_or(0)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Fault::TooLarge) => ExitCode::from(TOO_LARGE),
        Err(fault) => {
            tell(&fault);
            ExitCode::from(UNUSABLE)
        }
    }
}

fn tell(fault: &impl fmt::Display) {
    // Nobody may listen any more.
    let _ = write!(io::stderr(), "{fault}");
}

fn pass(most: u64) -> Result<(), Fault> {
    let mut file = Vec::new();
    io::stdin().lock().read_to_end(&mut file)?;
    bound(file.len(), most)?;
    rows(file.into(), most, io::stdout().lock())
}

/// No more memory than the rows may take, no image of it on a disk, and no life without whoever began it.
fn bound(file: usize, most: u64) -> io::Result<()> {
    let file = u64::try_from(file).unwrap_or(u64::MAX);
    let data = file.saturating_add(most.saturating_mul(TIMES));
    for (resource, limit) in [
        (Resource::Data, data.saturating_add(BESIDE)),
        (Resource::Core, 0),
    ] {
        let (current, maximum) = (Some(limit), Some(limit));
        setrlimit(resource, Rlimit { current, maximum })?;
    }
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    Ok(())
}

fn rows(file: Bytes, most: u64, out: impl Write) -> Result<(), Fault> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let schema = reader.schema();
    let count = at_a_time(schema, 0, most).map_err(|_| Fault::TooLarge)?;
    let mut out = StreamWriter::try_new_buffered(out, schema)?;
    let mut held = 0_u64;
    for batch in reader.with_batch_size(count).build()? {
        let batch = batch?;
        held = held.saturating_add(size(&batch));
        if held > most {
            return Err(Fault::TooLarge);
        }
        out.write(&batch)?;
    }
    Ok(out.finish()?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use arrow::ipc::reader::StreamReader;
    use parquet::arrow::ArrowWriter;
    use parquet::basic::{Compression, Encoding};
    use parquet::file::properties::WriterProperties;

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

    /// How many come out.
    fn read(file: Bytes, most: u64) -> Result<usize, Fault> {
        let mut out = Vec::new();
        rows(file, most, &mut out)?;
        let batches = StreamReader::try_new(&*out, None)?;
        batches.map(|batch| Ok(batch?.num_rows())).sum()
    }

    #[test]
    fn rows_come_as_they_are() {
        for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY] {
            let properties = WriterProperties::builder().set_compression(compression);
            let bytes = file(texts(10), properties.build());
            assert_eq!(read(bytes, 1 << 20).unwrap(), COUNT);
        }
        let bytes = file(zeros(0), WriterProperties::default());
        assert_eq!(read(bytes, 1 << 20).unwrap(), 0);
    }

    #[test]
    fn small_files_of_many_rows_are_too_large() {
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
            let error = read(bytes, 2 << 20).unwrap_err();
            assert!(matches!(error, Fault::TooLarge), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_cut_is_none() {
        let bytes = file(zeros(10), WriterProperties::default());
        let cut = bytes.slice(..bytes.len() / 2);
        assert!(matches!(read(cut, 1 << 20), Err(Fault::Parquet(_))));
    }
}
