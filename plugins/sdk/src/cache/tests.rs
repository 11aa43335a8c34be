//! What the tests of the tables share.

use super::{Identity, Tag};

/// An identity of a test.
pub(super) fn somebody(number: u8) -> Identity {
    Identity::for_test([number; 32])
}

/// Tags as values: home, kind, name.
pub(super) fn topics<'a>(tags: impl Iterator<Item = Tag<'a>>) -> Vec<(String, String, Vec<u8>)> {
    tags.map(|tag| {
        let (kind, name) = tag.topic.parts();
        (tag.home.to_owned(), kind.to_owned(), name.to_vec())
    })
    .collect()
}
