//! The head of a page: `PageHeader` of parquet-format's `parquet.thrift`.

use super::compact::{Compact, I32, STOP, STRUCT};

/// `DICTIONARY_PAGE` of `PageType`.
const DICTIONARY: i64 = 2;
/// `DELTA_BYTE_ARRAY` of `Encoding`: each value repeats a part of the one before.
const DELTA: i64 = 7;

/// What it says of its page.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) is_dictionary: bool,
    /// Whether values repeat parts of others.
    pub(super) is_delta: bool,
    /// Bytes once it is unfolded.
    pub(super) size: u64,
    /// Bytes as they stand in the file.
    pub(super) stored: usize,
    /// Values in it, nulls included.
    pub(super) values: u64,
}

impl Head {
    pub(super) fn read(bytes: &mut Compact<'_>) -> Option<Self> {
        let (mut head, mut last) = (Self::default(), 0);
        loop {
            match bytes.field(&mut last)? {
                (_, STOP) => return Some(head),
                (1, I32) => head.is_dictionary = bytes.number()? == DICTIONARY,
                (2, I32) => head.size = bytes.count()?,
                (3, I32) => head.stored = usize::try_from(bytes.count()?).ok()?,
                // Data pages of either version.
                (5, STRUCT) => head.data(bytes, 2)?,
                (8, STRUCT) => head.data(bytes, 4)?,
                (_, kind) => bytes.skip(kind)?,
            }
        }
    }

    /// What is said of values; the number of the field that tells how they are written differs.
    fn data(&mut self, bytes: &mut Compact<'_>, encoding: i64) -> Option<()> {
        let mut last = 0;
        loop {
            match bytes.field(&mut last)? {
                (_, STOP) => return Some(()),
                (1, I32) => self.values = bytes.count()?,
                (field, I32) if field == encoding => self.is_delta = bytes.number()? == DELTA,
                (_, kind) => bytes.skip(kind)?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_data_and_of_dictionaries_are_read() {
        // 10 bytes of 20, with 3 values of encoding 7, and their repetitions and definitions.
        let data = [
            0x15, 0, 0x15, 40, 0x15, 20, 0x2c, 0x15, 6, 0x15, 14, 0x15, 6, 0x15, 6, STOP, STOP,
        ];
        let found = Head::read(&mut Compact::of(&data)).unwrap();
        let head = Head {
            is_delta: true,
            size: 20,
            stored: 10,
            values: 3,
            ..Head::default()
        };
        assert_eq!(found, head);
        let dictionary = [
            0x15, 4, 0x15, 40, 0x15, 20, 0x4c, 0x15, 6, 0x15, 0, STOP, STOP,
        ];
        let found = Head::read(&mut Compact::of(&dictionary)).unwrap();
        assert!(found.is_dictionary && found.values == 0);
        assert_eq!(Head::read(&mut Compact::of(&data[..12])), None);
        // A negative size.
        assert_eq!(Head::read(&mut Compact::of(&[0x25, 1, STOP])), None);
    }
}
