//! As much of Thrift's compact protocol as heads of pages need.

/// The kind that ends a structure.
pub(super) const STOP: u8 = 0;
pub(super) const I32: u8 = 5;
pub(super) const STRUCT: u8 = 12;
/// Structures within structures: Parquet has two.
const DEEPEST: u8 = 4;

/// Bytes that are still to be read. Everything gives `None` where they are not what they should be.
#[derive(Debug)]
pub(super) struct Compact<'a>(&'a [u8]);

impl<'a> Compact<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn jump(&mut self, length: usize) -> Option<()> {
        self.0 = self.0.get(length..)?;
        Some(())
    }

    /// Number and kind of the next field of a structure, whose last one had this number.
    pub(super) fn field(&mut self, last: &mut i64) -> Option<(i64, u8)> {
        let byte = self.byte()?;
        let kind = byte & 0xf;
        if kind != STOP {
            *last = match byte >> 4 {
                0 => self.number()?,
                step => last.checked_add(i64::from(step))?,
            };
        }
        Some((*last, kind))
    }

    /// A number of any width, written with its sign last.
    pub(super) fn number(&mut self) -> Option<i64> {
        let number = self.plain()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// A number that must not be negative.
    pub(super) fn count(&mut self) -> Option<u64> {
        u64::try_from(self.number()?).ok()
    }

    pub(super) fn skip(&mut self, kind: u8) -> Option<()> {
        self.skip_below(kind, DEEPEST)
    }

    fn skip_below(&mut self, kind: u8, depth: u8) -> Option<()> {
        match kind {
            // Truths stand in the kind.
            1 | 2 => Some(()),
            3 => self.jump(1),
            4..=6 => self.plain().map(drop),
            7 => self.jump(8),
            8 => {
                let length = self.plain()?;
                self.jump(usize::try_from(length).ok()?)
            }
            STRUCT => self.skip_fields(depth.checked_sub(1)?),
            _ => None,
        }
    }

    fn skip_fields(&mut self, depth: u8) -> Option<()> {
        let mut last = 0;
        loop {
            match self.field(&mut last)? {
                (_, STOP) => return Some(()),
                (_, kind) => self.skip_below(kind, depth)?,
            }
        }
    }

    fn plain(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64_u32).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read() {
        let mut bytes = Compact::of(&[0x00, 0x01, 0x02, 0xac, 0x02, 0x80]);
        let numbers = [bytes.number(), bytes.number(), bytes.number()];
        assert_eq!(numbers, [Some(0), Some(-1), Some(1)]);
        assert_eq!(bytes.number(), Some(150));
        assert_eq!(bytes.number(), None);
        assert_eq!(Compact::of(&[0xff; 11]).number(), None);
    }

    #[test]
    fn structures_are_skipped_unless_they_are_deep() {
        // A structure of a text, a truth and a number, and a byte behind it.
        let bytes = [0x18, 2, b'a', b'b', 0x11, 0x15, 4, STOP, 9];
        let mut bytes = Compact::of(&bytes);
        assert_eq!(bytes.skip(STRUCT), Some(()));
        assert_eq!(bytes.byte(), Some(9));
        assert_eq!(Compact::of(&[0x1c; 20]).skip(STRUCT), None);
        assert_eq!(Compact::of(&[0x18, 100]).skip(STRUCT), None);
    }
}
