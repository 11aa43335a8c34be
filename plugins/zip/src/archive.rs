//! An archive on its way: what has been written so far, and the next bytes of it.

use bytes::{Bytes, BytesMut};
use crc_fast::{CrcAlgorithm, Digest};

use crate::deflate;
use crate::media::Method;
use crate::records::{Directory, Head, Record, Sums, end};
use crate::stamp::Stamp;

/// What no archive can hold, or a caller did out of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ZipError {
    /// A name has 65 535 bytes at most (APPNOTE 4.4.10).
    #[error("a name is too long for an archive")]
    LongName,
    /// An entry has more bytes than were announced, and its records no room for them.
    #[error("an entry has grown beyond what was announced")]
    Grown,
    /// The length of an archive cannot be told: some entry's size is not known.
    #[error("the size of an entry is not known")]
    Unknown,
    /// Bytes outside of an entry, or an entry within another.
    #[error("the entries are out of order")]
    Order,
    /// The compressor failed.
    #[error("an entry cannot be compressed")]
    Deflate,
}

/// Turns entries into the bytes of an archive. It keeps what the central directory will hold, and
/// nothing of the entries' own bytes.
///
/// The calls go `begin`, `data` as often as there is some, `end`; `folder` between them; `finish`
/// at last.
#[derive(Debug, Default)]
pub struct Archive {
    offset: u64,
    directory: BytesMut,
    entries: u64,
    open: Option<Open>,
}

struct Open {
    record: Record,
    crc: Digest,
    sums: Sums,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open")
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

impl Archive {
    /// Bytes so far.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.offset
    }

    /// Begins an entry: its first bytes.
    ///
    /// # Errors
    /// [`ZipError::LongName`], [`ZipError::Order`] inside another entry.
    pub fn begin(&mut self, head: Head) -> Result<Bytes, ZipError> {
        if self.open.is_some() {
            return Err(ZipError::Order);
        }
        let record = Record {
            at: self.offset,
            wide: head.size.is_none_or(|size| is_wide(size, head.method)),
            folder: false,
            head,
        };
        let local = self.count(record.local()?);
        self.open = Some(Open {
            record,
            crc: Digest::new(CrcAlgorithm::Crc32IsoHdlc),
            sums: Sums::default(),
        });
        Ok(local)
    }

    /// The next bytes of a stored entry, handed back as they are.
    ///
    /// # Errors
    /// [`ZipError::Order`] outside of such an entry.
    pub fn data(&mut self, piece: Bytes) -> Result<Bytes, ZipError> {
        self.add(Method::Stored, &piece, &piece)?;
        Ok(piece)
    }

    /// The next bytes of a deflated entry: a block as it was, and as the archive will hold it.
    ///
    /// # Errors
    /// [`ZipError::Order`] outside of such an entry.
    pub(crate) fn block(&mut self, raw: &[u8], packed: &[u8]) -> Result<(), ZipError> {
        self.add(Method::Deflated, raw, packed)
    }

    fn add(&mut self, method: Method, raw: &[u8], packed: &[u8]) -> Result<(), ZipError> {
        let open = self.open.as_mut();
        let open = open.filter(|open| open.record.head.method == method);
        let open = open.ok_or(ZipError::Order)?;
        open.crc.update(raw);
        open.sums.size += length(raw);
        open.sums.packed += length(packed);
        self.offset += length(packed);
        Ok(())
    }

    /// Counts bytes of a stored entry that nobody has: for the length of an archive.
    pub(crate) fn skip(&mut self, bytes: u64) {
        if let Some(open) = &mut self.open {
            open.sums.size += bytes;
            open.sums.packed += bytes;
            self.offset += bytes;
        }
    }

    /// Ends the entry: its last bytes.
    ///
    /// # Errors
    /// [`ZipError::Order`] outside of an entry, [`ZipError::Grown`].
    pub fn end(&mut self) -> Result<Bytes, ZipError> {
        let mut open = self.open.take().ok_or(ZipError::Order)?;
        let mut out = BytesMut::new();
        if open.record.head.method == Method::Deflated {
            out.extend_from_slice(&deflate::LAST);
            open.sums.packed += length(&out);
        }
        // A sum of 32 bits, told in 64.
        open.sums.crc = u32::try_from(open.crc.finalize()).unwrap_or_default();
        out.extend_from_slice(&open.record.descriptor(open.sums)?);
        let out = self.count(out);
        self.enter(&open.record, open.sums)?;
        Ok(out)
    }

    /// Forgets the entry that was begun, and tells how many bytes of the archive remain. For
    /// archives in files alone.
    pub fn abandon(&mut self) -> u64 {
        if let Some(open) = self.open.take() {
            self.offset = open.record.at;
        }
        self.offset
    }

    /// A folder; its name ends with a slash.
    ///
    /// # Errors
    /// As [`Archive::begin`].
    pub fn folder(&mut self, name: String, stamp: Stamp) -> Result<Bytes, ZipError> {
        if self.open.is_some() {
            return Err(ZipError::Order);
        }
        let head = Head {
            name,
            stamp,
            method: Method::Stored,
            size: Some(0),
        };
        let record = Record {
            head,
            at: self.offset,
            wide: false,
            folder: true,
        };
        let local = self.count(record.local()?);
        self.enter(&record, Sums::default())?;
        Ok(local)
    }

    /// The central directory and the end of the archive.
    ///
    /// # Errors
    /// [`ZipError::Order`] inside an entry.
    pub fn finish(mut self) -> Result<Bytes, ZipError> {
        if self.open.is_some() {
            return Err(ZipError::Order);
        }
        let directory = Directory {
            entries: self.entries,
            at: self.offset,
            length: length(&self.directory),
        };
        self.directory.extend_from_slice(&end(directory));
        Ok(self.directory.freeze())
    }

    fn count(&mut self, out: BytesMut) -> Bytes {
        self.offset += length(&out);
        out.freeze()
    }

    fn enter(&mut self, record: &Record, sums: Sums) -> Result<(), ZipError> {
        record.central(sums, &mut self.directory)?;
        self.entries += 1;
        Ok(())
    }
}

/// Whether 32 bits may be too few for a size. What cannot be compressed grows by some bytes for each
/// block of Deflate.
fn is_wide(size: u64, method: Method) -> bool {
    let most = match method {
        Method::Stored => size,
        Method::Deflated => size.saturating_add(size / 1024).saturating_add(1 << 16),
    };
    most >= u64::from(u32::MAX)
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(size: u64) -> Head {
        Head {
            name: "a".to_owned(),
            stamp: Stamp::of(None),
            method: Method::Stored,
            size: Some(size),
        }
    }

    #[test]
    fn what_outgrows_its_records_is_refused() {
        let mut archive = Archive::default();
        archive.begin(head(1)).unwrap();
        archive.skip(1 << 32);
        assert_eq!(archive.end(), Err(ZipError::Grown));
    }

    #[test]
    fn what_is_out_of_order_is_refused() {
        let mut archive = Archive::default();
        assert_eq!(archive.end(), Err(ZipError::Order));
        assert_eq!(archive.data(Bytes::new()), Err(ZipError::Order));
        archive.begin(head(1)).unwrap();
        assert_eq!(archive.begin(head(1)), Err(ZipError::Order));
        let folder = archive.folder("f/".to_owned(), Stamp::of(None));
        assert_eq!(folder, Err(ZipError::Order));
        assert_eq!(archive.abandon(), 0);
        assert!(archive.finish().is_ok());
    }
}
