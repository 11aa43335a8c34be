//! Properties of a namespace and of what is below it.

use super::TAGS;
use crate::mapi::field::{Field, choice, flag, group, some_of, text, texts, whole};

pub(crate) const HASH_SCHEMES: &[&str] = &[
    "MD5",
    "SHA-1",
    "SHA-256",
    "SHA-384",
    "SHA-512",
    "RIPEMD-160",
];

/// What a permission mask can hold.
const MASKED: &[&str] = &["READ", "WRITE", "DELETE", "PURGE", "SEARCH", "PRIVILEGED"];
const MINIMUM: &[&str] = super::accounts::DATA_PERMISSIONS;

pub(crate) const NAMESPACE: &[Field] = &[
    text("name").needed(),
    text("description"),
    choice(
        "aclsUsage",
        &["NOT_ENABLED", "ENFORCED", "NOT_ENFORCED", "ENABLED"],
    ),
    flag("allowErasureCoding"),
    flag("allowPermissionAndOwnershipChanges"),
    flag("appendEnabled"),
    flag("atimeSynchronizationEnabled"),
    group("authMinimumPermissions", &[some_of("permission", MINIMUM)]),
    group(
        "authAndAnonymousMinimumPermissions",
        &[some_of("permission", MINIMUM)],
    ),
    flag("authUsersAlwaysGrantedAllPermissions"),
    flag("customMetadataIndexingEnabled"),
    flag("customMetadataValidationEnabled"),
    choice("directoryUsage", &["Balanced", "Unbalanced"]),
    text("dpl"),
    flag("isDplDynamic"),
    flag("enterpriseMode"),
    text("hardQuota"),
    choice("hashScheme", HASH_SCHEMES).create_only(),
    flag("indexingDefault"),
    flag("indexingEnabled"),
    whole("multipartUploadAutoAbortDays"),
    choice("optimizedFor", &["CLOUD", "ALL"]),
    text("owner"),
    choice("ownerType", &["LOCAL", "EXTERNAL"]),
    flag("readFromReplica"),
    flag("replicationEnabled"),
    choice("retentionType", &["HCP", "S3"]),
    flag("s3UnversionedOverwrite"),
    flag("searchEnabled"),
    text("servicePlan"),
    flag("serviceRemoteSystemRequests"),
    whole("softQuota"),
    TAGS,
    group("versioningSettings", VERSIONING).create_only(),
    text("creationTime").read_only(),
    text("fullyQualifiedName").read_only(),
    text("id").read_only(),
    text("mqeIndexingTimestamp").read_only(),
    text("replicationTimestamp").read_only(),
];

/// The last four are older names: two aliases, and two without effect.
pub(crate) const VERSIONING: &[Field] = &[
    flag("enabled"),
    flag("keepDeletionRecords"),
    flag("prune"),
    whole("pruneDays"),
    flag("useDeleteMarkers"),
    flag("pruneOnPrimary"),
    whole("daysOnPrimary"),
    flag("pruneOnReplica"),
    whole("daysOnReplica"),
];

pub(crate) const COMPLIANCE: &[Field] = &[
    choice("customMetadataChanges", &["ADD", "ALL", "NONE"]),
    flag("dispositionEnabled"),
    text("minimumRetentionAfterInitialUnspecified"),
    text("retentionDefault"),
    flag("shreddingDefault"),
];

pub(crate) const INDEXING: &[Field] = &[
    group("contentClasses", &[texts("name")]),
    flag("fullIndexingEnabled"),
    text("excludedAnnotations"),
];

pub(crate) const PERMISSIONS: &[Field] = &[some_of("permission", MASKED)];

pub(crate) const COLLISIONS: &[Field] = &[
    choice("action", &["MOVE", "RENAME"]),
    flag("deleteEnabled"),
    whole("deleteDays"),
];

pub(crate) const RETENTION_CLASS: &[Field] = &[
    text("name").needed().create_only(),
    text("value").needed(),
    flag("allowDisposition"),
    text("description"),
];
