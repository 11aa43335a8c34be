//! An entry as bytes, sealed for its question. Another format, another question or another secret is
//! no entry.

use bytes::{Buf as _, BufMut as _, Bytes};
use http::StatusCode;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use portico_sdk::seal::Seal;

use super::{Entry, placeholders};
use crate::stamp::{Stamp, TAGS};

/// The first byte of everything that is written here.
const VERSION: u8 = 1;

impl Entry {
    /// The entry, readable under this key alone; `None` when there are no random numbers.
    pub(crate) fn close(&self, key: &[u8], seal: &dyn Seal) -> Option<Vec<u8>> {
        let sealed = seal.close(&self.written(), key).ok()?;
        let mut value = Vec::with_capacity(sealed.len() + 1);
        value.push(VERSION);
        value.extend_from_slice(&sealed);
        Some(value)
    }

    /// What was closed under this key.
    pub(crate) fn open(value: &[u8], key: &[u8], seal: &dyn Seal) -> Option<Self> {
        let (version, sealed) = value.split_first()?;
        if *version != VERSION {
            return None;
        }
        Self::read(&seal.open(sealed, key)?)
    }

    fn written(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.bytes() + 128);
        bytes.put_u16(self.status.as_u16());
        bytes.put_u64(self.asked);
        for generation in self.stamp.own.into_iter().chain([self.stamp.absent]) {
            bytes.put_u128(generation);
        }
        bytes.put_u32(u32::try_from(self.headers.len()).unwrap_or(u32::MAX));
        for (name, value) in &self.headers {
            for part in [name.as_str().as_bytes(), value.as_bytes()] {
                bytes.put_u32(u32::try_from(part.len()).unwrap_or(u32::MAX));
                bytes.extend_from_slice(part);
            }
        }
        bytes.extend_from_slice(&self.body);
        bytes
    }

    fn read(mut bytes: &[u8]) -> Option<Self> {
        let status = StatusCode::from_u16(bytes.try_get_u16().ok()?).ok()?;
        let asked = bytes.try_get_u64().ok()?;
        let mut own = [0; TAGS];
        for generation in &mut own {
            *generation = bytes.try_get_u128().ok()?;
        }
        let absent = bytes.try_get_u128().ok()?;
        let mut headers = HeaderMap::new();
        for _ in 0..bytes.try_get_u32().ok()? {
            let name = HeaderName::from_bytes(part(&mut bytes)?).ok()?;
            let value = HeaderValue::from_bytes(part(&mut bytes)?).ok()?;
            headers.append(name, value);
        }
        placeholders(&mut headers);
        let entry = Self {
            status,
            headers,
            body: Bytes::copy_from_slice(bytes),
            asked,
            stamp: Stamp { own, absent },
            near: Stamp::default(),
            absent: status == StatusCode::NOT_FOUND,
            derived: None,
        };
        Some(entry.with_place())
    }
}

fn part<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(bytes.try_get_u32().ok()?).ok()?;
    let (part, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(part)
}
