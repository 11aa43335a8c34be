//! `GET …/objects/{key}`: the bytes of an object, or a part of them, as they come from the store.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderName, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, LAST_MODIFIED, RANGE,
};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use portico_aws::failure;
use portico_hcp::document::Given;
use portico_sdk::Error;
use portico_sdk::s3::Operation;

use super::describe::BINARY;
use super::if_range::{Sent, Validator};
use crate::ask::Ask;
use crate::{labels, times};

pub(super) async fn get(ask: &Ask, key: &str, head: &Parts) -> Result<Response, Error> {
    ask.may_with(Operation::GetObject, key)?;
    let version = Given::read(&head.uri).text("version_id");
    let object = ask.store()?.get_object().bucket(&ask.bucket).key(key);
    let object = conditions(object.set_version_id(version), &head.headers);
    match send(object, &head.headers).await {
        Ok(object) => Ok(whole(key, object)),
        Err(error) => unchanged(&error).map_or_else(
            || Err(failure(error, &labels::object(key))),
            |headers| Ok((StatusCode::NOT_MODIFIED, headers).into_response()),
        ),
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

/// Conditions as the client set them; what is no date is no condition (RFC 9110 section 13.1.3).
fn conditions(object: GetObjectFluentBuilder, headers: &HeaderMap) -> GetObjectFluentBuilder {
    let text = |name| text(headers, name);
    let date = |name| DateTime::from_str(&text(name)?, DateTimeFormat::HttpDate).ok();
    object
        .set_if_match(text(IF_MATCH))
        .set_if_none_match(text(IF_NONE_MATCH))
        .set_if_modified_since(date(IF_MODIFIED_SINCE))
        .set_if_unmodified_since(date(IF_UNMODIFIED_SINCE))
}

/// Asks for what the client wants of the object.
async fn send(object: GetObjectFluentBuilder, headers: &HeaderMap) -> Sent {
    match (text(headers, RANGE), headers.get(IF_RANGE)) {
        (Some(range), Some(known)) => {
            let known = Validator::read(known.to_str().unwrap_or_default());
            known.send(object, range).await
        }
        (range, _) => object.set_range(range).send().await,
    }
}

/// The validators of an object that the client has already.
fn unchanged(error: &SdkError<GetObjectError, HttpResponse>) -> Option<HeaderMap> {
    let raw = error.raw_response()?;
    if raw.status().as_u16() != StatusCode::NOT_MODIFIED.as_u16() {
        return None;
    }
    let mut headers = HeaderMap::new();
    for name in [ETAG, LAST_MODIFIED] {
        if let Some(value) = raw.headers().get(name.as_str()) {
            set(&mut headers, name, value);
        }
    }
    Some(headers)
}

fn whole(key: &str, object: GetObjectOutput) -> Response {
    let mut headers = HeaderMap::new();
    let known = Known {
        length: object.content_length(),
        e_tag: object.e_tag(),
        modified: object.last_modified(),
    };
    known.write(&mut headers);
    set(&mut headers, CONTENT_TYPE, &media(object.content_type()));
    let name = || disposition(key);
    let disposition = object
        .content_disposition()
        .map_or_else(name, str::to_owned);
    set(&mut headers, CONTENT_DISPOSITION, &disposition);
    let mut status = StatusCode::OK;
    if let Some(range) = object.content_range() {
        set(&mut headers, CONTENT_RANGE, range);
        status = StatusCode::PARTIAL_CONTENT;
    }
    let body = Body::new(object.body.into_inner());
    (status, headers, body).into_response()
}

/// What is known of an object beside its bytes.
pub(super) struct Known<'a> {
    pub(super) length: Option<i64>,
    pub(super) e_tag: Option<&'a str>,
    pub(super) modified: Option<&'a DateTime>,
}

impl Known<'_> {
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        if let Some(length) = self.length {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        if let Some(tag) = self.e_tag {
            set(headers, ETAG, tag);
        }
        if let Some(date) = self.modified.and_then(times::http_date) {
            set(headers, LAST_MODIFIED, &date);
        }
    }
}

/// Sets what a header can hold; what none can, nobody could have read either.
pub(super) fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Texts are told to be UTF-8 where the store says nothing of it.
fn media(stored: Option<&str>) -> String {
    let media = stored.unwrap_or(BINARY);
    let lower = media.to_ascii_lowercase();
    if lower.starts_with("text/") && !lower.contains("charset=") {
        return format!("{media}; charset=utf-8");
    }
    media.to_owned()
}

/// What stays as it is in an extended value (RFC 8187 section 3.2.1).
const ATTRIBUTE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// A name to save the object under: the last part of its key (RFC 6266).
fn disposition(key: &str) -> String {
    let name = key
        .rsplit('/')
        .find(|part| !part.is_empty())
        .unwrap_or("object");
    let plain = |letter: char| letter.is_ascii_graphic() && !matches!(letter, '"' | '\\');
    let simple: String = name
        .chars()
        .map(|letter| {
            if plain(letter) || letter == ' ' {
                letter
            } else {
                '_'
            }
        })
        .collect();
    if simple == name {
        return format!("inline; filename=\"{name}\"");
    }
    let extended = utf8_percent_encode(name, ATTRIBUTE);
    format!("inline; filename=\"{simple}\"; filename*=UTF-8''{extended}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_the_key_is_the_name() {
        assert_eq!(disposition("a/b c.txt"), "inline; filename=\"b c.txt\"");
        assert_eq!(
            disposition("a/å\"\n.txt"),
            "inline; filename=\"___.txt\"; filename*=UTF-8''%C3%A5%22%0A.txt"
        );
        assert_eq!(disposition("folder/"), "inline; filename=\"folder\"");
        assert_eq!(disposition("/"), "inline; filename=\"object\"");
    }

    #[test]
    fn texts_are_told_their_characters() {
        assert_eq!(media(None), "application/octet-stream");
        assert_eq!(media(Some("text/plain")), "text/plain; charset=utf-8");
        assert_eq!(
            media(Some("text/plain; Charset=x")),
            "text/plain; Charset=x"
        );
        assert_eq!(media(Some("image/png")), "image/png");
    }
}
