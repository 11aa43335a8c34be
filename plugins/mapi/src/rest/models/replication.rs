//! Documents: replication and erasure coding.

use super::choices::{EC_TOPOLOGY_TYPE, LINK_TYPE, PERFORMANCE_LEVEL};
use crate::rest::words::{Field, Kind, Model, Preset, kind, models};

models! {
    REPLICATION_SERVICE "ReplicationService" {
        allowTenantsToMonitorNamespaces: flag, enableDNSFailover: flag,
        enableDomainAndCertificateSynchronization: flag, network: text,
        connectivityTimeoutSeconds: int, verification: text, status: text,
    }
    CERTIFICATE "Certificate" {
        id: text, subjectDN: text, validOn: text, expiresOn: text,
    }
    CERTIFICATE_LIST "CertificateList" {
        certificate: [(CERTIFICATE)],
    }
    CONNECTION "Connection" {
        remoteHost(required): text, remotePort: int = Int(5748), localHost: text,
        localPort: int = Int(5748),
    }
    FAILOVER_NODE "FailoverNode" {
        autoFailover: flag = Flag(false), autoFailoverMinutes: int = Int(120),
        autoCompleteRecovery: flag, autoCompleteRecoveryMinutes: int,
    }
    FAILOVER_SETTINGS "FailoverSettings" {
        local: (FAILOVER_NODE), remote: (FAILOVER_NODE),
    }
    LINK_STATISTICS "LinkStatistics" {
        upToDateAsOfString: text, upToDateAsOfMillis: int, bytesPending: int,
        bytesPendingRemote: int, bytesReplicated: int, bytesPerSecond: number, objectsPending: int,
        objectsPendingRemote: int, objectsReplicated: int, operationsPerSecond: number,
        errors: int, errorsPerSecond: number, objectsVerified: int,
        objectsReplicatedAfterVerification: int,
    }
    LINK_CREATE "LinkCreate" {
        name(required): text, type(required): {LINK_TYPE}, connection(required): (CONNECTION),
        description: text, compression: flag = Flag(false), encryption: flag = Flag(false),
        priority: text = Text("OLDEST_FIRST"), failoverSettings: (FAILOVER_SETTINGS),
    }
    LINK_UPDATE "LinkUpdate" {
        description: text, connection: (CONNECTION), compression: flag, encryption: flag,
        priority: text, failoverSettings: (FAILOVER_SETTINGS), type: {LINK_TYPE},
    }
    LINK_RESPONSE "LinkResponse" {
        name: text, type: text, connection: (CONNECTION), description: text, compression: flag,
        encryption: flag, priority: text, failoverSettings: (FAILOVER_SETTINGS), id: text,
        statistics: (LINK_STATISTICS), status: text, statusMessage: text, suspended: flag,
    }
    LINK_LIST "LinkList" {
        name: [text],
    }
    LINK_CONTENT "LinkContent" {
        tenants: [text], defaultNamespaceDirectories: [text], chainedLinks: [text],
    }
    TRANSITION "Transition" {
        time(required): text, performanceLevel(required): {PERFORMANCE_LEVEL},
    }
    SCHEDULE_SIDE "ScheduleSide" {
        scheduleOverride: text = Text("NONE"), transition: [(TRANSITION)],
    }
    SCHEDULE "Schedule" {
        local: (SCHEDULE_SIDE), remote: (SCHEDULE_SIDE),
    }
    EC_REPLICATION_LINK "ECReplicationLink" {
        name(required): text, uuid: text, hcpSystems: [name text], pausedTenantsCount: int,
        state: text,
    }
    EC_TOPOLOGY_CREATE "ECTopologyCreate" {
        name(required): text, type(required): {EC_TOPOLOGY_TYPE},
        replicationLinks(required): [replicationLink (EC_REPLICATION_LINK)], description: text,
        erasureCodingDelay: int = Int(0), fullCopy: flag = Flag(false),
        minimumObjectSize: int = Int(4096), restorePeriod: int = Int(0),
    }
    EC_TOPOLOGY_RESPONSE "ECTopologyResponse" {
        name: text, type: text, description: text, erasureCodingDelay: int, fullCopy: flag,
        minimumObjectSize: int, restorePeriod: int,
        replicationLinks: [replicationLink (EC_REPLICATION_LINK)], hcpSystems: [name text],
        tenants: [name text], id: text, erasureCodedObjects: int, protectionStatus: text,
        readStatus: text, state: text,
    }
    EC_TOPOLOGY_LIST "ECTopologyList" {
        name: [text],
    }
    TENANT_CANDIDATE "TenantCandidate" {
        name: text, uuid: text, hcpSystems: [name text],
    }
    TENANT_CANDIDATE_LIST "TenantCandidateList" {
        tenantCandidate: [(TENANT_CANDIDATE)],
    }
    EC_LINK_CANDIDATE_LIST "ECLinkCandidateList" {
        name: [text],
    }
}
