//! Dresses an answer as HCP does: security headers, error documents, content types.

use bytes::Bytes;
use http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, EXPIRES};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use s3s::{HttpResponse, S3Error};

/// The error of a body on its way out.
pub(crate) type StdError = Box<dyn std::error::Error + Send + Sync>;
/// The body of every answer.
pub(crate) type ReplyBody = UnsyncBoxBody<Bytes, StdError>;
pub(crate) type Reply = Response<ReplyBody>;

const XML: HeaderValue = HeaderValue::from_static("application/xml;charset=UTF-8");
const ALWAYS: [(&str, &str); 7] = [
    ("pragma", "no-cache"),
    (
        "content-security-policy",
        "default-src 'self'; script-src 'self' 'unsafe-eval' 'unsafe-inline'; style-src 'self' 'unsafe-inline'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-dns-prefetch-control", "off"),
    ("x-download-options", "noopen"),
    ("x-frame-options", "SAMEORIGIN"),
    ("x-xss-protection", "1; mode=block"),
];

/// What an error document names besides its code.
#[derive(Default)]
pub(crate) struct Subject {
    pub(crate) request_id: u64,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
}

pub(crate) fn full(body: impl Into<Bytes>) -> ReplyBody {
    Full::new(body.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

pub(crate) fn plain(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(full(body));
    *reply.status_mut() = status;
    reply
}

/// An S3 error that was found before s3s saw the request.
pub(crate) fn refuse(error: S3Error) -> HttpResponse {
    error.to_http_response().unwrap_or_else(|_| {
        let mut response = HttpResponse::new(s3s::Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// Puts on what every S3 answer of HCP wears. Error documents are completed.
pub(crate) async fn dress(response: HttpResponse, method: &Method, subject: &Subject) -> Reply {
    let (mut parts, body) = response.into_parts();
    add_security_headers(parts.status, &mut parts.headers);
    if parts.status == StatusCode::NOT_MODIFIED {
        parts.headers.remove(CONTENT_TYPE);
        return Response::from_parts(parts, full(Bytes::new()));
    }
    // Every object comes with `Accept-Ranges`; one that is XML itself stays as it is.
    let is_object = parts.headers.contains_key(ACCEPT_RANGES);
    let content_type = parts.headers.get(CONTENT_TYPE);
    if is_object || content_type.is_none_or(|value| value != "application/xml") {
        return Response::from_parts(parts, body.boxed_unsync());
    }
    parts.headers.insert(CONTENT_TYPE, XML);
    if *method == Method::HEAD {
        parts.headers.remove(CONTENT_LENGTH);
        return Response::from_parts(parts, full(Bytes::new()));
    }
    match body.collect().await {
        Ok(document) => {
            let document = complete(&document.to_bytes(), subject);
            Response::from_parts(parts, full(document))
        }
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()),
    }
}

/// `Cache-Control` and `Expires` are left out of errors.
pub(crate) fn add_security_headers(status: StatusCode, headers: &mut HeaderMap) {
    let mut add = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    for (name, value) in ALWAYS {
        add(HeaderName::from_static(name), value);
    }
    if !status.is_client_error() && !status.is_server_error() {
        add(CACHE_CONTROL, "no-cache,no-store,must-revalidate");
        add(EXPIRES, "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}

/// Adds to an error document what s3s does not write.
fn complete(document: &Bytes, subject: &Subject) -> Bytes {
    let Some(text) = std::str::from_utf8(document)
        .ok()
        .filter(|text| text.contains("<Error><Code>"))
    else {
        return document.clone();
    };
    let has = |part: &str| text.contains(part);
    let mut more = format!(
        "<RequestId>{}</RequestId><HostId>simulator</HostId>",
        subject.request_id
    );
    if !has("<Message>") {
        more.insert_str(
            0,
            "<Message>The request could not be carried out.</Message>",
        );
    }
    let named = match (&subject.bucket, &subject.key) {
        (Some(bucket), _) if has("<Code>NoSuchBucket<") => Some(("BucketName", bucket)),
        (_, Some(key)) if has("<Code>NoSuchKey<") => Some(("Key", key)),
        _ => None,
    };
    if let Some((element, name)) = named {
        more.extend(["<", element, ">", &escape(name), "</", element, ">"]);
    }
    text.replace("</Error>", &(more + "</Error>")).into()
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_document_names_its_key() {
        let subject = Subject {
            request_id: 7,
            bucket: Some("b".to_owned()),
            key: Some("a&b".to_owned()),
        };
        let bare = "<?xml?><Error><Code>NoSuchKey</Code><Message>m</Message></Error>";
        let whole = complete(&Bytes::from(bare), &subject);
        assert_eq!(
            whole,
            "<?xml?><Error><Code>NoSuchKey</Code><Message>m</Message><RequestId>7</RequestId>\
             <HostId>simulator</HostId><Key>a&amp;b</Key></Error>"
        );
        let other = Bytes::from_static(b"<ListBucketResult/>");
        assert_eq!(complete(&other, &subject), other);
    }
}
