//! Management as REST, in front of the simulated HCP: what it shows is what HCP says, what it changes
//! HCP has changed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use hcp_simulator::{Fault, Port, Role, Trouble, User};
use house::{Answer, House, Request};
use serde_json::{Value, json};

const SYSTEM_ROLES: [Role; 5] = [
    Role::Administrator,
    Role::Monitor,
    Role::Search,
    Role::Security,
    Role::Service,
];

/// A request with a token, and a document where there is one.
fn ask(house: &House, token: &str, method: &str, target: &str, document: Option<Value>) -> Answer {
    let request = Request::new(method, target).header("authorization", format!("Bearer {token}"));
    house.rest(match document {
        Some(document) => request
            .header("content-type", "application/json")
            .body(document.to_string()),
        None => request,
    })
}

fn rest(house: &House, token: &str, method: &str, path: &str, document: Option<Value>) -> Answer {
    ask(
        house,
        token,
        method,
        &format!("/api/v1/mapi{path}"),
        document,
    )
}

/// A house, with a user of the system.
fn open() -> (House, String) {
    let house = House::hcp();
    let root = User::new("root", "deep-0ne").with_roles(SYSTEM_ROLES);
    house.store().set_system_user(root);
    let token = house.token("username=root&password=deep-0ne");
    (house, token)
}

/// HCP counts time in some of its documents.
const MOVING: [&str; 4] = ["requestTime", "collectionTimestamp", "startTime", "endTime"];

/// Whether REST shows all that HCP says, in the contract's form: lists without their wrapping.
fn shows(raw: &Value, shown: &Value) -> bool {
    match (raw, shown) {
        (Value::Object(raw), Value::Array(_)) if raw.len() == 1 => {
            raw.values().all(|list| shows(list, shown))
        }
        (Value::Object(raw), Value::Object(shown)) => {
            let missing = Value::Null;
            let all = |(name, value): (&String, &Value)| {
                MOVING.contains(&name.as_str()) || shows(value, shown.get(name).unwrap_or(&missing))
            };
            // Nothing is made up either.
            let own = |(name, value): (&String, &Value)| {
                value.is_null() || raw.contains_key(name) || name == "softwareVersion"
            };
            raw.iter().all(all) && shown.iter().all(own)
        }
        (Value::Array(raw), Value::Array(shown)) => {
            raw.len() == shown.len() && raw.iter().zip(shown).all(|(raw, shown)| shows(raw, shown))
        }
        _ => raw == shown,
    }
}

