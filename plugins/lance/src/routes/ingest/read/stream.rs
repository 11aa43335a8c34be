//! Rows as a stream of Arrow.

use std::io::Cursor;

use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::{Message, MessageHeader, root_as_message};
use bytes::Bytes;
use portico_sdk::Error;

use super::taken::Taken;
use super::unusable;
use crate::gather::Rows;

/// What stands before the length of a message.
const MARK: i32 = -1;

pub(super) async fn rows(bytes: &Bytes, most: u64) -> Result<Rows, Error> {
    check(bytes).map_err(unusable)?;
    let reader = StreamReader::try_new(Cursor::new(bytes), None).map_err(unusable)?;
    let schema = reader.schema();
    let mut taken = Taken::new(most);
    for batch in reader {
        taken.push(batch.map_err(unusable)?).await?;
    }
    Ok(taken.rows(schema))
}

/// Goes through the heads of the messages: the reader makes room for whatever they promise.
fn check(bytes: &[u8]) -> Result<(), ArrowError> {
    let mut rest = bytes;
    while let Some(length) = next(&mut rest)? {
        let head = cut(&mut rest, length)?;
        let message = root_as_message(head).map_err(|_| broken())?;
        let body = usize::try_from(message.bodyLength()).map_err(|_| broken())?;
        cut(&mut rest, body)?;
        check_batch(&message)?;
    }
    Ok(())
}

/// The length of the head of the next message.
fn next(rest: &mut &[u8]) -> Result<Option<usize>, ArrowError> {
    // Not everybody writes the mark of the end.
    if rest.is_empty() {
        return Ok(None);
    }
    let mut length = number(rest)?;
    if length == MARK {
        length = number(rest)?;
    }
    let length = usize::try_from(length).map_err(|_| broken())?;
    Ok((length > 0).then_some(length))
}

fn number(rest: &mut &[u8]) -> Result<i32, ArrowError> {
    let (number, tail) = rest.split_first_chunk::<4>().ok_or_else(broken)?;
    *rest = tail;
    Ok(i32::from_le_bytes(*number))
}

fn cut<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], ArrowError> {
    let (head, tail) = rest.split_at_checked(length).ok_or_else(broken)?;
    *rest = tail;
    Ok(head)
}

/// Refuses what unfolds to any size, and buffers outside of the message.
fn check_batch(message: &Message<'_>) -> Result<(), ArrowError> {
    let dictionary = message.header_as_dictionary_batch();
    // The reader copies the whole for each of them.
    if dictionary.is_some_and(|dictionary| dictionary.isDelta()) {
        return Err(refused("a dictionary comes in pieces; send it whole"));
    }
    let batch = match message.header_type() {
        MessageHeader::RecordBatch => message.header_as_record_batch(),
        _ => dictionary.and_then(|dictionary| dictionary.data()),
    };
    let Some(batch) = batch else { return Ok(()) };
    if batch.compression().is_some() {
        let words = "the stream is compressed; send it as it is, or a file of Parquet";
        return Err(refused(words));
    }
    let body = message.bodyLength();
    let inside = |offset: i64, length: i64| {
        let end = offset.checked_add(length);
        offset >= 0 && length >= 0 && end.is_some_and(|end| end <= body)
    };
    let mut buffers = batch.buffers().into_iter().flatten();
    if buffers.all(|buffer| inside(buffer.offset(), buffer.length())) {
        Ok(())
    } else {
        Err(broken())
    }
}

fn broken() -> ArrowError {
    refused("a message is broken, or cut short")
}

fn refused(words: &str) -> ArrowError {
    ArrowError::IpcError(words.to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use arrow::ipc::writer::StreamWriter;
    use portico_sdk::Reason;

    use super::*;

    fn stream() -> Vec<u8> {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("c")]));
        let batch = RecordBatch::try_from_iter([("id", numbers), ("text", texts)]).unwrap();
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap()
    }

    async fn read(bytes: Vec<u8>, most: u64) -> Result<usize, Reason> {
        let rows = rows(&Bytes::from(bytes), most).await;
        rows.map(|rows| rows.count())
            .map_err(|error| error.reason())
    }

    #[tokio::test]
    async fn batches_come_until_there_are_too_many() {
        assert_eq!(read(stream(), 1 << 20).await, Ok(6));
        assert_eq!(read(stream(), 700).await, Err(Reason::EntityTooLarge));
    }

    #[tokio::test]
    async fn a_stream_may_end_without_its_mark() {
        let mut bytes = stream();
        bytes.truncate(bytes.len() - 8);
        assert_eq!(read(bytes, 1 << 20).await, Ok(6));
    }

    #[tokio::test]
    async fn lengths_are_no_promises() {
        for (place, value) in [(4, i32::MAX), (4, -7), (0, i32::MAX)] {
            let mut bytes = stream();
            bytes[place..place + 4].copy_from_slice(&value.to_le_bytes());
            assert_eq!(read(bytes, 1 << 20).await, Err(Reason::InvalidArgument));
        }
        let mut bytes = stream();
        bytes.truncate(bytes.len() - 9);
        assert_eq!(read(bytes, 1 << 20).await, Err(Reason::InvalidArgument));
    }
}
