//! What a read asks, in the one form that all who ask the same have in common.

use std::fmt;

use super::demand::Demand;
use super::identity::Identity;
use super::tag::{Home, Tag, Topic};

/// How long an answer is good; the cache's settings say how long that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lifetime {
    /// Statistics and chargeback of the Management API.
    Statistics,
    /// Configuration that hardly changes.
    Configuration,
    /// The rest of the Management API.
    Management,
    /// Lists of buckets and of objects.
    Listing,
    /// What is known of one bucket or object.
    Metadata,
    /// Metadata query for objects.
    ObjectQuery,
    /// Metadata query for operations.
    OperationQuery,
}

/// What an answer depends on, beside its identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// The list of buckets.
    Buckets,
    /// A bucket's own properties.
    Properties(Box<str>),
    /// The first page of a bucket's listing.
    Listing(Box<str>),
    /// One object's metadata: bucket, and path in SigV4's canonical form.
    Object(Box<str>, Box<str>),
    /// An answer of the Management API.
    Mapi,
    /// An answer of the metadata query.
    Query,
}

/// A read that may be answered from what is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Question {
    /// The name of the operation in metrics, of a bounded set.
    pub operation: &'static str,
    /// To whom the thing that is asked for belongs.
    pub home: Home,
    /// Who asks.
    pub identity: Identity,
    /// What the answer depends on.
    pub shape: Shape,
    /// How long an answer is good.
    pub lifetime: Lifetime,
    /// What the client wants.
    pub demand: Demand,
    /// Everything that tells this question from others, identity included, each part with its
    /// length.
    pub key: Box<[u8]>,
    /// Whether everybody of the home who asks the same has this very key; see [`shared`](Self::shared).
    pub shared: bool,
}

impl Question {
    /// A question whose answer the house makes of what is in a bucket, and which any write to the bucket
    /// makes old. `parts` tell it from others of the same operation.
    #[must_use]
    pub fn made_of(
        bucket: &str,
        operation: &'static str,
        (home, identity): (Home, Identity),
        lifetime: Lifetime,
        parts: &[&str],
    ) -> Self {
        let key = Key::new("", &identity, operation, bucket.as_bytes());
        let key = key.part(home.as_str().as_bytes());
        let key = parts
            .iter()
            .fold(key, |key, part| key.part(part.as_bytes()));
        Self {
            operation,
            home,
            identity,
            shape: Shape::Listing(bucket.into()),
            lifetime,
            demand: Demand::Any,
            key: key.finish(),
            shared: false,
        }
    }

    /// The same question as everybody of the same home asks it to the same store: what one is told
    /// the others may be given. The identity is still that of who asks. Questions whose key is not
    /// as the functions of this module word it stay as they are.
    #[must_use]
    pub fn shared(mut self) -> Self {
        if let [authority, _, rest @ ..] = &parts(&self.key)[..] {
            // No identity is empty.
            let group = Key::default().part(authority).part(b"");
            let group = group.part(self.home.as_str().as_bytes());
            let key = rest.iter().fold(group, |key, part| key.part(part));
            self.key = key.finish();
            self.shared = true;
        }
        self
    }

    /// The authority of the store that is asked, and the path that is asked for (of a metadata query,
    /// the query).
    #[must_use]
    pub fn place(&self) -> Option<(&[u8], &[u8])> {
        let mut parts = parts(&self.key).into_iter();
        Some((parts.next()?, parts.nth(if self.shared { 3 } else { 2 })?))
    }

    /// The tags whose generations decide whether an answer is still good.
    ///
    /// With `absent`, those of an answer that there is no such object, which any write to the
    /// bucket may end: HCP makes folders for the keys below them.
    pub fn tags(&self, absent: bool) -> impl Iterator<Item = Tag<'_>> {
        let home = self.home.as_str();
        let topics = match &self.shape {
            Shape::Buckets => [Some(Topic::S3), Some(Topic::Buckets), None, None],
            Shape::Properties(bucket) => {
                let own = Topic::Properties(bucket);
                [
                    Some(Topic::S3),
                    Some(Topic::Bucket(bucket)),
                    Some(own),
                    None,
                ]
            }
            Shape::Listing(bucket) => {
                let own = Topic::Listing(bucket);
                [
                    Some(Topic::S3),
                    Some(Topic::Bucket(bucket)),
                    Some(own),
                    None,
                ]
            }
            Shape::Object(bucket, path) => {
                let listing = absent.then_some(Topic::Listing(bucket));
                let own = Topic::Object(path);
                [
                    Some(Topic::S3),
                    Some(Topic::Bucket(bucket)),
                    Some(own),
                    listing,
                ]
            }
            Shape::Mapi => [Some(Topic::Mapi), None, None, None],
            Shape::Query => [Some(Topic::Query), None, None, None],
        };
        let group = self.shared.then_some(Topic::Shared);
        let topics = topics.into_iter().flatten().chain(group);
        let tags = topics.map(move |topic| Tag { home, topic });
        tags.chain([Tag::identity(self.identity.as_bytes())])
    }
}

/// Room for what most keys hold beside what all do: lengths, a query and some headers.
const SPACE: usize = 128;

/// Writes the key of a question: each part with its length, so that none runs into the next.
#[derive(Debug, Default)]
pub(super) struct Key(Vec<u8>);

impl Key {
    /// What every key begins with: whom it is asked, who asks, how, and after what.
    pub(super) fn new(authority: &str, who: &Identity, operation: &str, path: &[u8]) -> Self {
        let known = authority.len() + who.as_bytes().len() + operation.len() + path.len();
        Self(Vec::with_capacity(known + SPACE))
            .part(authority.as_bytes())
            .part(who.as_bytes())
            .part(operation.as_bytes())
            .part(path)
    }

    pub(super) fn part(mut self, part: &[u8]) -> Self {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(part);
        self
    }

    pub(super) fn finish(self) -> Box<[u8]> {
        self.0.into_boxed_slice()
    }
}

/// The parts of a key; none of one that was worded otherwise.
fn parts(mut key: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::with_capacity(8);
    while let Some((length, rest)) = key.split_first_chunk() {
        let length = usize::try_from(u64::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let Some((part, rest)) = rest.split_at_checked(length) else {
            return Vec::new();
        };
        parts.push(part);
        key = rest;
    }
    parts
}

/// Keys hold queries, which may tell more than a log should.
impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question")
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}
