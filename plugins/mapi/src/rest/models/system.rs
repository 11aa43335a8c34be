//! Documents: the system: network, licences, statistics, logs.

use super::choices::DOWNSTREAM_DNSMODE;
use crate::rest::words::{Field, Kind, Model, Preset, kind, models};

models! {
    NETWORK_SETTINGS "NetworkSettings" {
        downstreamDNSMode: {DOWNSTREAM_DNSMODE},
    }
    LICENSE "License" {
        localCapacity: int, expirationDate: text, extendedCapacity: int, feature: text,
        serialNumber: text, uploadDate: text,
    }
    LICENSE_LIST "LicenseList" {
        license: [(LICENSE)],
    }
    VOLUME "Volume" {
        id: text, blocksRead: number, blocksWritten: number, diskUtilization: number,
        transferSpeed: number, totalBytes: int, freeBytes: int, totalInodes: int, freeInodes: int,
    }
    NODE_STATS "NodeStats" {
        nodeNumber: int, frontendIpAddresses: [ipAddress text], backendIpAddress: text,
        managementIpAddresses: [ipAddress text], openHttpConnections: int,
        openHttpsConnections: int, maxHttpConnections: int, maxHttpsConnections: int,
        cpuUser: number, cpuSystem: number, cpuMax: number, ioWait: number, swapOut: number,
        maxFrontEndBandwidth: int, frontEndBytesRead: number, frontEndBytesWritten: number,
        maxBackEndBandwidth: int, backEndBytesRead: number, backEndBytesWritten: number,
        maxManagementPortBandwidth: int, managementBytesRead: number,
        managementBytesWritten: number, collectionTimestamp: int, volumes: [volume (VOLUME)],
    }
    NODE_STATISTICS "NodeStatistics" {
        requestTime: int, nodes: [node (NODE_STATS)],
    }
    SERVICE_INFO "ServiceInfo" {
        name: text, state: text, startTime: int, formattedStartTime: text, endTime: int,
        formattedEndTime: text, performanceLevel: text, objectsExamined: int,
        objectsExaminedPerSecond: number, objectsServiced: int, objectsServicedPerSecond: number,
        objectsUnableToService: int, objectsUnableToServicePerSecond: number,
    }
    SERVICE_STATISTICS "ServiceStatistics" {
        requestTime: int, services: [service (SERVICE_INFO)], nodes: [node object],
    }
    HEALTH_CHECK_DOWNLOAD_STATUS "HealthCheckDownloadStatus" {
        readyForStreaming: flag, streamingInProgress: flag, error: flag, started: flag,
        content: text,
    }
    HEALTH_CHECK_PREPARE "HealthCheckPrepare" {
        startDate: text, endDate: text, exactTime: text, collectCurrent: flag = Flag(true),
    }
    HEALTH_CHECK_DOWNLOAD "HealthCheckDownload" {
        nodes: text, content: text,
    }
    LOG_DOWNLOAD_STATUS "LogDownloadStatus" {
        readyForStreaming: flag, streamingInProgress: flag, started: flag, error: flag,
        content: text, selectedNodes: text, selectedContent: text, packageNodes: text,
    }
    LOG_PREPARE "LogPrepare" {
        startDate: text, endDate: text, snodes: text,
    }
    LOG_DOWNLOAD "LogDownload" {
        nodes: text, snodes: text, content: text,
    }
    SUPPORT_ACCESS_CREDENTIALS "SupportAccessCredentials" {
        applyTimeStamp: int, createTimeStamp: int, type: text, defaultKeyType: text,
        serialNumberFromPackage: int,
    }
}
