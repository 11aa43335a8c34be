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

/// Query parameters that are a proof of who asks (AWS, "Authenticating Requests: Using Query
/// Parameters"), those of Signature Version 2 among them; in lower case.
const PROOFS: [&str; 11] = [
    "awsaccesskeyid",
    "expires",
    "signature",
    "x-amz-algorithm",
    "x-amz-content-sha256",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// Whether a query parameter is part of a proof, in whatever case: it was verified here, and must
/// not reach the store, which is to find one proof, the house's own.
#[must_use]
pub fn is_proof(parameter: &str) -> bool {
    PROOFS
        .iter()
        .any(|proof| proof.eq_ignore_ascii_case(parameter))
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
