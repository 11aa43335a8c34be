//! `If-Range` (RFC 9110 section 13.1.5), which S3 does not know: the part, if the object is still what
//! the client has, else all of it.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use http::StatusCode;

pub(super) type Sent = Result<GetObjectOutput, SdkError<GetObjectError, HttpResponse>>;

/// What the client has.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Validator {
    Tag(String),
    Date(DateTime),
    /// Nothing that proves anything, such as a weak tag.
    None,
}

impl Validator {
    pub(super) fn read(text: &str) -> Self {
        if text.starts_with('"') {
            return Self::Tag(text.to_owned());
        }
        let date = DateTime::from_str(text, DateTimeFormat::HttpDate);
        date.map_or(Self::None, Self::Date)
    }

    /// Whether the object is the one that the client has; a date must be the very same.
    fn fits(&self, e_tag: Option<&str>, modified: Option<&DateTime>) -> bool {
        match self {
            Self::Tag(tag) => e_tag == Some(tag),
            Self::Date(date) => modified.is_some_and(|modified| modified.secs() == date.secs()),
            Self::None => false,
        }
    }

    fn is_of(&self, object: &GetObjectOutput) -> bool {
        self.fits(object.e_tag(), object.last_modified())
    }

    /// Asks for the part and looks what it is of: only where that is something else, or nothing, all
    /// of it is asked for.
    pub(super) async fn send(&self, object: GetObjectFluentBuilder, range: String) -> Sent {
        if *self == Self::None {
            return object.send().await;
        }
        let part = object.clone().range(range).send().await;
        match &part {
            Ok(found) if self.is_of(found) => part,
            Ok(_) => object.send().await,
            Err(error) if is_beyond(error) => {
                let whole = object.send().await;
                let same = whole.as_ref().is_ok_and(|whole| self.is_of(whole));
                if same { part } else { whole }
            }
            Err(_) => part,
        }
    }
}

/// Whether the object has no such bytes.
fn is_beyond(error: &SdkError<GetObjectError, HttpResponse>) -> bool {
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    status == Some(StatusCode::RANGE_NOT_SATISFIABLE.as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_same_object_fits() {
        let date = DateTime::from_secs(784_111_777);
        let fits = |text: &str| Validator::read(text).fits(Some("\"a\""), Some(&date));
        assert!(fits("\"a\"") && fits("Sun, 06 Nov 1994 08:49:37 GMT"));
        for other in ["\"b\"", "W/\"a\"", "a", "", "Sun, 06 Nov 1994 08:49:38 GMT"] {
            assert!(!fits(other), "{other}");
        }
        assert!(!Validator::read("\"a\"").fits(None, Some(&date)));
    }
}
