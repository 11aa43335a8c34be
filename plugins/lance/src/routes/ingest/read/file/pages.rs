//! What the pages of a file unfold to, told by their heads before any of them is unfolded.
//!
//! The file's own metadata tells it too, and nobody holds a writer to it; a reader makes room for what
//! the heads say.

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::Type;
use parquet::column::page::{Page, PageReader as _};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::reader::SerializedPageReader;
use portico_sdk::Error;

use super::super::taken::too_large;
use super::super::unusable;
use super::compact::Compact;
use super::head::Head;

/// What a page takes at least: pages without values come in any number.
const PAGE: u64 = 64;
/// Dictionaries up to this size are not looked into: any number of rows of their values may come.
const SMALL: u64 = 8 << 10;

/// Refuses a file that takes too much; gives what the longest values of each column take together.
///
/// # Errors
/// [`Reason::EntityTooLarge`](portico_sdk::Reason::EntityTooLarge), and
/// [`Reason::InvalidArgument`](portico_sdk::Reason::InvalidArgument) for pages that are none.
pub(super) fn check(bytes: &Bytes, metadata: &ParquetMetaData, most: u64) -> Result<u64, Error> {
    let (mut room, mut widest) = (most, 0);
    for group in metadata.row_groups() {
        let mut row = 0_u64;
        for column in group.columns() {
            let found = Chunk::read(bytes, column, room)?;
            room = room.checked_sub(found.size).ok_or_else(too_large)?;
            row = row.saturating_add(found.widest(bytes, column).map_err(unusable)?);
        }
        widest = row.max(widest);
    }
    Ok(widest)
}

/// The pages of one column in one group of rows.
#[derive(Debug, Default)]
struct Chunk {
    size: u64,
    /// The size of the largest page.
    largest: u64,
    dictionary: Option<u64>,
    is_delta: bool,
}

impl Chunk {
    /// Looks at pages until there is no room for more.
    fn read(bytes: &[u8], column: &ColumnChunkMetaData, room: u64) -> Result<Self, Error> {
        let none = || unusable(broken());
        let mut pages = Compact::of(stretch(bytes, column).ok_or_else(none)?);
        let (mut chunk, width) = (Self::default(), width(column));
        while !pages.is_at_end() && chunk.size <= room {
            let head = Head::read(&mut pages).ok_or_else(none)?;
            pages.jump(head.stored).ok_or_else(none)?;
            chunk.add(&head, width).ok_or_else(none)?;
        }
        Ok(chunk)
    }

    fn add(&mut self, head: &Head, width: u64) -> Option<()> {
        let values = head.values.saturating_mul(width);
        self.size = self.size.saturating_add(head.size.max(values).max(PAGE));
        self.largest = self.largest.max(head.size);
        self.is_delta |= head.is_delta;
        if head.is_dictionary && self.dictionary.replace(head.size).is_some() {
            return None;
        }
        Some(())
    }

    /// The most bytes of a value that the file need not hold once for each row.
    fn widest(&self, bytes: &Bytes, column: &ColumnChunkMetaData) -> Result<u64, ParquetError> {
        let dictionary = match (column.column_type(), self.dictionary) {
            (Type::FIXED_LEN_BYTE_ARRAY, _) => return Ok(width(column)),
            (Type::BYTE_ARRAY, Some(size)) if size > SMALL => longest(bytes, column)?,
            (Type::BYTE_ARRAY, size) => size.unwrap_or(0),
            _ => return Ok(0),
        };
        let delta = if self.is_delta { self.largest } else { 0 };
        Ok(dictionary.max(delta))
    }
}

/// The bytes of a column's pages.
fn stretch<'a>(bytes: &'a [u8], column: &ColumnChunkMetaData) -> Option<&'a [u8]> {
    let data = column.data_page_offset();
    let begin = usize::try_from(column.dictionary_page_offset().unwrap_or(data)).ok()?;
    let length = usize::try_from(column.compressed_size()).ok()?;
    bytes.get(begin..begin.checked_add(length)?)
}

/// What a value takes in memory at least, null or not.
fn width(column: &ColumnChunkMetaData) -> u64 {
    match column.column_type() {
        Type::BOOLEAN => 0,
        Type::INT32 | Type::FLOAT | Type::BYTE_ARRAY => 4,
        Type::INT64 | Type::DOUBLE | Type::INT96 => 8,
        Type::FIXED_LEN_BYTE_ARRAY => {
            u64::try_from(column.column_descr().type_length()).unwrap_or(0)
        }
    }
}

/// The longest value of a dictionary, which is the first page.
fn longest(bytes: &Bytes, column: &ColumnChunkMetaData) -> Result<u64, ParquetError> {
    let mut pages = SerializedPageReader::new(Arc::new(bytes.clone()), column, 0, None)?;
    let Some(Page::DictionaryPage { buf, .. }) = pages.get_next_page()? else {
        return Err(broken());
    };
    let (mut longest, mut rest) = (0, &buf[..]);
    while let Some((length, tail)) = rest.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length);
        longest = u64::from(length).max(longest);
        let length = usize::try_from(length).ok();
        rest = length
            .and_then(|length| tail.get(length..))
            .ok_or_else(broken)?;
    }
    Ok(longest)
}

fn broken() -> ParquetError {
    ParquetError::General("a page is broken, or cut short".to_owned())
}
