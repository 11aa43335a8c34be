//! In which form rows leave the house: JSON, or what programs read better.

use arrow::ipc::writer::StreamWriter;
use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, VARY};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use portico_sdk::{Error, Reason};
use serde::Serialize;

use crate::gather::Rows;

/// Arrow's stream of batches (IANA, `application/vnd.apache.arrow.stream`).
pub(crate) const ARROW: &str = "application/vnd.apache.arrow.stream";
/// One file of Parquet (IANA, `application/vnd.apache.parquet`).
pub(crate) const PARQUET: &str = "application/vnd.apache.parquet";

/// A form of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Arrow,
    Parquet,
}

impl Form {
    /// What a client would rather have: of those that the house has the one with the most weight (RFC 9110
    /// section 12.5.1), and of equals the first; JSON, where it names none.
    pub(crate) fn wanted(headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(ACCEPT).iter();
        let accepted = accepted.filter_map(|value| value.to_str().ok());
        let kinds = accepted.flat_map(|value| value.split(','));
        let weighed = kinds.filter_map(Self::accepted);
        let heaviest = weighed.reduce(|best, next| if next.0 > best.0 { next } else { best });
        heaviest.map_or(Self::Json, |(_, form)| form)
    }

    /// One that is accepted, and its weight; none that is not known, or not wanted.
    fn accepted(kind: &str) -> Option<(f32, Self)> {
        let kind = kind.to_ascii_lowercase();
        let mut parts = kind.split(';').map(str::trim);
        let form = match parts.next()? {
            ARROW => Self::Arrow,
            PARQUET => Self::Parquet,
            "application/json" | "application/*" | "*/*" => Self::Json,
            _ => return None,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        let weight = weight.map_or(Some(1.0), |weight| weight.parse().ok())?;
        (weight > 0.0 && weight <= 1.0).then_some((weight, form))
    }

    /// Rows in a form other than JSON, with nothing beside them.
    pub(crate) fn bytes(self, rows: &Rows) -> Result<Response, Error> {
        let (kind, bytes) = match self {
            Self::Parquet => (PARQUET, parquet(rows).map_err(unwritable)?),
            Self::Json | Self::Arrow => (ARROW, arrow(rows).map_err(unwritable)?),
        };
        let mut response = bytes.into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        Ok(varied(response))
    }
}

/// A document, where rows in another form could have been asked for.
pub(crate) fn json(document: impl Serialize) -> Response {
    varied(Json(document).into_response())
}

/// Tells caches that other clients get the same in another form (RFC 9110 section 12.5.5).
fn varied(mut response: Response) -> Response {
    let accept = HeaderValue::from_static("accept");
    response.headers_mut().append(VARY, accept);
    response
}

fn arrow(rows: &Rows) -> Result<Vec<u8>, arrow::error::ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &rows.schema)?;
    for batch in &rows.batches {
        writer.write(batch)?;
    }
    writer.into_inner()
}

fn parquet(rows: &Rows) -> Result<Vec<u8>, parquet::errors::ParquetError> {
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
    let schema = rows.schema.clone();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties.build()))?;
    for batch in &rows.batches {
        writer.write(batch)?;
    }
    writer.into_inner()
}

fn unwritable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let words = "The rows have columns that this form does not hold";
    Error::with_message(Reason::Unprocessable, words).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_known_form_is_the_one_and_of_equals_the_first() {
        for (accept, form) in [
            ("", Form::Json),
            ("*/*", Form::Json),
            ("text/html, application/json;q=0.9", Form::Json),
            (ARROW, Form::Arrow),
            ("Application/Vnd.Apache.Parquet;q=1, */*", Form::Parquet),
            (
                "application/json, application/vnd.apache.parquet",
                Form::Json,
            ),
            (
                "application/json;q=0.5, application/vnd.apache.parquet ; q=0.8",
                Form::Parquet,
            ),
            ("application/vnd.apache.parquet;q=0, */*;q=0.1", Form::Json),
            ("application/vnd.apache.parquet;q=x", Form::Json),
            ("application/vnd.apache.parquet;q=inf", Form::Json),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, accept.parse().unwrap());
            assert_eq!(Form::wanted(&headers), form, "{accept}");
        }
        assert_eq!(Form::wanted(&HeaderMap::new()), Form::Json);
    }

    #[test]
    fn every_form_tells_that_there_are_others() {
        let rows = Rows {
            schema: arrow::datatypes::Schema::empty().into(),
            batches: Vec::new(),
        };
        assert_eq!(json(1).headers()[VARY], "accept");
        let stream = Form::Arrow.bytes(&rows).unwrap();
        assert_eq!(stream.headers()[VARY], "accept");
    }
}
