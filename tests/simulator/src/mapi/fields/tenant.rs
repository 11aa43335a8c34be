//! Properties at the level of a tenant.

use super::{IP_SETTINGS, TAGS};
use crate::mapi::field::{Field, choice, flag, group, groups, some_of, text, texts, whole};

pub(crate) const TENANT: &[Field] = &[
    text("name").above().needed(),
    flag("administrationAllowed"),
    whole("maxNamespacesPerUser"),
    flag("snmpLoggingEnabled"),
    flag("syslogLoggingEnabled"),
    text("tenantVisibleDescription"),
    text("systemVisibleDescription").hidden(),
    group(
        "authenticationTypes",
        &[some_of(
            "authenticationType",
            &["LOCAL", "RADIUS", "EXTERNAL"],
        )],
    )
    .above(),
    flag("complianceConfigurationEnabled").above(),
    flag("versioningConfigurationEnabled").above(),
    flag("searchConfigurationEnabled").above(),
    flag("replicationConfigurationEnabled").above(),
    flag("erasureCodingSelectionEnabled").hidden(),
    flag("servicePlanSelectionEnabled").hidden(),
    text("servicePlan").hidden(),
    text("hardQuota").above(),
    whole("softQuota").above(),
    text("namespaceQuota").above(),
    text("dataNetwork").hidden(),
    text("managementNetwork").hidden(),
    TAGS.hidden(),
    text("creationTime").read_only(),
    text("fullyQualifiedName").read_only(),
    text("id").read_only(),
];

pub(crate) const SERVICE_PLAN: &[Field] = &[text("name"), text("description")];

/// The misspelt name is the vendor's own, and the one name appears in two spellings.
pub(crate) const CONSOLE_SECURITY: &[Field] = &[
    flag("automaticUserAccountUnlockSetting"),
    whole("automaticUserAccoutUnlockDuration"),
    flag("blockCommonPassword"),
    flag("blockPasswordReUse"),
    whole("coolDownPeriodDuration"),
    flag("coolDownPeriodSettings"),
    whole("disableAfterAttempts"),
    whole("disableAfterInactiveDays"),
    whole("forcePasswordChangeDays"),
    IP_SETTINGS,
    text("loginMessage"),
    whole("logoutOnInactive"),
    whole("minimumPasswordLength"),
    whole("lowerCaseLetterCount"),
    whole("upperCaseLetterCount"),
    whole("numericCharacterCount"),
    whole("specialCharacterCount"),
    flag("passwordCombination"),
    flag("passwordcombination"),
    flag("passwordContainsUsername"),
    whole("passwordReuseDepth"),
];

pub(crate) const CONTACT_INFO: &[Field] = &[
    text("firstName"),
    text("lastName"),
    text("emailAddress"),
    text("primaryPhone"),
    text("extension"),
    text("address1"),
    text("address2"),
    text("city"),
    text("state"),
    text("zipOrPostalCode"),
    text("countryOrRegion"),
];

pub(crate) const EMAIL_NOTIFICATION: &[Field] = &[
    flag("enabled"),
    group(
        "emailTemplate",
        &[text("from"), text("subject"), text("body")],
    ),
    group(
        "recipients",
        &[groups(
            "recipient",
            &[
                text("address").needed(),
                choice("importance", &["ALL", "MAJOR"]),
                choice("severity", &["NOTICE", "WARNING", "ERROR"]),
                text("type"),
            ],
        )],
    ),
];

pub(crate) const NAMESPACE_DEFAULTS: &[Field] = &[
    text("description"),
    choice("directoryUsage", &["Balanced", "Unbalanced"]),
    text("dpl"),
    text("effectiveDpl").read_only(),
    flag("enterpriseMode"),
    flag("allowErasureCoding"),
    text("hardQuota"),
    choice("hashScheme", super::namespace::HASH_SCHEMES),
    whole("multipartUploadAutoAbortDays"),
    choice("optimizedFor", &["CLOUD", "ALL", "DEFAULT"]),
    flag("replicationEnabled"),
    choice("retentionType", &["HCP", "S3"]),
    flag("s3UnversionedOverwrite"),
    flag("searchEnabled"),
    text("servicePlan"),
    whole("softQuota"),
    group("versioningSettings", super::namespace::VERSIONING),
];

pub(crate) const SEARCH_SECURITY: &[Field] = &[IP_SETTINGS];

pub(crate) const CORS: &[Field] = &[text("cors").needed()];

pub(crate) const CONTENT_CLASS: &[Field] = &[
    text("name").needed(),
    group(
        "contentProperties",
        &[groups(
            "contentProperty",
            &[
                text("name").needed(),
                text("expression").needed(),
                text("type"),
                flag("multivalued"),
                text("format"),
            ],
        )],
    ),
    group("namespaces", &[texts("name")]),
];
