//! Access control lists: canned, or as XML; enough to come back as they were put.

use s3s::dto::{
    AccessControlPolicy, BucketCannedACL, GetBucketAclInput, GetBucketAclOutput, GetObjectAclInput,
    GetObjectAclOutput, Grant as GrantEntry, Grantee, ObjectCannedACL, Permission,
    PutBucketAclInput, PutBucketAclOutput, PutObjectAclInput, PutObjectAclOutput, Type,
};
use s3s::{S3Request, S3Result, s3_error};

use super::{Api, Need, key_of, version_id};
use crate::store::{Acl, Bucket, Grant, StoreError};
use crate::users;

const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

/// The owner may do everything; others what the bucket's list or its guest book says. Lists of
/// single objects are kept but grant nothing here.
pub(super) fn allows(bucket: &Bucket, tenant: &str, username: &str, need: Need) -> bool {
    let owns = bucket.owner == username;
    let wanted = match need {
        Need::Read => "READ",
        Need::Write => "WRITE",
        Need::Own => return owns,
    };
    if !bucket.leaves(wanted) {
        return false;
    }
    if owns {
        return true;
    }
    let me = format!("id:{}", users::guid(tenant, username));
    let groups = [format!("uri:{ALL_USERS}"), format!("uri:{AUTHENTICATED}")];
    let granted = bucket.acl.grants.iter().any(|grant| {
        let mine = grant.grantee == me || groups.contains(&grant.grantee);
        mine && (grant.permission == wanted || grant.permission == "FULL_CONTROL")
    });
    granted || bucket.permits(username, wanted)
}

/// The grants behind a canned name. An unknown name is "not implemented" on creation.
pub(super) fn canned(name: Option<&str>) -> S3Result<Acl> {
    let group = |uri: &str, permissions: &[&str]| {
        let grants = permissions.iter().map(|permission| Grant {
            grantee: format!("uri:{uri}"),
            permission: (*permission).to_owned(),
        });
        Acl {
            grants: grants.collect(),
        }
    };
    Ok(match name {
        None | Some("private" | "bucket-owner-read" | "bucket-owner-full-control") => {
            Acl::default()
        }
        Some("public-read") => group(ALL_USERS, &["READ"]),
        Some("public-read-write") => group(ALL_USERS, &["READ", "WRITE"]),
        Some("authenticated-read") => group(AUTHENTICATED, &["READ"]),
        Some(_) => return Err(s3_error!(NotImplemented, "Unknown canned ACL.")),
    })
}

impl Api {
    /// A list comes as a canned name or as XML, never both.
    fn acl_from(&self, given: Option<&str>, policy: Option<&AccessControlPolicy>) -> S3Result<Acl> {
        match (given, policy) {
            (Some(name), None) => {
                canned(Some(name)).map_err(|_| s3_error!(InvalidArgument, "Unknown canned ACL."))
            }
            (None, Some(policy)) => self.grants_from(policy),
            _ => Err(s3_error!(
                MalformedXML,
                "Give either a canned ACL or a policy document."
            )),
        }
    }

    fn grants_from(&self, policy: &AccessControlPolicy) -> S3Result<Acl> {
        let entries = policy.grants.as_deref().unwrap_or_default();
        if entries.len() > 100 {
            return Err(s3_error!(InvalidArgument, "Too many grants."));
        }
        let grants = entries.iter().map(|entry| {
            let permission = entry.permission.as_ref().map(Permission::as_str);
            Ok(Grant {
                grantee: self.grantee_from(entry.grantee.as_ref())?,
                permission: permission.unwrap_or_default().to_owned(),
            })
        });
        Ok(Acl {
            grants: grants.collect::<S3Result<_>>()?,
        })
    }

