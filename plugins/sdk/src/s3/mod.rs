//! The vocabulary of S3: operations by their AWS names, bucket names.

mod operation;

pub use operation::{Operation, Scope};

/// Whether the text can be a bucket at all: enough to keep it inside one path segment.
///
/// The store decides on the finer rules (HCP: 3 to 63 letters, digits and hyphens), since
/// generic stores allow dots and underscores.
#[must_use]
pub fn is_bucket_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    (1..=255).contains(&name.len()) && name.bytes().all(allowed) && name != "." && name != ".."
}
