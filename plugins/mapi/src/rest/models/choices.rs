//! The words that fields are limited to.

use crate::rest::words::{Choice, choices};

choices! {
    ACLS_USAGE "AclsUsage" ["NOT_ENABLED", "ENABLED", "ENFORCED", "NOT_ENFORCED"]
    CASE_FORCING "CaseForcing" ["UPPER", "LOWER", "DISABLED"]
    CUSTOM_METADATA_CHANGES "CustomMetadataChanges" ["ADD", "ALL", "NONE"]
    DIRECTORY_USAGE "DirectoryUsage" any_case ["Balanced", "Unbalanced", "Default"]
    GRANULARITY "Granularity" ["hour", "day", "total"]
    DOWNSTREAM_DNSMODE "DownstreamDNSMode" ["BASIC", "ADVANCED"]
    EC_TOPOLOGY_TYPE "ECTopologyType" ["FULLY_CONNECTED", "RING"]
    EMAIL_FORMAT "EmailFormat" [".eml", ".mbox"]
    HASH_SCHEME "HashScheme" ["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "RIPEMD-160"]
    LINK_TYPE "LinkType" ["ACTIVE_ACTIVE", "OUTBOUND", "INBOUND"]
    OPTIMIZED_FOR "OptimizedFor" ["CLOUD", "ALL"]
    PERFORMANCE_LEVEL "PerformanceLevel" ["LOW", "MEDIUM", "HIGH", "CUSTOM", "OFF", "NONE"]
    PERMISSION "Permission" ["BROWSE", "READ", "WRITE", "DELETE", "PURGE", "SEARCH", "PRIVILEGED", "READ_ACL", "WRITE_ACL", "CHOWN"]
    RECIPIENT_IMPORTANCE "RecipientImportance" ["ALL", "MAJOR"]
    RECIPIENT_SEVERITY "RecipientSeverity" ["NOTICE", "WARNING", "ERROR"]
    REPLICATION_COLLISION_ACTION "ReplicationCollisionAction" ["MOVE", "RENAME"]
    RETENTION_TYPE "RetentionType" ["HCP", "S3"]
    ROLE "Role" ["ADMINISTRATOR", "COMPLIANCE", "MONITOR", "SECURITY", "SERVICE", "SEARCH"]
}