    fn grantee_from(&self, grantee: Option<&Grantee>) -> S3Result<String> {
        let unknown = || s3_error!(InvalidArgument, "Unknown grantee.");
        let grantee = grantee.ok_or_else(unknown)?;
        if let Some(uri) = &grantee.uri {
            return Ok(format!("uri:{uri}"));
        }
        if let Some(id) = &grantee.id {
            let user = self.users.by_guid(&self.name, id).ok_or_else(unknown)?;
            return Ok(format!("id:{}", users::guid(&self.name, &user.username)));
        }
        let name = grantee.email_address.as_deref().ok_or_else(unknown)?;
        match name {
            "all_users" => Ok(format!("uri:{ALL_USERS}")),
            "authenticated" => Ok(format!("uri:{AUTHENTICATED}")),
            name => {
                self.users.get(&self.name, name).ok_or_else(unknown)?;
                Ok(format!("id:{}", users::guid(&self.name, name)))
            }
        }
    }

    fn grant_entries(&self, owner: Option<&str>, acl: &Acl) -> Vec<GrantEntry> {
        let mut grants = acl.grants.clone();
        let id = owner.map(|name| users::guid(&self.name, name));
        let full = id.map(|id| Grant {
            grantee: format!("id:{id}"),
            permission: "FULL_CONTROL".to_owned(),
        });
        if let Some(full) = full.filter(|full| !grants.contains(full)) {
            grants.insert(0, full);
        }
        grants.iter().map(|grant| self.grant_entry(grant)).collect()
    }

    fn grant_entry(&self, grant: &Grant) -> GrantEntry {
        let id = grant.grantee.strip_prefix("id:");
        let user = id.and_then(|id| self.users.by_guid(&self.name, id));
        GrantEntry {
            grantee: Some(Grantee {
                display_name: user.map(|user| user.username),
                email_address: None,
                id: id.map(str::to_owned),
                type_: Type::from_static(if id.is_some() {
                    Type::CANONICAL_USER
                } else {
                    Type::GROUP
                }),
                uri: grant.grantee.strip_prefix("uri:").map(str::to_owned),
            }),
            permission: Some(Permission::from(grant.permission.clone())),
        }
    }

    pub(super) fn get_bucket_acl(
        &self,
        req: &S3Request<GetBucketAclInput>,
    ) -> S3Result<GetBucketAclOutput> {
        self.managed()?;
        self.with_bucket(req, &req.input.bucket, Need::Read, |bucket, _| {
            Ok(GetBucketAclOutput {
                grants: Some(self.grant_entries(Some(&bucket.owner), &bucket.acl)),
                owner: Some(self.owner(Some(&bucket.owner))),
            })
        })
    }

    pub(super) fn put_bucket_acl(
        &self,
        req: &S3Request<PutBucketAclInput>,
    ) -> S3Result<PutBucketAclOutput> {
        self.managed()?;
        let canned = req.input.acl.as_ref().map(BucketCannedACL::as_str);
        let acl = self.acl_from(canned, req.input.access_control_policy.as_ref())?;
        self.with_bucket(req, &req.input.bucket, Need::Own, |bucket, _| {
            bucket.acl = acl;
            Ok(PutBucketAclOutput::default())
        })
    }

    pub(super) fn get_object_acl(
        &self,
        req: &S3Request<GetObjectAclInput>,
    ) -> S3Result<GetObjectAclOutput> {
        let key = key_of(req, &req.input.key);
        let version = version_id(req.input.version_id.as_deref())?;
        self.with_bucket(req, &req.input.bucket, Need::Read, |bucket, _| {
            let version = bucket.find(&key, version)?;
            let acl = version.object().map(|object| object.acl.clone());
            Ok(GetObjectAclOutput {
                grants: Some(self.grant_entries(version.owner(), &acl.unwrap_or_default())),
                owner: Some(self.owner(version.owner())),
                ..GetObjectAclOutput::default()
            })
        })
    }

    pub(super) fn put_object_acl(
        &self,
        req: &S3Request<PutObjectAclInput>,
    ) -> S3Result<PutObjectAclOutput> {
        let key = key_of(req, &req.input.key);
        let canned = req.input.acl.as_ref().map(ObjectCannedACL::as_str);
        let acl = self.acl_from(canned, req.input.access_control_policy.as_ref())?;
        let version = version_id(req.input.version_id.as_deref())?;
        self.with_bucket(req, &req.input.bucket, Need::Own, |bucket, _| {
            let object = bucket
                .object_mut(&key, version)
                .ok_or(StoreError::NoSuchKey)?;
            object.acl = acl;
            Ok(PutObjectAclOutput::default())
        })
    }
}
