//! `GET …/cell`: the bytes of one value, or a part of them.

mod kind;

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, HeaderName, HeaderValue,
};
use http::{HeaderMap, StatusCode};
use lance::dataset::ProjectionRequest;
use lance::session::Session;
use portico_sdk::cache::conditional;
use portico_sdk::invalid::Refusal;
use portico_sdk::rest::ranges::{Parts, beyond, content_range};
use portico_sdk::{Error, Reason, body};
use sha2::{Digest as _, Sha256};

use super::opened;
use super::wanted::{NOT_NEGATIVE, count, version};
use crate::ask::Ask;
use crate::failure::failure;
use crate::gather::{size, too_large};
use crate::place::Place;
use crate::values;

/// Keeps browsers from making more of it than it is told to be.
const SNIFF: HeaderName = HeaderName::from_static("x-content-type-options");
/// Documents can act, such as those of PDF: here they load nothing and belong to nobody.
const POLICY: &str = "default-src 'none'; sandbox";

/// Which value.
struct Wanted {
    place: Place,
    column: String,
    row: u64,
    version: Option<u64>,
    memory: u64,
}

pub(super) async fn cell(ask: Ask) -> Result<Response, Refusal> {
    let mut given = ask.given();
    let wanted = Wanted {
        place: Place::read(&mut given),
        column: given.required("column"),
        row: count(given.whole("row", None, NOT_NEGATIVE)),
        version: version(&mut given),
        memory: ask.desk.limits.memory,
    };
    given.done()?;
    let session = ask.reader(&wanted.place)?;
    let headers = ask.head.headers.clone();
    let work = async move {
        let bytes = read(session, wanted).await?;
        Ok(answer(bytes, &headers))
    };
    Ok(ask.desk.workshop.run("cell", work).await?)
}

async fn read(session: Arc<Session>, wanted: Wanted) -> Result<Bytes, Error> {
    let null = || Error::with_message(Reason::NotFound, "Cell is null");
    let failed = |error: lance::Error| failure(error, "read cell");
    let dataset = opened::dataset(session, &wanted.place, wanted.version).await?;
    let total = dataset.count_rows(None).await.map_err(failed)?;
    let there = usize::try_from(wanted.row).is_ok_and(|row| row < total);
    let path = dataset
        .schema()
        .resolve(&wanted.column)
        .map(|path| path.len());
    let depth = path.filter(|_| there).ok_or_else(null)?;
    let schema = dataset.schema().project(&[&wanted.column]);
    let projection = ProjectionRequest::Schema(Arc::new(schema.map_err(failed)?));
    let batch = dataset.take(&[wanted.row], projection).await;
    let batch = batch.map_err(failed)?;
    if size(&batch) > wanted.memory {
        return Err(too_large());
    }
    let value = value(&batch, depth).ok_or_else(null)?;
    values::check(&*value, wanted.memory)?;
    values::text(&*value, 0).ok_or_else(null)
}

/// What one row has at the end of a path of so many names, of which nothing else was read.
fn value(batch: &RecordBatch, depth: usize) -> Option<ArrayRef> {
    if batch.num_rows() == 0 {
        return None;
    }
    let mut value = Arc::clone(batch.columns().first()?);
    for _ in 1..depth {
        // Paths go through lists too, of which there is no one value.
        let Some(inner) = value.as_struct_opt() else {
            break;
        };
        if inner.is_null(0) {
            return None;
        }
        value = Arc::clone(inner.columns().first()?);
    }
    Some(value)
}

/// The bytes, or those that the client asks for; nothing where it has them already.
fn answer(bytes: Bytes, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", const_hex::encode(&Sha256::digest(&bytes)[..16]));
    let kind = HeaderValue::from_static(kind::of(&bytes));
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let parts = Parts::asked(asked, length, &[&tag]);
    let mut response = match parts {
        None => return beyond(length),
        Some(Parts::One(range)) => part(&bytes, &range),
        // More than one part at a time is nobody's who looks at a cell: the whole is always right.
        Some(Parts::Whole | Parts::Many(_)) => http::Response::new(body::full(bytes)),
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, kind);
    headers.insert(SNIFF, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    conditional(response, asked).map(Body::new).into_response()
}

fn part(bytes: &Bytes, range: &std::ops::RangeInclusive<u64>) -> http::Response<body::Body> {
    let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    let told = content_range(range, u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    let piece = bytes.slice(index(*range.start())..=index(*range.end()));
    let length = HeaderValue::from(piece.len());
    let mut response = http::Response::new(body::full(piece));
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, length);
    if let Ok(told) = HeaderValue::from_str(&told) {
        headers.insert(CONTENT_RANGE, told);
    }
    response
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, StructArray};
    use arrow::datatypes::{DataType, Field};
    use http::header::{IF_NONE_MATCH, RANGE};
    use http_body_util::BodyExt as _;

    use super::*;

    async fn asked(pairs: &[(HeaderName, &str)]) -> (StatusCode, HeaderMap, Bytes) {
        let pairs = pairs.iter();
        let headers = pairs.map(|(name, value)| (name.clone(), value.parse().unwrap()));
        let response = answer(
            Bytes::from_static(b"\x89PNG\r\n\x1a\n0123"),
            &headers.collect(),
        );
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status, head.headers, body)
    }

    #[tokio::test]
    async fn bytes_are_told_for_what_they_are_and_given_in_parts() {
        let (status, headers, body) = asked(&[]).await;
        assert_eq!((status, body.len()), (StatusCode::OK, 12));
        assert_eq!(headers[CONTENT_TYPE], "image/png");
        assert_eq!(headers[SNIFF], "nosniff");
        assert_eq!(headers[CONTENT_SECURITY_POLICY], POLICY);
        let (status, headers, body) = asked(&[(RANGE, "bytes=8-9")]).await;
        assert_eq!(
            (status, &body[..]),
            (StatusCode::PARTIAL_CONTENT, &b"01"[..])
        );
        assert_eq!(headers[CONTENT_RANGE], "bytes 8-9/12");
        let (status, headers, _) = asked(&[(RANGE, "bytes=12-")]).await;
        assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE);
        assert_eq!(headers[CONTENT_RANGE], "bytes */12");
    }

    #[tokio::test]
    async fn who_has_them_already_gets_nothing() {
        let (_, headers, _) = asked(&[]).await;
        let tag = headers[ETAG].to_str().unwrap();
        let (status, _, body) = asked(&[(IF_NONE_MATCH, tag)]).await;
        assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
        let (status, ..) = asked(&[(IF_NONE_MATCH, "\"other\"")]).await;
        assert_eq!(status, StatusCode::OK);
    }

    #[test]
    fn a_path_leads_to_the_value_at_its_end() {
        let number: ArrayRef = Arc::new(Int64Array::from(vec![7]));
        let field = Arc::new(Field::new("field", DataType::Int64, true));
        let within: ArrayRef = Arc::new(StructArray::from(vec![(field, number)]));
        let batch = RecordBatch::try_from_iter([("column", within)]).unwrap();
        let text = |depth| values::text(&*value(&batch, depth).unwrap(), 0).unwrap();
        assert_eq!(&text(2)[..], b"7");
        assert_eq!(&text(1)[..], b"{\"field\":7}");
        let none = batch.slice(0, 0);
        assert!(value(&none, 1).is_none());
    }
}
