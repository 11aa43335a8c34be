//! Who may do what.

use hcp_simulator::{Role, User};
use serde_json::json;

use crate::ask::{ask, start};

#[tokio::test]
async fn roles_say_who_may() {
    let hcp = start().await;
    for (name, roles) in [
        ("mona", vec![Role::Monitor]),
        ("adam", vec![Role::Administrator]),
        ("cora", vec![Role::Compliance]),
        ("sven", vec![Role::Security]),
        ("nina", vec![]),
    ] {
        let mut user = User::new(name, "pass-1").with_roles(roles);
        user.allow_namespace_management = name == "nina";
        hcp.set_user("europe", user);
    }
    let empty = json!({});
    for (method, target, may) in [
        ("GET", "", "mona adam"),
        ("POST", "", "adam"),
        ("GET", "/namespaces", "mona adam cora nina"),
        ("GET", "/namespaces/maps", "mona adam cora"),
        ("POST", "/namespaces/maps", "adam"),
        (
            "GET",
            "/namespaces/maps/complianceSettings",
            "mona adam cora",
        ),
        ("POST", "/namespaces/maps/complianceSettings", "cora"),
        ("GET", "/consoleSecurity", "sven"),
        ("GET", "/userAccounts", "mona adam sven"),
        ("POST", "/userAccounts/bob", "adam sven"),
        ("GET", "/chargebackReport", "mona adam"),
        (
            "GET",
            "/userAccounts/bob/dataAccessPermissions",
            "adam sven",
        ),
        ("DELETE", "", ""),
    ] {
        for name in ["mona", "adam", "cora", "sven", "nina"] {
            let target = format!("/tenants/europe{target}");
            let asked = ask(&hcp, method, &target).of("europe", name, "pass-1");
            let asked = if method == "POST" {
                asked.json(&empty)
            } else {
                asked
            };
            let wanted = if may.split(' ').any(|may| may == name) {
                200
            } else {
                403
            };
            assert_eq!(asked.status().await, wanted, "{name}: {method} {target}");
        }
    }
}

/// Users with the right to manage namespaces and no role have their own, and no others.
#[tokio::test]
async fn managers_of_namespaces_see_their_own() {
    let hcp = start().await;
    hcp.set_user("europe", User::new("nina", "pass-1").with_roles([]));
    let nina = |method: &str, target: &str| {
        let target = format!("/tenants/europe/namespaces{target}");
        ask(&hcp, method, &target).of("europe", "nina", "pass-1")
    };
    let own = json!({"name": "mine"});
    assert_eq!(nina("PUT", "").json(&own).status().await, 200);
    assert_eq!(nina("GET", "").read().await.1, json!({"name": ["mine"]}));
    let (_, shown) = nina("GET", "/mine?verbose=true").read().await;
    assert_eq!(shown, json!({"name": "mine", "owner": "nina"}));
    assert_eq!(nina("DELETE", "/maps").status().await, 403);
    assert_eq!(nina("GET", "/maps/versioningSettings").status().await, 403);
    assert_eq!(nina("DELETE", "/mine").status().await, 200);
}

/// System-level accounts come in where a tenant lets them.
#[tokio::test]
async fn the_system_is_let_into_a_tenant_or_not() {
    let hcp = start().await;
    assert_eq!(
        ask(&hcp, "GET", "/tenants").read().await.1,
        json!({"name": ["europe"]})
    );
    assert_eq!(ask(&hcp, "GET", "/tenants/europe").status().await, 200);
    assert_eq!(
        ask(&hcp, "GET", "/tenants/europe/chargebackReport")
            .status()
            .await,
        200
    );
    assert_eq!(
        ask(&hcp, "GET", "/tenants/europe/namespaces")
            .status()
            .await,
        403
    );
    let open = json!({"administrationAllowed": true});
    let opened = ask(&hcp, "POST", "/tenants/europe").of("europe", "ann", "secret");
    assert_eq!(opened.json(&open).status().await, 200);
    assert_eq!(
        ask(&hcp, "GET", "/tenants/europe/namespaces")
            .status()
            .await,
        200
    );
    let elsewhere = ask(&hcp, "GET", "/tenants").of("europe", "ann", "secret");
    assert_eq!(elsewhere.status().await, 403);
    let mars = ask(&hcp, "GET", "/tenants/mars");
    assert_eq!(mars.status().await, 404);
}

