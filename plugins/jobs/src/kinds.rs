//! The kinds of job.

mod count;
mod delete;

pub(crate) use count::{CountKind, CountOrder};
pub(crate) use delete::{DeleteKind, DeleteOrder};
