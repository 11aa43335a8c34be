//! Buckets: namespaces as S3 sees them.

use s3s::dto::{
    Bucket as BucketEntry, BucketCannedACL, BucketVersioningStatus, CreateBucketInput,
    CreateBucketOutput, DeleteBucketInput, DeleteBucketOutput, GetBucketVersioningInput,
    GetBucketVersioningOutput, HeadBucketInput, HeadBucketOutput, ListBucketsInput,
    ListBucketsOutput, PutBucketVersioningInput, PutBucketVersioningOutput,
};
use s3s::{S3Request, S3Result, s3_error};

use super::{Api, Need, acl, errors, timestamp};
use crate::store::{Bucket, StoreError, Versioning};

impl Api {
    /// Only what the user owns, in alphabetical order.
    pub(super) fn list_buckets(
        &self,
        req: &S3Request<ListBucketsInput>,
    ) -> S3Result<ListBucketsOutput> {
        self.managed()?;
        let user = self.user(req.credentials.as_ref())?;
        let state = self.tenant.state();
        let owned = state.buckets.values().filter(|b| b.owner == user.username);
        let entries = owned.map(|bucket| BucketEntry {
            creation_date: Some(timestamp(bucket.created)),
            name: Some(bucket.name.clone()),
            ..BucketEntry::default()
        });
        Ok(ListBucketsOutput {
            buckets: Some(entries.collect()),
            owner: Some(self.owner(Some(&user.username))),
            ..ListBucketsOutput::default()
        })
    }

    /// Creating one's own bucket again succeeds and changes nothing.
    pub(super) fn create_bucket(
        &self,
        req: &S3Request<CreateBucketInput>,
    ) -> S3Result<CreateBucketOutput> {
        self.managed()?;
        let user = self.user(req.credentials.as_ref())?;
        if !user.allow_namespace_management {
            return Err(errors::access_denied());
        }
        let name = req.input.bucket.to_ascii_lowercase();
        let grants = acl::canned(req.input.acl.as_ref().map(BucketCannedACL::as_str))?;
        let mut state = self.tenant.state();
        match state.buckets.get(&name) {
            None => {
                let mut bucket = Bucket::new(&name, &user.username);
                bucket.acl = grants;
                state.buckets.insert(name.clone(), bucket);
            }
            Some(bucket) if bucket.owner == user.username => {}
            Some(_) => {
                return Err(s3_error!(
                    BucketAlreadyExists,
                    "The requested bucket name is not available."
                ));
            }
        }
        Ok(CreateBucketOutput {
            location: Some(format!("/{name}")),
        })
    }

    pub(super) fn head_bucket(
        &self,
        req: &S3Request<HeadBucketInput>,
    ) -> S3Result<HeadBucketOutput> {
        self.with_bucket(req, &req.input.bucket, Need::Read, |_, _| {
            Ok(HeadBucketOutput::default())
        })
    }

    pub(super) fn delete_bucket(
        &self,
        req: &S3Request<DeleteBucketInput>,
    ) -> S3Result<DeleteBucketOutput> {
        self.managed()?;
        let name = req.input.bucket.to_ascii_lowercase();
        self.with_bucket(req, &name, Need::Own, |bucket, _| {
            if bucket.holds_objects() {
                return Err(s3_error!(
                    BucketNotEmpty,
                    "The bucket you tried to delete is not empty."
                ));
            }
            Ok(())
        })?;
        let gone = self.tenant.state().buckets.remove(&name);
        gone.map(|_| DeleteBucketOutput {})
            .ok_or_else(|| StoreError::NoSuchBucket.into())
    }

    pub(super) fn get_bucket_versioning(
        &self,
        req: &S3Request<GetBucketVersioningInput>,
    ) -> S3Result<GetBucketVersioningOutput> {
        self.managed()?;
        self.with_bucket(req, &req.input.bucket, Need::Read, |bucket, _| {
            let status = match bucket.versioning {
                Versioning::Absent => None,
                Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
                Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
            };
            Ok(GetBucketVersioningOutput {
                status: status.map(BucketVersioningStatus::from_static),
                ..GetBucketVersioningOutput::default()
            })
        })
    }

    pub(super) fn put_bucket_versioning(
        &self,
        req: &S3Request<PutBucketVersioningInput>,
    ) -> S3Result<PutBucketVersioningOutput> {
        self.managed()?;
        let status = req.input.versioning_configuration.status.as_ref();
        let versioning = match status.map(BucketVersioningStatus::as_str) {
            Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
            Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
            _ => {
                return Err(s3_error!(
                    MalformedXML,
                    "The XML you provided was not well-formed or did not validate."
                ));
            }
        };
        self.with_bucket(req, &req.input.bucket, Need::Own, |bucket, _| {
            bucket.versioning = versioning;
            Ok(PutBucketVersioningOutput::default())
        })
    }
}