/// Asks HCP itself, through the transparent door, and REST.
fn compare(house: &House, token: &str, path: &str) {
    let raw = Request::new("GET", &format!("/mapi{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("accept", "application/json");
    let raw = house.rest(raw);
    let shown = rest(house, token, "GET", path, None);
    assert_eq!(raw.status, 200, "{path} {raw:?}");
    assert_eq!(shown.status, 200, "{path} {shown:?}");
    assert!(
        shows(&raw.json(), &shown.json()),
        "{path}\n{}\n{}",
        raw.text(),
        shown.text()
    );
}

const OF_THE_SYSTEM: [&str; 40] = [
    "/tenants",
    "/tenants/research?verbose=true",
    "/tenants/research",
    "/userAccounts",
    "/userAccounts/root?verbose=true",
    "/groupAccounts",
    "/groupAccounts/hcp-admins?verbose=true",
    "/network",
    "/storage/licenses?verbose=true",
    "/storage/licenses/12345",
    "/nodes/statistics",
    "/services/statistics",
    "/healthCheckReport",
    "/logs",
    "/supportaccesscredentials",
    "/services/replication?verbose=true",
    "/services/replication/certificates",
    "/services/replication/links",
    "/services/replication/links/eu-us",
    "/services/replication/links/eu-us?verbose=true",
    "/services/replication/links/eu-us/content",
    "/services/replication/links/eu-us/content/tenants",
    "/services/replication/links/eu-us/content/tenants/research",
    "/services/replication/links/eu-us/content/defaultNamespaceDirectories",
    "/services/replication/links/from-branch/content/chainedLinks",
    "/services/replication/links/eu-us/localCandidates",
    "/services/replication/links/eu-us/localCandidates/tenants",
    "/services/replication/links/eu-us/localCandidates/defaultNamespaceDirectories",
    "/services/replication/links/eu-us/localCandidates/chainedLinks",
    "/services/replication/links/eu-us/remoteCandidates",
    "/services/replication/links/eu-us/remoteCandidates/tenants",
    "/services/replication/links/eu-us/remoteCandidates/defaultNamespaceDirectories",
    "/services/replication/links/eu-us/remoteCandidates/chainedLinks",
    "/services/replication/links/eu-us/schedule",
    "/services/erasureCoding/ecTopologies",
    "/services/erasureCoding/ecTopologies/three-sites?verbose=true",
    "/services/erasureCoding/ecTopologies/three-sites/tenantCandidates",
    "/services/erasureCoding/ecTopologies/three-sites/tenantConflictingCandidates",
    "/services/erasureCoding/ecTopologies/three-sites/tenants",
    "/services/erasureCoding/linkCandidates",
];

#[test]
fn the_systems_resources_are_what_hcp_says() {
    let (house, root) = open();
    let add = "/services/replication/links/eu-us/content/tenants/research";
    let added = rest(&house, &root, "PUT", add, None);
    assert_eq!(
        added.json(),
        json!({"status": "created", "tenant": "research"}),
        "{added:?}"
    );
    for path in OF_THE_SYSTEM {
        compare(&house, &root, path);
    }
    let pem = rest(
        &house,
        &root,
        "GET",
        "/services/replication/certificates/server",
        None,
    );
    assert_eq!(
        pem.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert!(pem.text().contains("BEGIN CERTIFICATE"), "{}", pem.text());
}

const OF_A_TENANT: [&str; 32] = [
    "?verbose=true",
    "/consoleSecurity",
    "/contactInfo",
    "/emailNotification",
    "/namespaceDefaults?verbose=true",
    "/searchSecurity",
    "/permissions",
    "/cors",
    "/chargebackReport",
    "/statistics",
    "/contentClasses",
    "/contentClasses/medical?verbose=true",
    "/userAccounts",
    "/userAccounts/ada?verbose=true",
    "/userAccounts/ada/dataAccessPermissions",
    "/groupAccounts",
    "/namespaces",
    "/namespaces/data?verbose=true",
    "/namespaces/data",
    "/namespaces/data/versioningSettings",
    "/namespaces/data/complianceSettings",
    "/namespaces/data/retentionClasses",
    "/namespaces/data/retentionClasses/short?verbose=true",
    "/namespaces/data/permissions",
    "/namespaces/data/protocols/http",
    "/namespaces/data/protocols/cifs",
    "/namespaces/data/protocols/nfs",
    "/namespaces/data/protocols/smtp",
    "/namespaces/data/replicationCollisionSettings",
    "/namespaces/data/cors",
    "/namespaces/data/customMetadataIndexingSettings",
    "/namespaces/data/statistics",
];

const CORS: &str = "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>\
                    <AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";

/// What a tenant of the simulator has not by itself.
fn furnish(house: &House, token: &str) {
    let class = json!({"name": "medical", "contentProperties": [
        {"name": "doctor", "expression": "/record/doctor", "type": "STRING"}]});
    let short = json!({"name": "short", "value": "A+1y", "description": "a year"});
    for (path, document) in [
        ("/contentClasses", class),
        ("/namespaces/data/retentionClasses", short),
        ("/cors", json!({ "cors": CORS })),
        ("/namespaces/data/cors", json!({ "cors": CORS })),
    ] {
        let path = format!("/tenants/research{path}");
        let made = rest(house, token, "PUT", &path, Some(document));
        assert_eq!(made.status, 201, "{path} {made:?}");
    }
}

#[test]
fn a_tenants_resources_are_what_hcp_says() {
    let house = House::hcp();
    let ada = house.login("research");
    furnish(&house, &ada);
    for path in OF_A_TENANT {
        compare(&house, &ada, &format!("/tenants/research{path}"));
    }
    let export = rest(
        &house,
        &ada,
        "GET",
        "/tenants/research/namespaces/data/export",
        None,
    );
    let namespace = &export.json()["namespaces"][0];
    assert!(namespace.get("errors").is_none(), "{namespace}");
    assert_eq!(namespace["retentionClasses"][0]["value"], "A+1y");
    assert_eq!(namespace["cors"]["cors"], CORS);
    assert_eq!(namespace["protocols"]["http"]["hs3Enabled"], true);
}

#[test]
fn a_tenant_lives_and_its_settings_keep_what_nobody_declared() {
    let (house, root) = open();
    let tenant = json!({"name": "finance", "hardQuota": "1 TB"});
    let path = "/tenants?username=sue&password=start123";
    let made = rest(&house, &root, "PUT", path, Some(tenant.clone()));
    assert_eq!(
        (made.status, made.json()),
        (201, json!({"status": "created", "name": "finance"}))
    );
    let again = rest(&house, &root, "PUT", path, Some(tenant));
    assert_eq!(again.status, 409);
    assert!(
        again.json()["detail"]
            .as_str()
            .unwrap()
            .starts_with("tenant: ")
    );

    let sue = house.token("username=sue&password=start123&tenant=finance");
    let own = |method: &str, path: &str, document: Option<Value>| {
        rest(
            &house,
            &sue,
            method,
            &format!("/tenants/finance{path}"),
            document,
        )
    };
    let ip = json!({"ipSettings": {"allowAddresses": ["192.0.2.0/24"]}, "newest": {"a": [1]}});
    assert_eq!(own("POST", "/searchSecurity", Some(ip)).status, 200);
    let kept = own("GET", "/searchSecurity", None).json();
    assert_eq!(
        kept["ipSettings"]["allowAddresses"],
        json!(["192.0.2.0/24"])
    );
    assert_eq!(kept["newest"], json!({"a": [1]}));

    let changed = json!({"newPassword": "second123"});
    let changed = own("POST", "/userAccounts/sue/changePassword", Some(changed));
    assert_eq!(
        (changed.status, changed.json()),
        (200, json!({"status": "password_changed"}))
    );
    assert_eq!(own("GET", "/searchSecurity", None).status, 403);
    assert_eq!(own("HEAD", "/userAccounts/nobody", None).status, 403);
    let missing = rest(&house, &root, "HEAD", "/tenants/nowhere", None);
    assert_eq!((missing.status, missing.text().len()), (404, 0));
}

#[test]
fn files_and_logs_go_through() {
    let (house, root) = open();
    let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"key\"\r\n\r\n\
                a licence\r\n--b--\r\n";
    let put = Request::new("PUT", "/api/v1/mapi/storage/licenses")
        .header("authorization", format!("Bearer {root}"))
        .header("content-type", "multipart/form-data; boundary=b");
    let put = house.rest(put.body(form));
    assert_eq!(
        (put.status, put.json()),
        (201, json!({"status": "created"})),
        "{put:?}"
    );

    let prepared = rest(&house, &root, "POST", "/logs/prepare", Some(json!({})));
    assert_eq!(prepared.json(), json!({"status": "ok"}));
    let asked = Some(json!({"content": "ACCESS"}));
    let logs = rest(&house, &root, "POST", "/logs/download", asked);
    assert_eq!(logs.status, 200, "{logs:?}");
    assert_eq!(
        logs.header("content-disposition"),
        Some("attachment; filename=hcp-logs.zip")
    );
    assert!(logs.body.starts_with(b"PK"));
    let cancelled = rest(&house, &root, "POST", "/logs?cancel=true", None);
    assert_eq!(cancelled.json(), json!({"status": "ok"}));
}

#[test]
fn what_hcp_refuses_is_told_in_its_own_words() {
    let (house, root) = open();
    let path = "/services/replication/links/eu-us";
    for (status, told, detail) in [
        (401, 401, "HCP authentication failed"),
        (403, 403, "not today"),
        (405, 405, "Method not allowed for this resource"),
        (500, 502, "HCP internal error: not today"),
        (503, 503, "HCP unavailable: not today"),
    ] {
        let message = Some("not today".to_owned());
        let fault = Fault::new(Trouble::Status { status, message });
        house.store().add_fault(fault.port(Port::Mapi));
        let refused = rest(&house, &root, "GET", path, None);
        assert_eq!(
            (refused.status, refused.json()),
            (told, json!({ "detail": detail }))
        );
        assert_eq!(refused.header("www-authenticate"), None);
    }
    let unproven = Request::new("GET", "/api/v1/mapi/tenants");
    let unproven = house.rest(unproven);
    assert_eq!(
        (unproven.status, unproven.header("www-authenticate")),
        (401, Some("Bearer"))
    );
}
