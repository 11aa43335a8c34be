//! Errors in the caller's own dialect: S3 XML on the S3 door, `{"detail": …}` on REST and, with HCP's
//! own header for it, at the doors of its management services.

use http::header::{HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};

use crate::error::{Error, Reason, Remedy};
use crate::exchange::Exchange;
use crate::reply::Reply;
use crate::route::Door;

/// Where HCP's management services say what is wrong, and their clients look for it (HCP, "HCP
/// Management API Reference", status codes).
const ERROR_MESSAGE: HeaderName = HeaderName::from_static("x-hcp-errormessage");
/// All that is said of an internal error.
const INTERNAL: &str = "Internal server error";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");

/// The error as the door of the exchange words it.
#[must_use]
pub fn reply(error: &Error, exchange: &Exchange) -> Reply {
    match &exchange.route.door {
        Door::S3(_) | Door::Native => {
            let path = String::from_utf8_lossy(exchange.head.raw_path());
            s3(error, &exchange.id, &path)
        }
        Door::Management(_) => management(error, &exchange.id),
        Door::Rest { .. } => rest(error, Some(&exchange.id)),
    }
}

/// The error as `{"detail": …}`; an internal one says no more than its request id.
#[must_use]
pub fn rest(error: &Error, request_id: Option<&str>) -> Reply {
    let row = error.reason().row();
    let body = if error.reason() == Reason::InternalError {
        serde_json::json!({"detail": INTERNAL, "request_id": request_id})
    } else {
        serde_json::json!({"detail": error.message()})
    };
    let mut reply = Reply::full(row.rest_status, "application/json", body.to_string());
    if row.rest_status == http::StatusCode::UNAUTHORIZED && row.remedy == Remedy::Prove {
        let bearer = HeaderValue::from_static("Bearer");
        reply.headers.insert(WWW_AUTHENTICATE, bearer);
    }
    set_retry_after(&mut reply, error);
    reply
}

/// The error as REST words it, with the same words in HCP's own header.
#[must_use]
pub fn management(error: &Error, request_id: &str) -> Reply {
    let mut reply = rest(error, Some(request_id));
    let words = match error.reason() {
        Reason::InternalError => INTERNAL,
        _ => error.message(),
    };
    if let Ok(words) = HeaderValue::from_str(words) {
        reply.headers.insert(ERROR_MESSAGE, words);
    }
    reply
}

/// The error as S3 XML (AWS, "Error responses"), with the path as its resource.
#[must_use]
pub fn s3(error: &Error, request_id: &str, resource: &str) -> Reply {
    use quick_xml::escape::escape;
    let row = error.reason().row();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message>\
         <Resource>{}</Resource><RequestId>{request_id}</RequestId></Error>",
        row.code,
        escape(error.message()),
        escape(printable(resource)),
    );
    let mut reply = Reply::full(row.s3_status, "application/xml", body);
    if let Ok(id) = HeaderValue::from_str(request_id) {
        reply.headers.insert(REQUEST_ID, id);
    }
    set_retry_after(&mut reply, error);
    reply
}

/// XML 1.0 has no way to write control characters, not even escaped.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

fn set_retry_after(reply: &mut Reply, error: &Error) {
    let delay = error.retry_delay().map(|delay| delay.as_secs().max(1));
    if let (Some(seconds), Remedy::Wait) = (delay, error.reason().row().remedy) {
        reply
            .headers
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::read_whole;

    #[tokio::test]
    async fn what_a_client_sent_cannot_leave_its_element() {
        let error = Error::with_message(Reason::InvalidArgument, "bad <x>");
        let reply = s3(&error, "id", "/b/</Resource><Code>\u{1}");
        let body = read_whole(reply.body, 4096).await.unwrap();
        let text = std::str::from_utf8(&body).unwrap();
        assert!(
            text.contains("bad &lt;x&gt;") && !text.contains("</Resource><Code>"),
            "{text}"
        );
        assert!(!text.contains('\u{1}'));
    }

    #[tokio::test]
    async fn an_internal_error_keeps_its_cause() {
        let error = Error::new(Reason::InternalError).because("disk on fire");
        let body = read_whole(rest(&error, Some("id7")).body, 4096)
            .await
            .unwrap();
        assert_eq!(
            body,
            r#"{"detail":"Internal server error","request_id":"id7"}"#
        );
    }

    #[test]
    fn hcps_header_says_what_the_body_says_and_no_more() {
        let error = Error::new(Reason::ServiceUnavailable).because("refused by 10.0.0.1");
        let reply = management(&error, "id7");
        assert_eq!(reply.status, 502);
        assert_eq!(reply.headers[ERROR_MESSAGE], "The store cannot be reached.");
        let error = Error::new(Reason::InternalError).because("disk on fire");
        assert_eq!(management(&error, "id7").headers[ERROR_MESSAGE], INTERNAL);
    }

    #[test]
    fn rest_challenges_whoever_must_prove_who_they_are() {
        let reply = rest(&Error::new(Reason::NotAuthenticated), None);
        assert_eq!(reply.status, 401);
        assert_eq!(reply.headers[WWW_AUTHENTICATE], "Bearer");
        let refused = rest(&Error::new(Reason::StoreRefused), None);
        assert_eq!(refused.status, 401);
        assert!(!refused.headers.contains_key(WWW_AUTHENTICATE));
    }
}
