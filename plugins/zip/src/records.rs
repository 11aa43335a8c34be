//! The records of an archive, byte by byte.

use bytes::{BufMut as _, BytesMut};

use crate::archive::ZipError;
use crate::media::Method;
use crate::stamp::Stamp;

/// What stands in 32 bits when the value stands in the ZIP64 field (APPNOTE 4.4.8, 4.4.9, 4.4.16).
const ELSEWHERE: u32 = u32::MAX;
/// The same for the number of entries, in 16 bits (APPNOTE 4.4.21).
const MANY: u16 = u16::MAX;
/// Version 2.0: folders, Deflate (APPNOTE 4.4.3.2).
const PLAIN: u16 = 20;
/// Version 4.5: ZIP64.
const WIDE: u16 = 45;
/// Made on Unix, so that the attributes are those of files there (APPNOTE 4.4.2).
const UNIX: u16 = 3 << 8;
/// Sizes and checksum stand behind the bytes (APPNOTE 4.4.4, bit 3).
const BEHIND: u16 = 1 << 3;
/// Names are UTF-8 (APPNOTE 4.4.4, bit 11; appendix D).
const UTF8: u16 = 1 << 11;
/// A plain file, `rw-r--r--`.
const FILE: u32 = 0o100_644 << 16;
/// A folder, `rwxr-xr-x`, with MS-DOS's mark of one.
const FOLDER: u32 = 0o040_755 << 16 | 1 << 4;

/// What an entry's first record tells.
#[derive(Debug, Clone)]
pub struct Head {
    /// The name, safe and told apart already; a folder's ends with a slash.
    pub name: String,
    /// When it was last changed.
    pub stamp: Stamp,
    /// How its bytes are stored.
    pub method: Method,
    /// How many there will be, in bytes, as far as that is known. An entry that turns out larger
    /// is refused where its records have no room for that.
    pub size: Option<u64>,
}

/// What only the end of an entry tells.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    pub(crate) crc: u32,
    pub(crate) size: u64,
    pub(crate) packed: u64,
}

/// One entry, as all of its records need it.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) head: Head,
    /// Where it begins, in bytes from the beginning of the archive.
    pub(crate) at: u64,
    /// Whether its data descriptor has eight bytes for a size.
    pub(crate) wide: bool,
    pub(crate) folder: bool,
}

impl Record {
    fn flags(&self) -> u16 {
        UTF8 | if self.folder { 0 } else { BEHIND }
    }

    fn name_length(&self) -> Result<u16, ZipError> {
        u16::try_from(self.head.name.len()).map_err(|_| ZipError::LongName)
    }

    /// The local file header (APPNOTE 4.3.7).
    pub(crate) fn local(&self) -> Result<BytesMut, ZipError> {
        let Head { name, stamp, .. } = &self.head;
        let mut extra = BytesMut::new();
        if self.wide {
            // Both sizes must be there; what they are is told behind the bytes (APPNOTE 4.5.3).
            extra.put_slice(&[1, 0, 16, 0]);
            extra.put_bytes(0, 16);
        }
        extended(stamp, &mut extra);
        let size = if self.wide { ELSEWHERE } else { 0 };
        let mut out = BytesMut::with_capacity(30 + name.len() + extra.len());
        out.put_u32_le(0x0403_4b50);
        out.put_u16_le(if self.wide { WIDE } else { PLAIN });
        self.common(&mut out);
        out.put_u32_le(0);
        out.put_u32_le(size);
        out.put_u32_le(size);
        out.put_u16_le(self.name_length()?);
        out.put_u16_le(short(extra.len())?);
        out.put_slice(name.as_bytes());
        out.put_slice(&extra);
        Ok(out)
    }

    /// The data descriptor (APPNOTE 4.3.9), with its customary signature.
    pub(crate) fn descriptor(&self, sums: Sums) -> Result<BytesMut, ZipError> {
        let mut out = BytesMut::with_capacity(24);
        out.put_u32_le(0x0807_4b50);
        out.put_u32_le(sums.crc);
        for size in [sums.packed, sums.size] {
            if self.wide {
                out.put_u64_le(size);
            } else {
                out.put_u32_le(u32::try_from(size).map_err(|_| ZipError::Grown)?);
            }
        }
        Ok(out)
    }

