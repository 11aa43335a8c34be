//! Every GET of the tree answers something, in both forms.

use serde_json::json;

use crate::ask::{ask, start};

const OF_SYSTEM: &[&str] = &[
    "/tenants",
    "/tenants/europe",
    "/tenants/europe/chargebackReport",
    "/userAccounts",
    "/userAccounts/root",
    "/groupAccounts",
    "/groupAccounts/hcp-admins",
    "/network",
    "/storage/licenses",
    "/storage/licenses/12345",
    "/nodes/statistics",
    "/services/statistics",
    "/logs",
    "/healthCheckReport",
    "/supportaccesscredentials",
    "/services/replication",
    "/services/replication/certificates",
    "/services/replication/links",
    "/services/replication/links/eu-us",
    "/services/replication/links/eu-us/content",
    "/services/replication/links/eu-us/content/tenants",
    "/services/replication/links/eu-us/content/defaultNamespaceDirectories",
    "/services/replication/links/eu-us/content/chainedLinks",
    "/services/replication/links/eu-us/localCandidates",
    "/services/replication/links/eu-us/localCandidates/tenants",
    "/services/replication/links/eu-us/localCandidates/chainedLinks",
    "/services/replication/links/eu-us/localCandidates/defaultNamespaceDirectories",
    "/services/replication/links/eu-us/remoteCandidates",
    "/services/replication/links/eu-us/remoteCandidates/tenants",
    "/services/replication/links/eu-us/remoteCandidates/chainedLinks",
    "/services/replication/links/eu-us/remoteCandidates/defaultNamespaceDirectories",
    "/services/replication/links/eu-us/schedule",
    "/services/erasureCoding/ecTopologies",
    "/services/erasureCoding/ecTopologies/three-sites",
    "/services/erasureCoding/ecTopologies/three-sites/tenants",
    "/services/erasureCoding/ecTopologies/three-sites/tenantCandidates",
    "/services/erasureCoding/ecTopologies/three-sites/tenantConflictingCandidates",
    "/services/erasureCoding/linkCandidates",
];

const OF_TENANT: &[&str] = &[
    "",
    "/availableServicePlans",
    "/availableServicePlans/default",
    "/chargebackReport",
    "/consoleSecurity",
    "/contactInfo",
    "/emailNotification",
    "/namespaceDefaults",
    "/permissions",
    "/searchSecurity",
    "/statistics",
    "/contentClasses",
    "/userAccounts",
    "/userAccounts/ann",
    "/userAccounts/ann/dataAccessPermissions",
    "/groupAccounts",
    "/namespaces",
    "/namespaces/maps",
    "/namespaces/maps/chargebackReport",
    "/namespaces/maps/statistics",
    "/namespaces/maps/complianceSettings",
    "/namespaces/maps/customMetadataIndexingSettings",
    "/namespaces/maps/permissions",
    "/namespaces/maps/protocols",
    "/namespaces/maps/protocols/http",
    "/namespaces/maps/protocols/nfs",
    "/namespaces/maps/protocols/cifs",
    "/namespaces/maps/protocols/smtp",
    "/namespaces/maps/replicationCollisionSettings",
    "/namespaces/maps/versioningSettings",
    "/namespaces/maps/retentionClasses",
];

#[tokio::test]
async fn every_resource_can_be_read() {
    let hcp = start().await;
    for target in OF_SYSTEM {
        let (status, document) = ask(&hcp, "GET", target).read().await;
        assert_eq!(status, 200, "{target}");
        assert!(document.is_object(), "{target}: {document}");
        let xml = ask(&hcp, "GET", target).send().await;
        assert!(xml.text().starts_with("<?xml"), "{target}: {}", xml.text());
        assert_eq!(ask(&hcp, "HEAD", target).status().await, 200, "{target}");
    }
    for target in OF_TENANT {
        let target = format!("/tenants/europe{target}?verbose=true");
        let get = || ask(&hcp, "GET", &target).of("europe", "ann", "secret");
        let (status, document) = get().read().await;
        assert_eq!(status, 200, "{target}");
        assert!(document.is_object(), "{target}: {document}");
        let xml = get().send().await;
        assert!(xml.text().starts_with("<?xml"), "{target}: {}", xml.text());
    }
}

/// What is read can be written back, word for word.
#[tokio::test]
async fn what_is_shown_can_be_said() {
    let hcp = start().await;
    for target in [
        "/consoleSecurity",
        "/contactInfo",
        "/emailNotification",
        "/namespaceDefaults",
        "/permissions",
        "/searchSecurity",
        "/namespaces/maps",
        "/namespaces/maps/complianceSettings",
        "/namespaces/maps/customMetadataIndexingSettings",
        "/namespaces/maps/permissions",
        "/namespaces/maps/protocols",
        "/namespaces/maps/protocols/http",
        "/namespaces/maps/protocols/nfs",
        "/namespaces/maps/protocols/cifs",
        "/namespaces/maps/protocols/smtp",
        "/namespaces/maps/replicationCollisionSettings",
        "/namespaces/maps/versioningSettings",
    ] {
        let target = format!("/tenants/europe{target}");
        let asks = |method: &str| ask(&hcp, method, &target).of("europe", "ann", "secret");
        let (_, shown) = asks("GET").read().await;
        assert_eq!(asks("POST").json(&shown).status().await, 200, "{target}");
        assert_eq!(asks("GET").read().await.1, shown, "{target}");
        let xml = asks("GET").send().await;
        assert_eq!(asks("POST").xml(xml.text()).status().await, 200, "{target}");
        assert_eq!(
            asks("GET").read().await.1,
            shown,
            "{target}: {}",
            xml.text()
        );
    }
}

/// Collections of the tenant and of the namespace: made, changed, taken away.
#[tokio::test]
async fn items_are_made_changed_and_taken_away() {
    let hcp = start().await;
    for (collection, key, new, change) in [
        (
            "/contentClasses",
            "name",
            json!({"name": "scans"}),
            json!({"name": "scans"}),
        ),
        (
            "/groupAccounts",
            "groupname",
            json!({"groupname": "editors", "roles": {"role": ["MONITOR"]}}),
            json!({"roles": {"role": ["COMPLIANCE", "MONITOR"]}}),
        ),
        (
            "/namespaces/maps/retentionClasses",
            "name",
            json!({"name": "seven", "value": "A+7y"}),
            json!({"value": "A+8y", "allowDisposition": true}),
        ),
    ] {
        let asks = |method: &str, item: &str| {
            let target = format!("/tenants/europe{collection}{item}");
            ask(&hcp, method, &target).of("europe", "ann", "secret")
        };
        let name = new[key].as_str().unwrap().to_owned();
        let item = format!("/{}", name.to_uppercase());
        assert_eq!(asks("HEAD", &item).status().await, 302, "{collection}");
        assert_eq!(
            asks("PUT", "").json(&new).status().await,
            200,
            "{collection}"
        );
        assert_eq!(
            asks("PUT", "").json(&new).status().await,
            409,
            "{collection}"
        );
        assert_eq!(asks("GET", "").read().await.1, json!({key: [name]}));
        assert_eq!(
            asks("POST", &item).json(&change).status().await,
            200,
            "{collection}"
        );
        let (_, shown) = asks("GET", &item).read().await;
        for (name, value) in change.as_object().unwrap() {
            assert_eq!(shown[name], *value, "{collection}: {shown}");
        }
        assert_eq!(asks("DELETE", &item).status().await, 200, "{collection}");
        assert_eq!(asks("GET", &item).status().await, 404, "{collection}");
        assert_eq!(asks("DELETE", &item).status().await, 404, "{collection}");
    }
}
