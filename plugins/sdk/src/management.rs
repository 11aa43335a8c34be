//! HCP's management services: whether the house serves them, and how their paths are read.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use percent_encoding::percent_decode;

/// Closed until the plugin that serves management opens it. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Management(Arc<AtomicBool>);

impl Management {
    /// Says that management is served.
    pub fn open(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The segments of a path as HCP may read them: decoded, in lower case, without parameters (RFC 3986 section
/// 3.3) and without the empty ones.
#[must_use]
pub fn segments(path: &[u8]) -> Vec<Cow<'_, str>> {
    // Most are written as they are read.
    if let (true, Ok(path)) = (path.iter().copied().all(is_plain), str::from_utf8(path)) {
        return named(path).map(Cow::Borrowed).collect();
    }
    let segments = path.split(|byte| *byte == b'/');
    let names = segments.filter_map(|segment| segment.split(|byte| *byte == b';').next());
    let path: Vec<_> = names.map(<[u8]>::to_vec).collect();
    let path = path.join(&b'/');
    let path = percent_decode(&path).decode_utf8_lossy().to_lowercase();
    named(&path)
        .map(|segment| Cow::Owned(segment.to_owned()))
        .collect()
}

fn named(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// Whether a byte means itself.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii() && !byte.is_ascii_uppercase() && !matches!(byte, b'%' | b';')
}