    /// The entry's header in the central directory (APPNOTE 4.3.12).
    pub(crate) fn central(&self, sums: Sums, out: &mut BytesMut) -> Result<(), ZipError> {
        let Head { name, stamp, .. } = &self.head;
        let mut long = BytesMut::new();
        let [size, packed, at] =
            [sums.size, sums.packed, self.at].map(|value| narrow(value, &mut long));
        let mut extra = BytesMut::new();
        if !long.is_empty() {
            extra.put_u16_le(1);
            extra.put_u16_le(short(long.len())?);
            extra.put_slice(&long);
        }
        extended(stamp, &mut extra);
        let wide = self.wide || !long.is_empty();
        out.put_u32_le(0x0201_4b50);
        out.put_u16_le(UNIX | WIDE);
        out.put_u16_le(if wide { WIDE } else { PLAIN });
        self.common(out);
        out.put_u32_le(sums.crc);
        out.put_u32_le(packed);
        out.put_u32_le(size);
        out.put_u16_le(self.name_length()?);
        out.put_u16_le(short(extra.len())?);
        // No comment, the first disk, no internal attributes.
        out.put_bytes(0, 6);
        out.put_u32_le(if self.folder { FOLDER } else { FILE });
        out.put_u32_le(at);
        out.put_slice(name.as_bytes());
        out.put_slice(&extra);
        Ok(())
    }

    /// Flags, method and time, which both headers have in this order.
    fn common(&self, out: &mut BytesMut) {
        out.put_u16_le(self.flags());
        out.put_u16_le(self.head.method.number());
        out.put_u16_le(self.head.stamp.time);
        out.put_u16_le(self.head.stamp.date);
    }
}

/// The extended timestamp: the time of the last change alone, the same in both headers.
fn extended(stamp: &Stamp, extra: &mut BytesMut) {
    if let Some(seconds) = stamp.unix {
        extra.put_slice(&[b'U', b'T', 5, 0, 1]);
        extra.put_i32_le(seconds);
    }
}

/// The value, or that it stands in the ZIP64 field, where it then is added (APPNOTE 4.5.3).
fn narrow(value: u64, long: &mut BytesMut) -> u32 {
    match u32::try_from(value) {
        Ok(short) if short != ELSEWHERE => short,
        _ => {
            long.put_u64_le(value);
            ELSEWHERE
        }
    }
}

fn short(length: usize) -> Result<u16, ZipError> {
    u16::try_from(length).map_err(|_| ZipError::LongName)
}

/// Where the central directory lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Directory {
    pub(crate) entries: u64,
    pub(crate) at: u64,
    pub(crate) length: u64,
}

/// The end of the central directory (APPNOTE 4.3.16), behind those of ZIP64 (4.3.14, 4.3.15) where
/// something is too large for it.
pub(crate) fn end(directory: Directory) -> BytesMut {
    let mut long = BytesMut::new();
    let entries = u16::try_from(directory.entries).unwrap_or(MANY);
    let [length, at] = [directory.length, directory.at].map(|value| narrow(value, &mut long));
    let mut out = BytesMut::with_capacity(98);
    if entries == MANY || !long.is_empty() {
        end_wide(directory, &mut out);
    }
    out.put_u32_le(0x0605_4b50);
    out.put_bytes(0, 4);
    out.put_u16_le(entries);
    out.put_u16_le(entries);
    out.put_u32_le(length);
    out.put_u32_le(at);
    out.put_u16_le(0);
    out
}

fn end_wide(directory: Directory, out: &mut BytesMut) {
    out.put_u32_le(0x0606_4b50);
    // The rest of this record, without signature and this field.
    out.put_u64_le(44);
    out.put_u16_le(UNIX | WIDE);
    out.put_u16_le(WIDE);
    out.put_bytes(0, 8);
    out.put_u64_le(directory.entries);
    out.put_u64_le(directory.entries);
    out.put_u64_le(directory.length);
    out.put_u64_le(directory.at);
    out.put_u32_le(0x0706_4b50);
    out.put_u32_le(0);
    out.put_u64_le(directory.at.saturating_add(directory.length));
    out.put_u32_le(1);
}
