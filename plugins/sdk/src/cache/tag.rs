//! What kept answers depend on: each tag has a generation, and a change begins a new one.

use crate::tenant::Tenant;
use crate::upstream::Upstreams;

/// To whom something belongs in the store: a tenant, or nobody (the system of HCP, and stores
/// without tenants).
///
/// It comes from what is asked for and never from who asks: a system administrator changes a
/// tenant from `admin.`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Home(Option<Tenant>);

impl Home {
    /// A tenant's, or the system's.
    #[must_use]
    pub fn of(tenant: Option<&Tenant>) -> Self {
        Self(tenant.cloned())
    }

    /// Whose data an S3 request is about: its tenant's where the store has a host for each tenant, and
    /// else nobody's, because one endpoint shows the same to all.
    #[must_use]
    pub fn in_store(upstreams: &Upstreams, tenant: Option<&Tenant>) -> Self {
        let tenant = tenant.or(upstreams.default_tenant.as_ref());
        Self::of(tenant.filter(|_| upstreams.domain.is_some()))
    }

    /// The tenant's name; empty for the system, which no tenant is called.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_ref().map_or("", Tenant::as_str)
    }
}

/// Something that changes as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic<'a> {
    /// Everything that S3 tells.
    S3,
    /// The list of buckets.
    Buckets,
    /// A bucket with everything in it.
    Bucket(&'a str),
    /// A bucket's own properties.
    Properties(&'a str),
    /// A bucket's listings.
    Listing(&'a str),
    /// One object: its path, `/bucket/key` in SigV4's canonical form.
    Object(&'a str),
    /// Everything that the Management API tells.
    Mapi,
    /// Everything that the metadata query tells.
    Query,
    /// Everything that others may be told of what one was.
    Shared,
    /// Everything that one identity was told.
    Identity(&'a [u8; 32]),
}

impl Topic<'_> {
    /// Kind and name, which together tell topics apart.
    #[must_use]
    pub fn parts(&self) -> (&'static str, &[u8]) {
        match self {
            Self::S3 => ("s3", b""),
            Self::Buckets => ("buckets", b""),
            Self::Bucket(name) => ("bucket", name.as_bytes()),
            Self::Properties(name) => ("properties", name.as_bytes()),
            Self::Listing(name) => ("listing", name.as_bytes()),
            Self::Object(path) => ("object", path.as_bytes()),
            Self::Mapi => ("mapi", b""),
            Self::Query => ("query", b""),
            Self::Shared => ("shared", b""),
            Self::Identity(identity) => ("identity", &identity[..]),
        }
    }
}

/// A topic in its home. Those of identities have no home, because a system administrator asks in many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tag<'a> {
    /// The name of its home; see [`Home::as_str`].
    pub home: &'a str,
    /// What it is about.
    pub topic: Topic<'a>,
}

impl<'a> Tag<'a> {
    /// The tag of everything that an identity was told.
    #[must_use]
    pub fn identity(identity: &'a [u8; 32]) -> Self {
        Self {
            home: "",
            topic: Topic::Identity(identity),
        }
    }
}
