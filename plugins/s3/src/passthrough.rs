//! Way 5: under HCP's own names, whatever nobody here claims goes on untouched and HCP decides.

use std::sync::Arc;

use http::HeaderValue;
use http::header::{AUTHORIZATION, HOST};
use portico_sdk::exchange::{Head, PassedOn};
use portico_sdk::forward::{Connection, Framing, Host};
use portico_sdk::native::NativeProof;
use portico_sdk::upstream::Upstreams;
use portico_sdk::{Error, Exchange, Forward, Reason};
use prometheus::{IntCounterVec, Opts, Registry};

const TOKEN: &str = "x-amz-security-token";

/// Sends requests on as they are, and counts them.
pub(crate) struct Passthrough {
    upstreams: Arc<Upstreams>,
    passed: IntCounterVec,
}

impl Passthrough {
    pub(crate) fn new(upstreams: Arc<Upstreams>, metrics: &Registry) -> prometheus::Result<Self> {
        let options = Opts::new(
            "portico_passthrough_requests_total",
            "Requests under HCP's own names that went on untouched, by kind of proof.",
        );
        let passed = IntCounterVec::new(options, &["proof"])?;
        metrics.register(Box::new(passed.clone()))?;
        Ok(Self { upstreams, passed })
    }

    /// The order to forward a request to the host under whose name it came.
    pub(crate) fn forward(&self, exchange: &mut Exchange, own: &str) -> Result<Forward, Error> {
        let head = &exchange.head;
        keep_ours(head)?;
        let proof = Kind::of(head);
        let forward = Forward {
            upstream: self.upstreams.data(own),
            host: Host::AsSent,
            connection: if proof == Kind::Native(NativeProof::Negotiate) {
                Connection::Own
            } else {
                Connection::AsBound
            },
            target: None,
            remove: Vec::new(),
            set: Vec::new(),
            framing: Framing::Unchanged,
            request_body: None,
            response_body: None,
        };
        self.passed.with_label_values(&[proof.label()]).inc();
        exchange.extensions.insert(PassedOn(proof.label()));
        Ok(forward)
    }
}

/// Portico's own tokens are nothing for HCP, good or bad; and of two hosts HCP might read the other.
fn keep_ours(head: &Head) -> Result<(), Error> {
    let refuse = |reason, words: &'static str| Err(Error::with_message(reason, words));
    if head.headers().get_all(HOST).iter().count() > 1 {
        return refuse(
            Reason::InvalidRequest,
            "The request needs exactly one Host header.",
        );
    }
    let is_bearer = |value: &HeaderValue| {
        let scheme = value.as_bytes().split(|byte| *byte == b' ').next();
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
    };
    let mut authorizations = head.headers().get_all(AUTHORIZATION).iter();
    if authorizations.any(is_bearer) {
        return refuse(
            Reason::AccessDenied,
            "A bearer token is no proof for this request.",
        );
    }
    if names_token(head) {
        let words = "X-Amz-Security-Token is only good beside a signature.";
        return refuse(Reason::InvalidToken, words);
    }
    Ok(())
}

/// Whether a session token or a grant stands anywhere in the head, or what looks like one.
pub(crate) fn names_token(head: &Head) -> bool {
    head.headers().contains_key(TOKEN) || head.parameter_names().any(|name| name == TOKEN)
}

/// What a request shows HCP, as far as its outside tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Aws4,
    Aws2,
    Native(NativeProof),
    Anonymous,
    Other,
}

impl Kind {
    fn of(head: &Head) -> Self {
        match head.headers().get(AUTHORIZATION) {
            Some(value) => Self::of_header(value.as_bytes()),
            None => Self::of_query(head).unwrap_or_else(|| {
                NativeProof::of(head.headers()).map_or(Self::Anonymous, Self::Native)
            }),
        }
    }

    fn of_header(value: &[u8]) -> Self {
        let value = value.trim_ascii();
        let at = value.iter().position(|byte| *byte == b' ');
        let (scheme, rest) = value.split_at(at.unwrap_or(value.len()));
        let nobody = rest.trim_ascii().starts_with(b"all_users:");
        match scheme {
            b"AWS" | b"HCP" if nobody => Self::Anonymous,
            b"AWS4-HMAC-SHA256" => Self::Aws4,
            b"AWS" => Self::Aws2,
            _ => NativeProof::of_authorization(value).map_or(Self::Other, Self::Native),
        }
    }

    fn of_query(head: &Head) -> Option<Self> {
        head.parameter_names().find_map(|name| match name.as_str() {
            "x-amz-signature" => Some(Self::Aws4),
            "signature" => Some(Self::Aws2),
            _ => None,
        })
    }

    fn label(self) -> &'static str {
        match self {
            Self::Aws4 => "aws4",
            Self::Aws2 => "aws2",
            Self::Native(proof) => proof.label(),
            Self::Anonymous => "anonymous",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_sdk::{Door, testkit};

    fn head(uri: &str, headers: &[(&'static str, &str)]) -> Head {
        let mut request = http::Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        testkit::exchange(request.body(()).unwrap(), Door::Native).head
    }

    #[test]
    fn kinds_of_proof() {
        let cases = [
            ("AWS4-HMAC-SHA256 Credential=x", Kind::Aws4),
            ("AWS YWRh:x", Kind::Aws2),
            ("AWS all_users:", Kind::Anonymous),
            ("HCP all_users:", Kind::Anonymous),
            ("HCP YWRh:00", Kind::Native(NativeProof::Hcp)),
            ("AD ada@x:y", Kind::Native(NativeProof::Directory)),
            ("Negotiate YII", Kind::Native(NativeProof::Negotiate)),
            ("Basic YTpi", Kind::Other),
        ];
        for (value, kind) in cases {
            let head = head("/data/k", &[("authorization", value)]);
            assert_eq!(Kind::of(&head), kind, "{value}");
        }
        let cookie = |value| Kind::of(&head("/data/k", &[("cookie", value)]));
        let native = Kind::Native(NativeProof::Cookie);
        assert_eq!(cookie("a=b; hcp-ns-auth=YWRh:00"), native);
        assert_eq!(cookie("a=hcp-ns-auth"), Kind::Anonymous);
        let query = |query: &str| Kind::of(&head(&format!("/data/k?{query}"), &[]));
        assert_eq!(query("X-Amz-Signature=0"), Kind::Aws4);
        assert_eq!(query("AWSAccessKeyId=a&Signature=0"), Kind::Aws2);
        assert_eq!(query("prefix=signature"), Kind::Anonymous);
    }

    #[test]
    fn tokens_of_ours_stay_here_wherever_they_stand() {
        for (uri, headers) in [
            ("/k", &[("authorization", "Bearer x")][..]),
            (
                "/k",
                &[("authorization", "HCP a:b"), ("authorization", "bearer x")],
            ),
            ("/k", &[("x-amz-security-token", "")]),
            ("/k?X-Amz-Security-Token=t", &[]),
            ("/k?a&x%2Damz-security-toke%6e=t", &[]),
        ] {
            assert!(keep_ours(&head(uri, headers)).is_err(), "{uri} {headers:?}");
        }
        let fine = head(
            "/k?token=X-Amz-Security-Token",
            &[("authorization", "HCP a:b")],
        );
        assert!(keep_ours(&fine).is_ok());
        let hosts = head("/k", &[("host", "a"), ("host", "b")]);
        assert!(keep_ours(&hosts).is_err());
    }
}
