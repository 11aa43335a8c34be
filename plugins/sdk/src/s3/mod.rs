//! The vocabulary of S3: operations by their AWS names, bucket names, sources of copies.

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

/// The source of a copy (`x-amz-copy-source`) in the form that every store reads in one way: for
/// AWS a bare plus is a blank, as in a form, and clients write it so; others take it as it stands.
#[must_use]
pub fn copy_source(sent: &[u8]) -> Vec<u8> {
    let plain = |byte: &u8| match byte {
        b'+' => b"%20".to_vec(),
        other => vec![*other],
    };
    sent.iter().flat_map(plain).collect()
}
