//! The body of a wish for a link, checked and worded as the contract's Pydantic models do.

use std::time::Duration;

use http::{HeaderMap, Method};
use portico_sdk::invalid::{self, Invalid, Issue, Refusal};
use portico_sdk::rest::openapi::ObjectBuilder;
use portico_sdk::rest::openapi::schema::Type;
use portico_sdk::s3::is_bucket_name;
use portico_sdk::tokens::Permit;
use portico_sdk::{Error, Reason};
use serde_json::{Map, Value, json};

/// Seconds of a link's life: up to seven days.
const LIFETIMES: std::ops::RangeInclusive<i64> = 1..=604_800;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Get,
    Put,
}

impl Wish {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Get => "get_object",
            Self::Put => "put_object",
        }
    }

    fn parse(label: &str) -> Result<Self, Error> {
        match label {
            "get_object" => Ok(Self::Get),
            "put_object" => Ok(Self::Put),
            _ => Err(Error::with_message(
                Reason::Unprocessable,
                "method must be one of: get_object, put_object",
            )),
        }
    }
}

/// The fields, for the document of the API.
pub(super) fn schema() -> ObjectBuilder {
    let of = |kind| ObjectBuilder::new().schema_type(kind);
    let (shortest, longest) = (LIFETIMES.start(), LIFETIMES.end());
    let seconds = of(Type::Integer)
        .minimum(Some(*shortest))
        .maximum(Some(*longest))
        .default(Some(json!(3600)))
        .description(Some("Seconds of its life."));
    let methods = [Wish::Get, Wish::Put].map(Wish::label);
    let method = of(Type::String)
        .enum_values(Some(methods))
        .default(Some(json!(Wish::Get.label())));
    ObjectBuilder::new()
        .property("bucket", of(Type::String))
        .required("bucket")
        .property("key", of(Type::String))
        .required("key")
        .property("expires_in", seconds)
        .property("method", method)
}

/// The fields.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) bucket: String,
    /// Not empty.
    pub(super) key: String,
    pub(super) lifetime: Duration,
    pub(super) method: Wish,
}

impl Form {
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let fields = object(headers, body).map_err(|issue| Invalid(vec![*issue]))?;
        let (bucket, key) = (text(&fields, "bucket", None), text(&fields, "key", None));
        let seconds = seconds(&fields);
        let method = text(&fields, "method", Some("get_object"));
        let (Ok(bucket), Ok(key), Ok(seconds), Ok(method)) = (&bucket, &key, &seconds, &method)
        else {
            let issues = [bucket.err(), key.err(), seconds.err(), method.err()];
            let issues = issues.into_iter().flatten().map(|issue| *issue);
            return Err(Invalid(issues.collect()).into());
        };
        let method = Wish::parse(method)?;
        check_names(bucket, key)?;
        Ok(Self {
            bucket: bucket.clone(),
            key: key.clone(),
            lifetime: Duration::from_secs(*seconds),
            method,
        })
    }

    pub(super) fn permit(&self) -> Permit {
        Permit {
            method: match self.method {
                Wish::Get => Method::GET,
                Wish::Put => Method::PUT,
            },
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            part: None,
        }
    }
}

/// A link to no object, or to another than the one that was named, would be none.
fn check_names(bucket: &str, key: &str) -> Result<(), Refusal> {
    if !is_bucket_name(bucket) {
        return Err(Error::new(Reason::InvalidBucketName).into());
    }
    if key.is_empty() {
        let words = "String should have at least 1 character";
        let issue = Issue::new("string_too_short", ["body", "key"], words);
        let issue = issue.input("").context(json!({ "min_length": 1 }));
        return Err(Invalid(vec![issue]).into());
    }
    if key.contains('\0') {
        let words = "A key cannot hold a NUL byte.";
        return Err(Error::with_message(Reason::InvalidUri, words).into());
    }
    Ok(())
}

