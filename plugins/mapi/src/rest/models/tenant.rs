//! Documents: tenants and their settings.

use super::choices::{HASH_SCHEME, RECIPIENT_IMPORTANCE, RECIPIENT_SEVERITY, RETENTION_TYPE};
use super::common::IP_SETTINGS;
use super::namespace::VERSIONING_SETTINGS;
use crate::rest::words::{Field, Kind, Model, Preset, kind, models};

models! {
    TENANT_CREATE "TenantCreate" {
        name(required): text, systemVisibleDescription: text, tenantVisibleDescription: text,
        hardQuota: text, softQuota: int, namespaceQuota: text, authenticationTypes: object,
        complianceConfigurationEnabled: flag, versioningConfigurationEnabled: flag,
        searchConfigurationEnabled: flag, replicationConfigurationEnabled: flag,
        erasureCodingSelectionEnabled: flag, servicePlanSelectionEnabled: flag, servicePlan: text,
        dataNetwork: text, managementNetwork: text, tags: object,
    }
    TENANT_UPDATE "TenantUpdate" {
        administrationAllowed: flag, maxNamespacesPerUser: int, snmpLoggingEnabled: flag,
        syslogLoggingEnabled: flag, tenantVisibleDescription: text, tags: object,
    }
    TENANT_RESPONSE "TenantResponse" {
        name: text, systemVisibleDescription: text, tenantVisibleDescription: text,
        hardQuota: text, softQuota: int, namespaceQuota: text, authenticationTypes: object,
        complianceConfigurationEnabled: flag, versioningConfigurationEnabled: flag,
        searchConfigurationEnabled: flag, replicationConfigurationEnabled: flag,
        erasureCodingSelectionEnabled: flag, servicePlanSelectionEnabled: flag, servicePlan: text,
        administrationAllowed: flag, maxNamespacesPerUser: int, snmpLoggingEnabled: flag,
        syslogLoggingEnabled: flag, tags: object,
    }
    TENANT_LIST "TenantList" {
        name: [text],
    }
    CONSOLE_SECURITY "ConsoleSecurity" {
        automaticUserAccountUnlockSetting: flag, automaticUserAccoutUnlockDuration: int,
        blockCommonPassword: flag, blockPasswordReUse: flag, coolDownPeriodDuration: int,
        coolDownPeriodSettings: flag, disableAfterAttempts: int, disableAfterInactiveDays: int,
        forcePasswordChangeDays: int, ipSettings: (IP_SETTINGS), loginMessage: text,
        logoutOnInactive: int, minimumPasswordLength: int, lowerCaseLetterCount: int,
        upperCaseLetterCount: int, numericCharacterCount: int, specialCharacterCount: int,
        passwordCombination: flag, passwordContainsUsername: flag, passwordReuseDepth: int,
    }
    CONTACT_INFO "ContactInfo" {
        firstName: text, lastName: text, emailAddress: text, primaryPhone: text, extension: text,
        address1: text, address2: text, city: text, state: text, zipOrPostalCode: text,
        countryOrRegion: text,
    }
    EMAIL_TEMPLATE "EmailTemplate" {
        from: text, subject: text, body: text,
    }
    RECIPIENT "Recipient" {
        address(required): text, importance: {RECIPIENT_IMPORTANCE} = Text("MAJOR"),
        severity: {RECIPIENT_SEVERITY} = Text("ERROR"), type: text = Text("GENERAL"),
    }
    RECIPIENT_LIST "RecipientList" {
        recipient: [(RECIPIENT)],
    }
    EMAIL_NOTIFICATION "EmailNotification" {
        enabled: flag, emailTemplate: (EMAIL_TEMPLATE), recipients: (RECIPIENT_LIST),
    }
    NAMESPACE_DEFAULTS "NamespaceDefaults" {
        description: text, hashScheme: {HASH_SCHEME}, enterpriseMode: flag, hardQuota: text,
        softQuota: int, servicePlan: text, optimizedFor: text, directoryUsage: text,
        allowErasureCoding: flag, replicationEnabled: flag, searchEnabled: flag,
        multipartUploadAutoAbortDays: int, retentionType: {RETENTION_TYPE},
        s3UnversionedOverwrite: flag, versioningSettings: (VERSIONING_SETTINGS), dpl: text,
        effectiveDpl: text,
    }
    SEARCH_SECURITY "SearchSecurity" {
        ipSettings: (IP_SETTINGS),
    }
    PERMISSIONS_RESPONSE "PermissionsResponse" {}
    AVAILABLE_SERVICE_PLAN "AvailableServicePlan" {
        name: text, description: text,
    }
    AVAILABLE_SERVICE_PLAN_LIST "AvailableServicePlanList" {
        name: [text],
    }
    CORS_CONFIGURATION "CorsConfiguration" {
        cors: text,
    }
    CHARGEBACK_DATA "ChargebackData" {
        systemName: text, tenantName: text, namespaceName: text, startTime: text, endTime: text,
        objectCount: int, ingestedVolume: int, storageCapacityUsed: int, bytesIn: int,
        bytesOut: int, reads: int, writes: int, deletes: int, multipartObjects: int,
        multipartObjectParts: int, multipartObjectBytes: int, multipartUploads: int,
        multipartUploadParts: int, multipartUploadBytes: int, deleted: text, valid: flag,
    }
    CHARGEBACK_REPORT "ChargebackReport" {
        chargebackData: [(CHARGEBACK_DATA)],
    }
    NAMESPACE_STATISTICS "NamespaceStatistics" {
        customMetadataCount: int, customMetadataSize: int, objectCount: int, ingestedVolume: int,
        shredCount: int, shredSize: int, storageCapacityUsed: int,
    }
    CONTENT_PROPERTY "ContentProperty" {
        name(required): text, expression(required): text, type(required): text,
        multivalued: flag = Flag(false), format: text,
    }
    CONTENT_CLASS_CREATE "ContentClassCreate" {
        name(required): text, contentProperties: [contentProperty (CONTENT_PROPERTY)],
        namespaces: [name text],
    }
    CONTENT_CLASS_UPDATE "ContentClassUpdate" {
        contentProperties: [contentProperty (CONTENT_PROPERTY)], namespaces: [name text],
    }
    CONTENT_CLASS_RESPONSE "ContentClassResponse" {
        name: text, contentProperties: [contentProperty (CONTENT_PROPERTY)],
        namespaces: [name text],
    }
    CONTENT_CLASS_LIST "ContentClassList" {
        name: [text],
    }
}
