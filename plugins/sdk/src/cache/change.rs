//! What a write makes old.

use http::StatusCode;

use super::identity::Identity;
use super::tag::{Home, Tag, Topic};

/// A topic that a change owns.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Touched {
    S3,
    Buckets,
    Bucket(Box<str>),
    Properties(Box<str>),
    Listing(Box<str>),
    Object(Box<str>),
    Mapi,
    Query,
    Shared,
    Identity(Identity),
}

/// What a write changes, whoever reads it. An extension of the exchange that makes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    touched: Vec<(Home, Touched)>,
    /// Whether listings are wrong for a while even after the write's answer: HCP goes on listing
    /// what it has deleted.
    pub lags: bool,
    /// Whether the store may answer before it is done, so that only the end of its answer counts
    /// (`CopyObject` and `CompleteMultipartUpload` in the Amazon S3 API Reference).
    pub answers_early: bool,
}

/// What is known of a write when its answer is there, or will not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was certainly not carried out.
    Refused,
    /// It was carried out, as far as the status tells.
    Done,
    /// Nobody knows, and it may still be carried out later.
    Unknown,
}

impl Outcome {
    /// What the store's status says; `None`: no answer came, though it may have been asked.
    #[must_use]
    pub fn of(status: Option<StatusCode>) -> Self {
        match status {
            Some(status) if status.is_client_error() => match status {
                // The store gave up waiting, not refused.
                StatusCode::REQUEST_TIMEOUT => Self::Unknown,
                _ => Self::Refused,
            },
            Some(status) if status.is_server_error() => Self::Unknown,
            Some(_) => Self::Done,
            None => Self::Unknown,
        }
    }
}

impl Change {
    /// Everything that S3 tells of a home.
    #[must_use]
    pub fn s3(self, home: &Home) -> Self {
        self.with(home, Touched::S3)
    }

    /// The list of buckets.
    #[must_use]
    pub fn buckets(self, home: &Home) -> Self {
        self.with(home, Touched::Buckets)
    }

    /// A bucket and everything in it.
    #[must_use]
    pub fn bucket(self, home: &Home, bucket: &str) -> Self {
        self.with(home, Touched::Bucket(bucket.into()))
    }

    /// A bucket's own properties.
    #[must_use]
    pub fn properties(self, home: &Home, bucket: &str) -> Self {
        self.with(home, Touched::Properties(bucket.into()))
    }

    /// A bucket's listings.
    #[must_use]
    pub fn listing(self, home: &Home, bucket: &str) -> Self {
        self.with(home, Touched::Listing(bucket.into()))
    }

    /// One object, by its path in SigV4's canonical form.
    #[must_use]
    pub fn object(self, home: &Home, path: &str) -> Self {
        self.with(home, Touched::Object(path.into()))
    }

    /// Everything that the Management API tells of a home.
    #[must_use]
    pub fn mapi(self, home: &Home) -> Self {
        self.with(home, Touched::Mapi)
    }

    /// Everything that the metadata query tells of a home.
    #[must_use]
    pub fn query(self, home: &Home) -> Self {
        self.with(home, Touched::Query)
    }

    /// Everything of a home that others may be told of what one was.
    #[must_use]
    pub fn shared(self, home: &Home) -> Self {
        self.with(home, Touched::Shared)
    }

    /// Everything that one identity was told, anywhere: the store has refused it.
    #[must_use]
    pub fn identity(self, identity: Identity) -> Self {
        self.with(&Home::default(), Touched::Identity(identity))
    }

    /// As [`Change::lags`].
    #[must_use]
    pub fn lagging(mut self) -> Self {
        self.lags = true;
        self
    }

    /// As [`Change::answers_early`].
    #[must_use]
    pub fn answering_early(mut self) -> Self {
        self.answers_early = true;
        self
    }

    /// This change and another.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.touched.extend(other.touched);
        self.lags |= other.lags;
        self.answers_early |= other.answers_early;
        self
    }

    fn with(mut self, home: &Home, touched: Touched) -> Self {
        self.touched.push((home.clone(), touched));
        self
    }

    /// The tags that get a new generation.
    pub fn tags(&self) -> impl Iterator<Item = Tag<'_>> {
        self.touched.iter().map(|(home, touched)| Tag {
            home: home.as_str(),
            topic: match touched {
                Touched::S3 => Topic::S3,
                Touched::Buckets => Topic::Buckets,
                Touched::Bucket(name) => Topic::Bucket(name),
                Touched::Properties(name) => Topic::Properties(name),
                Touched::Listing(name) => Topic::Listing(name),
                Touched::Object(path) => Topic::Object(path),
                Touched::Mapi => Topic::Mapi,
                Touched::Query => Topic::Query,
                Touched::Shared => Topic::Shared,
                Touched::Identity(identity) => Topic::Identity(identity.as_bytes()),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_definite_refusal_changes_nothing() {
        let of = |status: u16| Outcome::of(StatusCode::from_u16(status).ok());
        assert_eq!(of(200), Outcome::Done);
        assert_eq!(of(302), Outcome::Done);
        assert_eq!(of(404), Outcome::Refused);
        assert_eq!(of(408), Outcome::Unknown);
        assert_eq!(of(503), Outcome::Unknown);
        assert_eq!(Outcome::of(None), Outcome::Unknown);
    }
}