fn object(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, Box<Issue>> {
    match invalid::json(headers, body)? {
        None => Err(Box::new(Issue::missing(["body"]))),
        Some(Value::Object(fields)) => Ok(fields),
        Some(other) => Err(Box::new(invalid::no_document(["body"], other))),
    }
}

fn text(
    fields: &Map<String, Value>,
    name: &'static str,
    default: Option<&str>,
) -> Result<String, Box<Issue>> {
    match (fields.get(name), default) {
        (Some(Value::String(text)), _) => Ok(text.clone()),
        (Some(other), _) => {
            let words = "Input should be a valid string";
            let issue = Issue::new("string_type", ["body", name], words);
            Err(Box::new(issue.input(other.clone())))
        }
        (None, Some(default)) => Ok(default.to_owned()),
        (None, None) => {
            let issue = Issue::missing(["body", name]);
            Err(Box::new(issue.input(fields.clone())))
        }
    }
}

fn seconds(fields: &Map<String, Value>) -> Result<u64, Box<Issue>> {
    let Some(value) = fields.get("expires_in") else {
        return Ok(3600);
    };
    let issue =
        |kind, words: String| Issue::new(kind, ["body", "expires_in"], words).input(value.clone());
    let number = number(value).map_err(|(kind, words)| Box::new(issue(kind, words.to_owned())))?;
    let (low, high) = (LIFETIMES.start(), LIFETIMES.end());
    if number < *low {
        let words = format!("Input should be greater than or equal to {low}");
        let issue = issue("greater_than_equal", words);
        return Err(Box::new(issue.context(json!({ "ge": low }))));
    }
    let too_long = || {
        let words = format!("Input should be less than or equal to {high}");
        Box::new(issue("less_than_equal", words).context(json!({ "le": high })))
    };
    if number > *high {
        return Err(too_long());
    }
    u64::try_from(number).map_err(|_| too_long())
}

/// Integers as Pydantic's lax mode takes them: whole floats, numeric strings and booleans too.
fn number(value: &Value) -> Result<i64, (&'static str, &'static str)> {
    const TYPE: (&str, &str) = ("int_type", "Input should be a valid integer");
    match value {
        Value::Bool(flag) => Ok(i64::from(*flag)),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => Ok(number),
            (None, Some(float)) if float.fract() == 0.0 => Ok(whole(float)),
            _ => Err((
                "int_from_float",
                "Input should be a valid integer, got a number with a fractional part",
            )),
        },
        Value::String(text) => text.trim().parse().map_err(|_| {
            (
                "int_parsing",
                "Input should be a valid integer, unable to parse string as an integer",
            )
        }),
        _ => Err(TYPE),
    }
}

/// A whole float as an integer; beyond the bounds that anybody asks about it is one of the ends.
fn whole(float: f64) -> i64 {
    let text = format!("{float:.0}");
    let end = if float < 0.0 { i64::MIN } else { i64::MAX };
    text.parse().unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use http::header::CONTENT_TYPE;

    use super::*;

    fn read(body: &str) -> Result<Form, Value> {
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            "application/json; charset=utf-8".parse().unwrap(),
        );
        Form::read(&headers, body.as_bytes()).map_err(|refusal| match refusal {
            Refusal::Invalid(Invalid(issues)) => serde_json::to_value(issues).unwrap(),
            Refusal::Error(error) => error.message().into(),
        })
    }

    #[test]
    fn defaults_are_the_contracts() {
        let form = read(r#"{"bucket":"b","key":"k"}"#).unwrap();
        assert_eq!((form.lifetime.as_secs(), form.method), (3600, Wish::Get));
        for (given, seconds) in [("1", 1), ("604800", 604_800), ("\"60\"", 60), ("60.0", 60)] {
            let body = format!(r#"{{"bucket":"b","key":"k","expires_in":{given}}}"#);
            assert_eq!(read(&body).unwrap().lifetime.as_secs(), seconds, "{given}");
        }
        let put = read(r#"{"bucket":"b","key":"k","method":"put_object"}"#).unwrap();
        assert_eq!(put.permit().method, Method::PUT);
    }

    #[test]
    fn issues_are_worded_as_front_ends_read_them() {
        let issues = read(r#"{"key":1}"#).unwrap_err();
        assert_eq!(issues[0]["type"], "missing");
        assert_eq!(issues[0]["loc"], json!(["body", "bucket"]));
        assert_eq!(issues[0]["input"], json!({"key": 1}));
        assert_eq!(issues[1]["type"], "string_type");
        for (given, kind, context) in [
            ("0", "greater_than_equal", json!({"ge": 1})),
            ("604801", "less_than_equal", json!({"le": 604_800})),
            ("1e300", "less_than_equal", json!({"le": 604_800})),
            ("1.5", "int_from_float", Value::Null),
            ("\"x\"", "int_parsing", Value::Null),
            ("null", "int_type", Value::Null),
        ] {
            let body = format!(r#"{{"bucket":"b","key":"k","expires_in":{given}}}"#);
            let issues = read(&body).unwrap_err();
            assert_eq!(
                (&issues[0]["type"], &issues[0]["ctx"]),
                (&kind.into(), &context)
            );
        }
        assert_eq!(read("").unwrap_err()[0]["loc"], json!(["body"]));
        assert_eq!(read("{").unwrap_err()[0]["type"], "json_invalid");
        assert_eq!(read("[]").unwrap_err()[0]["type"], "model_attributes_type");
        let plain = Form::read(&HeaderMap::new(), br#"{"bucket":"b","key":"k"}"#);
        assert!(matches!(plain, Err(Refusal::Invalid(_))));
    }

    #[test]
    fn what_can_be_no_link_is_refused() {
        let method = read(r#"{"bucket":"b","key":"k","method":"delete_object"}"#).unwrap_err();
        assert_eq!(method, "method must be one of: get_object, put_object");
        assert!(read(r#"{"bucket":"../b","key":"k"}"#).is_err());
        assert!(read(r#"{"bucket":"b","key":""}"#).is_err());
        assert!(read(r#"{"bucket":"b","key":"a\u0000"}"#).is_err());
    }
}