/// Every form of credentials, and what is none.
#[tokio::test]
async fn only_the_right_credentials_get_in() {
    let hcp = start().await;
    let none = || ask(&hcp, "GET", "/tenants").without("authorization");
    let refused = none().send().await;
    assert_eq!(refused.status, 403);
    assert_ne!(refused.header("x-hcp-errormessage"), "");
    assert_eq!(none().login("root", "wrong").status().await, 403);
    assert_eq!(none().login("nobody", "toor12").status().await, 403);
    assert_eq!(
        none().header("authorization", "Bearer x").status().await,
        403
    );
    let token = "cm9vdA==:".to_owned() + &hcp_simulator::secret_key("toor12").to_uppercase();
    let header = format!("HCP {token}");
    assert_eq!(none().header("authorization", &header).status().await, 200);
    for name in ["hcp-ns-auth", "hcp-api-auth"] {
        let cookie = format!("a=b; {name}={token}");
        assert_eq!(
            none().header("cookie", &cookie).status().await,
            200,
            "{name}"
        );
    }
    let ad = none().header("authorization", "AD root@example.com:toor12");
    let ad = ad.send().await;
    assert_eq!(ad.status, 200);
    let (cookie, _) = ad.header("set-cookie").split_once(';').unwrap();
    assert!(cookie.starts_with("HCAP-Login="), "{cookie}");
    assert_eq!(none().header("cookie", cookie).status().await, 200);
    assert_eq!(
        none().header("cookie", "HCAP-Login=made-up").status().await,
        403
    );

    let mut root = User::new("root", "toor12").with_roles([Role::Monitor]);
    root.enabled = false;
    hcp.set_system_user(root);
    assert_eq!(none().header("cookie", cookie).status().await, 403);
    assert_eq!(none().header("authorization", &header).status().await, 403);
}

/// Properties have masters of their own.
#[tokio::test]
async fn administrators_and_security_share_an_account() {
    let hcp = start().await;
    let of = |name: &str, roles: &[Role]| {
        let user = User::new(name, "pass-1").with_roles(roles.iter().copied());
        hcp.set_user("europe", user);
    };
    of("adam", &[Role::Administrator]);
    of("sven", &[Role::Security]);
    let manages = json!({"allowNamespaceManagement": false});
    let enabled = json!({"enabled": true, "description": "x"});
    for (name, document, target, status) in [
        ("adam", &manages, "", 200),
        ("sven", &manages, "", 403),
        ("adam", &enabled, "", 403),
        ("sven", &enabled, "", 200),
        ("adam", &json!({}), "?password=pass-2", 403),
        ("sven", &json!({}), "?password=pass-2", 200),
        ("sven", &json!({}), "?password=short", 400),
        ("sven", &json!({"roles": {"role": ["KING"]}}), "", 400),
        ("sven", &json!({"userGUID": "x"}), "", 403),
    ] {
        let target = format!("/tenants/europe/userAccounts/bob{target}");
        let asked = ask(&hcp, "POST", &target).of("europe", name, "pass-1");
        let got = asked.json(document).status().await;
        assert_eq!(got, status, "{name}: {document} {target}");
    }
    for name in ["ann", "bob"] {
        let target = format!("/tenants/europe/userAccounts/{name}");
        let gone = ask(&hcp, "DELETE", &target).of("europe", "sven", "pass-1");
        assert_eq!(gone.status().await, 200, "{name}");
    }
    let last = ask(&hcp, "DELETE", "/tenants/europe/userAccounts/sven");
    let last = last.of("europe", "sven", "pass-1").send().await;
    assert_eq!(last.status, 403, "the last security account");
}

/// Whether the API is on is a matter of the system and of the tenant.
#[tokio::test]
async fn the_api_can_be_off() {
    let hcp = start().await;
    let ann = || ask(&hcp, "GET", "/tenants/europe").of("europe", "ann", "secret");
    hcp.set_tenant_management("europe", false).unwrap();
    assert_eq!(ann().status().await, 403);
    assert_eq!(ask(&hcp, "GET", "/tenants/europe").status().await, 200);
    let buckets = || crate::support::get(&hcp, "/").send();
    assert_eq!(buckets().await.error(), (403, "AccessDenied"));
    hcp.set_tenant_management("europe", true).unwrap();
    assert_eq!(ann().status().await, 200);
    assert_eq!(buckets().await.status, 200);
    hcp.set_management(false);
    assert_eq!(ann().status().await, 403);
    assert_eq!(ask(&hcp, "GET", "/tenants").status().await, 403);
}
