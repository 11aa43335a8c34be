//! What a request is for, found out from its host, path, query and method alone.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode_str;

use crate::s3::Operation;
use crate::tenant::Tenant;

/// The listener that a connection came in on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Listener {
    /// The S3 door, HTTP/1.1.
    S3,
    /// REST, management and health.
    Api,
    /// Metrics and health, on loopback unless the operator says otherwise.
    Admin,
}

impl Listener {
    /// The name in the settings and in metrics.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Api => "api",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// Which of the house's doors a request goes through; it decides the dialect of errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// An S3 operation; errors are S3 XML.
    S3(S3Target),
    /// Another protocol of HCP (`/rest`, `/hs3`, `/browser`, …), under HCP's own host names alone;
    /// errors are S3 XML.
    Native,
    /// HCP's management services, which go on to HCP; errors are `{"detail": …}`, with the same
    /// words in the header that HCP has for them.
    Management(Service),
    /// Everything that is answered by an axum router; errors are `{"detail": …}`.
    Rest {
        /// Whether the route is open to callers without a credential.
        public: bool,
    },
}

/// The services of HCP beside its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// The Management API: `/mapi` and everything below.
    Mapi,
    /// The metadata query API: `/query`.
    Query,
}

impl Service {
    /// The name in metrics and logs.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Mapi => "mapi",
            Self::Query => "query",
        }
    }
}

/// Whether the bucket stands in the path or in the host name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `host/bucket/key`.
    Path,
    /// `bucket.host/key`.
    VirtualHost,
}

/// The target of an S3 request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Target {
    /// The operation by its AWS name.
    pub operation: Operation,
    /// The bucket, percent-decoded; `None` for operations on the service.
    pub bucket: Option<Box<str>>,
    /// The path towards the upstream: path style, `/bucket/key`, percent-encoded once in
    /// SigV4's canonical form whatever form the client used.
    pub upstream_path: String,
    /// How the client named the bucket.
    pub style: Style,
}

impl S3Target {
    /// The key, percent-decoded; `None` for operations on a bucket or the service. Bytes, because
    /// two keys that are no UTF-8 must not become one.
    #[must_use]
    pub fn key(&self) -> Option<Cow<'_, [u8]>> {
        let rest = self.upstream_path.strip_prefix('/')?;
        let (_, key) = rest.split_once('/')?;
        Some(percent_decode_str(key).into()).filter(|key: &Cow<'_, [u8]>| !key.is_empty())
    }
}

/// The answer of the route phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The door.
    pub door: Door,
    /// The tenant that the host names, if it names one.
    pub tenant: Option<Tenant>,
    /// Whether the host names HCP's system level, `admin.{domain}`, where the door has one.
    pub system: bool,
    /// The store's own host (`{tenant}.{domain}`, `admin.{domain}`), when the request came in
    /// under that name or one below it: whatever nobody claims there goes on untouched.
    pub own_name: Option<Box<str>>,
}

impl Route {
    /// A route that no host name says anything about.
    #[must_use]
    pub fn new(door: Door) -> Self {
        Self {
            door,
            tenant: None,
            system: false,
            own_name: None,
        }
    }

    /// The S3 target, when this is the S3 door.
    #[must_use]
    pub fn s3(&self) -> Option<&S3Target> {
        match &self.door {
            Door::S3(target) => Some(target),
            Door::Native | Door::Management(_) | Door::Rest { .. } => None,
        }
    }

    /// A short name for metrics, from a bounded set: the S3 operation, `native`, the
    /// management service or `rest`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match &self.door {
            Door::S3(target) => target.operation.name(),
            Door::Native => "native",
            Door::Management(service) => service.label(),
            Door::Rest { .. } => "rest",
        }
    }

    /// Whether the request may be answered without knowing who asks: an open route of REST, or a
    /// CORS preflight, which carries no proof (Fetch standard, "CORS-preflight request").
    #[must_use]
    pub fn is_public(&self) -> bool {
        match &self.door {
            Door::S3(target) => target.operation == Operation::CorsPreflight,
            Door::Native | Door::Management(_) => false,
            Door::Rest { public } => *public,
        }
    }

    /// Whether a request that nobody claims may go on untouched, for the store to decide: under
    /// HCP's own names, and to its management services as far as their plugin agrees.
    #[must_use]
    pub fn passes_unclaimed(&self) -> bool {
        self.own_name.is_some() || matches!(self.door, Door::Management(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_decoded_once_and_kept_in_bytes() {
        let key = |path: &str| {
            let target = S3Target {
                operation: Operation::GetObject,
                bucket: Some("b".into()),
                upstream_path: path.to_owned(),
                style: Style::Path,
            };
            target.key().map(Cow::into_owned)
        };
        assert_eq!(key("/b/a%2520b/c").as_deref(), Some(&b"a%20b/c"[..]));
        assert_eq!(key("/b//x/").as_deref(), Some(&b"/x/"[..]));
        assert_eq!(key("/b/%FF").as_deref(), Some(&b"\xff"[..]));
        assert_eq!((key("/b"), key("/b/"), key("/")), (None, None, None));
    }
}
