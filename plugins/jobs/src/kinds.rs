//! The kinds of job.

mod count;
mod delete;
mod zip;

pub(crate) use count::{CountKind, CountOrder};
pub(crate) use delete::{DeleteKind, DeleteOrder};
pub(crate) use zip::{Choice, Objects, Selection, Wanted, ZipKind, ZipList, ZipOrder};
