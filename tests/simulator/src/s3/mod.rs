//! The S3 interface of one tenant, on the wire of `s3s`.

mod acl;
mod api;
mod buckets;
mod conditions;
mod copy;
pub(crate) mod cors;
pub(crate) mod errors;
mod listing;
mod multipart;
mod objects;
mod receive;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{Credentials, S3Auth, SecretKey};
use s3s::dto::{Owner, Timestamp};
use s3s::host::{S3Host, VirtualHost};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::validation::NameValidation;
use s3s::{S3Error, S3Request, S3Result, s3_error};
use time::OffsetDateTime;

pub(crate) use objects::seed;

use crate::address::{Place, locate};
use crate::faults::Plan;
use crate::store::{Bucket, Ids, StoreError, Tenant};
use crate::users::{self, User, Users};

/// A key that s3s would not take, carried beside a request that names [`LONG_KEY`] instead.
#[derive(Clone, Default)]
pub(crate) struct LongKeys {
    pub(crate) key: Option<String>,
    pub(crate) copy_source: Option<String>,
}

/// Stands in the path for a key of more than 1024 bytes.
pub(crate) const LONG_KEY: &str = "--long-key--";

/// The operations of one tenant.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) tenant: Arc<Tenant>,
    /// Lower case.
    pub(crate) name: String,
    pub(crate) domain: String,
    pub(crate) users: Arc<Users>,
}

/// What a user wants to do with a bucket.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Read,
    Write,
    Own,
}

impl Api {
    /// s3s sees no tenants, so each has a service of its own.
    pub(crate) fn service(&self) -> S3Service {
        let mut builder = S3ServiceBuilder::new(self.clone());
        builder.set_auth(Gate(self.clone()));
        builder.set_access(Gate(self.clone()));
        builder.set_host(Gate(self.clone()));
        builder.set_validation(BucketNames);
        builder.build()
    }

    fn user(&self, credentials: Option<&Credentials>) -> S3Result<User> {
        let found = credentials.and_then(|c| self.users.by_access_key(&self.name, &c.access_key));
        found
            .filter(|user| user.enabled)
            .ok_or_else(errors::access_denied)
    }

    /// Does something with a bucket that exists and that this user may use this way.
    fn with_bucket<T, R>(
        &self,
        req: &S3Request<T>,
        bucket: &str,
        need: Need,
        act: impl FnOnce(&mut Bucket, &Ids) -> S3Result<R>,
    ) -> S3Result<R> {
        let user = self.user(req.credentials.as_ref())?;
        let mut state = self.tenant.state();
        let state = &mut *state;
        let bucket = state.buckets.get_mut(&bucket.to_ascii_lowercase());
        let bucket = bucket.ok_or(StoreError::NoSuchBucket)?;
        if !acl::allows(bucket, &self.name, &user.username, need) {
            return Err(errors::access_denied());
        }
        act(bucket, &state.ids)
    }

    /// The right to search comes with the right to read.
    pub(crate) fn may_search(&self, bucket: &Bucket, username: &str) -> bool {
        acl::allows(bucket, &self.name, username, Need::Read)
    }

    /// What S3 asks of the Management API is refused where a tenant has it switched off.
    fn managed(&self) -> S3Result<()> {
        if self.tenant.managed.load(Ordering::Acquire) {
            return Ok(());
        }
        Err(errors::access_denied())
    }

    fn owner(&self, username: Option<&str>) -> Owner {
        let id = username.map(|name| users::guid(&self.name, name));
        Owner {
            display_name: Some(username.unwrap_or("nobody").to_owned()),
            id: Some(id.unwrap_or_else(|| "nobody".to_owned())),
        }
    }
}

fn plan<T>(req: &S3Request<T>) -> Plan {
    req.extensions.get::<Plan>().cloned().unwrap_or_default()
}

/// The key of a request; a long one came in by the side door.
fn key_of<T>(req: &S3Request<T>, key: &str) -> String {
    let long = req.extensions.get::<LongKeys>();
    let long = long.and_then(|keys| keys.key.clone());
    long.unwrap_or_else(|| key.to_owned())
}

fn timestamp(time: OffsetDateTime) -> Timestamp {
    Timestamp::from(time)
}

/// Version ids are integers; a thing that is none names no version.
fn version_id(text: Option<&str>) -> S3Result<Option<u64>> {
    let parsed = text.map(str::parse).transpose();
    parsed.map_err(|_| S3Error::from(StoreError::NoSuchVersion))
}

/// Answers the questions that s3s asks before an operation.
struct Gate(Api);

#[async_trait::async_trait]
impl S3Auth for Gate {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let user = self.0.users.by_access_key(&self.0.name, access_key);
        let user = user.ok_or_else(|| {
            s3_error!(
                InvalidAccessKeyId,
                "The access key ID you provided does not exist in our records."
            )
        })?;
        Ok(users::secret_key(&user.password).into())
    }
}

#[async_trait::async_trait]
impl S3Access for Gate {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        self.0.user(cx.credentials()).map(|_| ())
    }
}

impl S3Host for Gate {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let place = locate(host, &self.0.domain, Some(&self.0.name));
        let virtual_host = VirtualHost::new(self.0.domain.as_str());
        Ok(match place {
            Place::Tenant {
                bucket: Some(bucket),
                ..
            } => virtual_host.with_bucket(bucket),
            _ => virtual_host,
        })
    }
}

/// 3 to 63 letters, digits and inner hyphens; no dots. Case does not count.
struct BucketNames;

impl NameValidation for BucketNames {
    fn validate_bucket_name(&self, name: &str) -> bool {
        (3..=63).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !name.starts_with('-')
            && !name.ends_with('-')
            && !name.starts_with("xn--")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names() {
        for good in ["abc", "a-1", "Maps", &"a".repeat(63)] {
            assert!(BucketNames.validate_bucket_name(good), "{good}");
        }
        for bad in ["ab", "a.b", "-ab", "ab-", "a_b", "xn--abc", &"a".repeat(64)] {
            assert!(!BucketNames.validate_bucket_name(bad), "{bad}");
        }
    }
}
