//! Rows as clients send them: Arrow's stream, a file of Parquet, or a JSON document a line.

mod file;
mod lines;
mod stream;
mod taken;

pub(crate) use file::READER;

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::LengthLimitError;
use portico_sdk::{Error, Reason};

use crate::form::{ARROW, PARQUET};
use crate::gather::Rows;

/// What rows can come as.
pub(in super::super) const KINDS: [&str; 4] =
    [ARROW, PARQUET, "application/x-ndjson", "application/jsonl"];
/// The most columns, with those in structs and lists: every page of rows goes through them all.
const COLUMNS: usize = 5000;
/// Letters of what a reader says that are passed on: it may quote whole rows.
const SAID: usize = 300;

/// The form of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Arrow,
    Parquet,
    Lines,
}

impl Kind {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Error> {
        let kind = headers.get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        match &*kind.to_ascii_lowercase() {
            ARROW => Ok(Self::Arrow),
            PARQUET => Ok(Self::Parquet),
            "application/x-ndjson" | "application/jsonl" => Ok(Self::Lines),
            _ => {
                let words = format!("Rows come as one of {}", KINDS.join(", "));
                Err(Error::with_message(Reason::UnsupportedMediaType, words))
            }
        }
    }

    /// The rows in some bytes; where JSON is for a table that is there, of that table's types.
    ///
    /// # Errors
    /// [`Reason::InvalidArgument`]: they are none of this kind, with the line where there are lines.
    /// [`Reason::EntityTooLarge`]: in memory they take more than `most` bytes.
    pub(super) async fn rows(
        self,
        bytes: Bytes,
        table: Option<SchemaRef>,
        most: u64,
    ) -> Result<Rows, Error> {
        let rows = match self {
            Self::Arrow => stream::rows(&bytes, most).await?,
            Self::Parquet => file::rows(bytes, most).await?,
            Self::Lines => lines::rows(&bytes, table, most).await?,
        };
        check_columns(&rows.schema)?;
        Ok(rows)
    }
}

/// Refuses names with which rows could be written and not read again, and columns without end.
fn check_columns(schema: &Schema) -> Result<(), Error> {
    let fields = schema.flattened_fields();
    if fields.len() > COLUMNS {
        let words = format!("The rows have more than {COLUMNS} columns");
        return Err(Error::with_message(Reason::InvalidArgument, words));
    }
    let is_odd = |field: &&Arc<Field>| field.name().is_empty() || field.name().contains('`');
    match schema.fields().iter().find(is_odd) {
        Some(field) => {
            let words = format!("A column cannot be called \"{}\"", field.name());
            Err(Error::with_message(Reason::InvalidArgument, words))
        }
        None => Ok(()),
    }
}

fn unusable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let words = format!("The rows cannot be read: {error}");
    let words: String = words.chars().take(SAID).collect();
    Error::with_message(Reason::InvalidArgument, words).because(error)
}

/// What is in no state to be read at all.
fn broken() -> Error {
    let words = "The rows cannot be read: they are broken, or cut short";
    Error::with_message(Reason::InvalidArgument, words)
}

/// Why a body was not read to its end.
pub(super) fn unread(error: axum::Error) -> Error {
    let inner = error.into_inner();
    let reason = if inner.is::<LengthLimitError>() {
        Reason::EntityTooLarge
    } else {
        Reason::IncompleteBody
    };
    Error::new(reason).because(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &'static str) -> Result<Kind, Reason> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, text.parse().unwrap());
        Kind::of(&headers).map_err(|error| error.reason())
    }

    #[test]
    fn kinds_are_told_by_their_media_types() {
        assert_eq!(kind("application/jsonl; charset=utf-8"), Ok(Kind::Lines));
        assert_eq!(kind(PARQUET), Ok(Kind::Parquet));
        assert_eq!(kind("text/csv"), Err(Reason::UnsupportedMediaType));
    }

    #[tokio::test]
    async fn what_is_none_is_refused() {
        for (kind, bytes) in [
            (Kind::Lines, "{\"id\": "),
            (Kind::Lines, ""),
            (Kind::Lines, "[1]"),
            (Kind::Arrow, "no stream"),
        ] {
            let rows = kind.rows(Bytes::from(bytes), None, u64::MAX).await;
            let error = rows.unwrap_err();
            assert_eq!(error.reason(), Reason::InvalidArgument, "{kind:?}");
        }
    }
}
