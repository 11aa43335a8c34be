//! Documents: namespaces and their settings.

use super::choices::{
    ACLS_USAGE, CASE_FORCING, CUSTOM_METADATA_CHANGES, DIRECTORY_USAGE, EMAIL_FORMAT, HASH_SCHEME,
    OPTIMIZED_FOR, REPLICATION_COLLISION_ACTION, RETENTION_TYPE,
};
use super::common::{IP_SETTINGS, PERMISSION_LIST, TAG_LIST};
use crate::rest::words::{Field, Kind, Model, Preset, kind, models};

models! {
    NAMESPACE_CREATE "NamespaceCreate" {
        name(required): text, description: text, hashScheme: {HASH_SCHEME}, enterpriseMode: flag,
        hardQuota: text, softQuota: int, servicePlan: text, optimizedFor: {OPTIMIZED_FOR},
        directoryUsage: {DIRECTORY_USAGE}, aclsUsage: {ACLS_USAGE}, owner: text, ownerType: text,
        searchEnabled: flag, indexingEnabled: flag, indexingDefault: flag,
        customMetadataIndexingEnabled: flag, customMetadataValidationEnabled: flag,
        replicationEnabled: flag, readFromReplica: flag, allowErasureCoding: flag,
        serviceRemoteSystemRequests: flag, appendEnabled: flag, atimeSynchronizationEnabled: flag,
        allowPermissionAndOwnershipChanges: flag, authUsersAlwaysGrantedAllPermissions: flag,
        authMinimumPermissions: (PERMISSION_LIST),
        authAndAnonymousMinimumPermissions: (PERMISSION_LIST), multipartUploadAutoAbortDays: int,
        retentionType: {RETENTION_TYPE}, s3UnversionedOverwrite: flag,
        versioningSettings: (VERSIONING_SETTINGS), tags: (TAG_LIST),
    }
    NAMESPACE_UPDATE "NamespaceUpdate" {
        name: text, description: text, hardQuota: text, softQuota: int, servicePlan: text,
        optimizedFor: {OPTIMIZED_FOR}, aclsUsage: {ACLS_USAGE}, owner: text, ownerType: text,
        searchEnabled: flag, indexingEnabled: flag, indexingDefault: flag,
        customMetadataIndexingEnabled: flag, customMetadataValidationEnabled: flag,
        replicationEnabled: flag, readFromReplica: flag, allowErasureCoding: flag,
        serviceRemoteSystemRequests: flag, appendEnabled: flag, atimeSynchronizationEnabled: flag,
        allowPermissionAndOwnershipChanges: flag, authUsersAlwaysGrantedAllPermissions: flag,
        authMinimumPermissions: (PERMISSION_LIST),
        authAndAnonymousMinimumPermissions: (PERMISSION_LIST), multipartUploadAutoAbortDays: int,
        retentionType: {RETENTION_TYPE}, s3UnversionedOverwrite: flag, tags: (TAG_LIST),
    }
    NAMESPACE_RESPONSE "NamespaceResponse" {
        name: text, description: text, hashScheme: {HASH_SCHEME}, enterpriseMode: flag,
        hardQuota: text, softQuota: int, servicePlan: text, optimizedFor: {OPTIMIZED_FOR},
        directoryUsage: {DIRECTORY_USAGE}, aclsUsage: {ACLS_USAGE}, owner: text, ownerType: text,
        searchEnabled: flag, indexingEnabled: flag, customMetadataIndexingEnabled: flag,
        replicationEnabled: flag, readFromReplica: flag, allowErasureCoding: flag,
        serviceRemoteSystemRequests: flag, versioningSettings: (VERSIONING_SETTINGS),
        tags: (TAG_LIST), creationTime: text, id: text,
    }
    NAMESPACE_LIST "NamespaceList" {
        name: [text],
    }
    VERSIONING_SETTINGS "VersioningSettings" {
        enabled: flag, prune: flag, pruneDays: int, pruneOnPrimary: flag, pruneOnReplica: flag,
        daysOnPrimary: int, daysOnReplica: int, useDeleteMarkers: flag, keepDeletionRecords: flag,
    }
    COMPLIANCE_SETTINGS "ComplianceSettings" {
        retentionDefault: text, minimumRetentionAfterInitialUnspecified: text,
        shreddingDefault: flag, customMetadataChanges: {CUSTOM_METADATA_CHANGES},
        dispositionEnabled: flag,
    }
    RETENTION_CLASS_CREATE "RetentionClassCreate" {
        name(required): text, value(required): text, description: text, allowDisposition: flag,
    }
    RETENTION_CLASS_UPDATE "RetentionClassUpdate" {
        value: text, description: text, allowDisposition: flag,
    }
    RETENTION_CLASS_RESPONSE "RetentionClassResponse" {
        name: text, value: text, description: text, allowDisposition: flag,
    }
    RETENTION_CLASS_LIST "RetentionClassList" {
        name: [text],
    }
    PROTOCOLS "Protocols" {
        httpEnabled: flag, httpsEnabled: flag, cifsEnabled: flag, nfsEnabled: flag,
        smtpEnabled: flag, ipSettings: (IP_SETTINGS),
    }
    HTTP_PROTOCOL "HttpProtocol" {
        httpsEnabled: flag, httpEnabled: flag, restEnabled: flag, restRequiresAuthentication: flag,
        hs3Enabled: flag, hs3RequiresAuthentication: flag, httpActiveDirectorySSOEnabled: flag,
        webdavEnabled: flag, webdavBasicAuthEnabled: flag, webdavBasicAuthUsername: text,
        webdavBasicAuthPassword: secret, webdavCustomMetadata: flag, ipSettings: (IP_SETTINGS),
    }
    CIFS_PROTOCOL "CifsProtocol" {
        enabled: flag, caseForcing: {CASE_FORCING}, caseSensitive: flag,
        requiresAuthentication: flag, ipSettings: (IP_SETTINGS),
    }
    NFS_PROTOCOL "NfsProtocol" {
        enabled: flag, uid: int, gid: int, ipSettings: (IP_SETTINGS),
    }
    SMTP_PROTOCOL "SmtpProtocol" {
        enabled: flag, emailFormat: {EMAIL_FORMAT}, emailLocation: text, separateAttachments: flag,
        ipSettings: (IP_SETTINGS),
    }
    REPLICATION_COLLISION_SETTINGS "ReplicationCollisionSettings" {
        action: {REPLICATION_COLLISION_ACTION}, deleteDays: int, deleteEnabled: flag,
    }
    CUSTOM_METADATA_INDEXING_SETTINGS "CustomMetadataIndexingSettings" {
        contentClasses: [name text], fullIndexingEnabled: flag, excludedAnnotations: text,
    }
}
