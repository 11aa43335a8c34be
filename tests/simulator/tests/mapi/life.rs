//! What is managed and what S3 sees of it.

use http::Method;
use serde_json::json;

use crate::ask::{ask, start};
use crate::support::{self, call, get, put};

/// From an empty system to data and back again.
#[tokio::test]
async fn a_tenant_lives_and_dies() {
    let hcp = start().await;
    let tenant = json!({"name": "Finance", "hardQuota": "1 TB"});
    let target = "/tenants?username=sue&password=start123";
    assert_eq!(ask(&hcp, "PUT", target).json(&tenant).status().await, 200);
    assert_eq!(ask(&hcp, "PUT", target).json(&tenant).status().await, 409);
    let user = json!({
        "username": "lee", "fullName": "Lee Green", "enabled": true,
        "localAuthentication": true, "forcePasswordChange": false,
        "roles": {"role": ["ADMINISTRATOR", "MONITOR"]},
    });
    let users = "/tenants/finance/userAccounts";
    let created = ask(&hcp, "PUT", &format!("{users}?password=green123"));
    let created = created.of("finance", "sue", "start123").json(&user);
    assert_eq!(created.status().await, 200);
    let lee =
        |method: &str, target: &str| ask(&hcp, method, target).of("finance", "lee", "green123");
    let namespace = json!({"name": "Accounts", "owner": "lee"});
    let namespaces = "/tenants/finance/namespaces";
    assert_eq!(lee("PUT", namespaces).json(&namespace).status().await, 200);
    assert_eq!(lee("PUT", namespaces).json(&namespace).status().await, 409);

    let finance = format!("finance.{}", hcp.domain());
    let s3 = |call: support::Call| call.host(&finance).user("lee", "green123");
    let stored = s3(put(&hcp, "/accounts/a/b", "12345")).send().await;
    assert_eq!(stored.status, 200, "{}", stored.text());
    let one = format!("{namespaces}/ACCOUNTS");
    let (_, statistics) = lee("GET", &format!("{one}/statistics")).read().await;
    assert_eq!(statistics["objectCount"], 1);
    assert_eq!(statistics["ingestedVolume"], 5);
    let (_, sum) = lee("GET", "/tenants/finance/statistics").read().await;
    assert_eq!(sum, statistics);

    let refused = lee("DELETE", &one).send().await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.header("x-hcp-errormessage"),
        "The namespace is not empty."
    );
    let gone = s3(call(&hcp, Method::DELETE, "/accounts/a/b")).send().await;
    assert_eq!(gone.status, 204);
    assert_eq!(ask(&hcp, "DELETE", "/tenants/finance").status().await, 403);
    assert_eq!(lee("DELETE", &one).status().await, 200);
    assert_eq!(lee("HEAD", &one).status().await, 302);
    assert_eq!(s3(get(&hcp, "/accounts/")).send().await.status, 404);
    assert_eq!(ask(&hcp, "DELETE", "/tenants/finance").status().await, 200);
    assert_eq!(lee("GET", &one).status().await, 403);
}

/// What S3 makes is managed, what is managed S3 sees.
#[tokio::test]
async fn namespaces_are_buckets() {
    let hcp = start().await;
    let ann = |method: &str, target: &str| {
        let target = format!("/tenants/europe{target}");
        ask(&hcp, method, &target).of("europe", "ann", "secret")
    };
    assert_eq!(
        call(&hcp, Method::PUT, "/roads")
            .header("content-length", "0")
            .send()
            .await
            .status,
        200
    );
    let (_, list) = ann("GET", "/namespaces").read().await;
    assert_eq!(list, json!({"name": ["maps", "roads"]}));
    let (_, roads) = ann("GET", "/namespaces/Roads?verbose=true").read().await;
    assert_eq!(roads["owner"], "ann");
    assert_eq!(roads["fullyQualifiedName"], "roads.europe.hcp.test");
    let (_, http) = ann("GET", "/namespaces/roads/protocols/http").read().await;
    assert_eq!(http["hs3Enabled"], true);

    let versions = json!({"enabled": true, "prune": "true", "pruneDays": "5"});
    let settings = "/namespaces/roads/versioningSettings";
    assert_eq!(ann("POST", settings).json(&versions).status().await, 200);
    let shown = get(&hcp, "/roads?versioning=").send().await;
    assert_eq!(shown.element("Status"), "Enabled");
    let (_, settings) = ann("GET", settings).read().await;
    assert_eq!(
        (&settings["prune"], &settings["pruneDays"]),
        (&json!(true), &json!(5))
    );

    let once = json!({"s3UnversionedOverwrite": false});
    assert_eq!(
        ann("POST", "/namespaces/maps").json(&once).status().await,
        200
    );
    assert_eq!(put(&hcp, "/maps/k", "1").send().await.status, 200);
    assert_eq!(put(&hcp, "/maps/k", "2").send().await.status, 409);
    let owner = json!({"owner": "BOB"});
    assert_eq!(
        ann("POST", "/namespaces/maps").json(&owner).status().await,
        200
    );
    let listed = get(&hcp, "/").user("bob", "hush").send().await;
    assert!(listed.text().contains("<Name>maps</Name>"));
    assert_eq!(get(&hcp, "/maps/k").send().await.status, 403);
}

#[tokio::test]
async fn accounts_are_the_users_of_s3() {
    let hcp = start().await;
    let ann = |method: &str, target: &str| {
        let target = format!("/tenants/europe/userAccounts{target}");
        ask(&hcp, method, &target).of("europe", "ann", "secret")
    };
    let cleo = "<userAccount><username>cleo</username><fullName>Cleo &amp; Co</fullName>\
                <enabled>true</enabled><localAuthentication>true</localAuthentication>\
                <forcePasswordChange>false</forcePasswordChange><roles/></userAccount>";
    assert_eq!(ann("PUT", "?password=asp123").xml(cleo).status().await, 200);
    assert_eq!(ann("PUT", "?password=asp123").xml(cleo).status().await, 409);
    let s3 = |password| get(&hcp, "/").user("cleo", password).send();
    assert_eq!(s3("asp123").await.status, 200);
    let (_, list) = ann("GET", "").read().await;
    assert_eq!(list, json!({"username": ["ann", "bob", "cleo"]}));
    let shown = ann("GET", "/Cleo").send().await;
    assert!(shown.header("content-type").starts_with("application/xml"));
    let xml = shown.text();
    assert!(xml.contains("<fullName>Cleo &amp; Co</fullName>"), "{xml}");
    assert!(!xml.contains("userGUID"), "{xml}");
    let (_, whole) = ann("GET", "/cleo?verbose=true").read().await;
    assert!(whole["userGUID"].is_string() && whole["userID"].is_number());

    let new = json!({"newPassword": "viper456"});
    assert_eq!(
        ann("POST", "/cleo/changePassword")
            .json(&new)
            .status()
            .await,
        200
    );
    assert_eq!(s3("asp123").await.status, 403);
    assert_eq!(s3("viper456").await.status, 200);
    let off = json!({"enabled": false});
    assert_eq!(ann("POST", "/cleo").json(&off).status().await, 200);
    assert_eq!(s3("viper456").await.error(), (403, "AccessDenied"));
    assert_eq!(ann("DELETE", "/cleo").status().await, 200);
    assert_eq!(s3("viper456").await.error(), (403, "InvalidAccessKeyId"));
}

/// Data access permissions let users of S3 in, as far as they go.
#[tokio::test]
async fn permissions_open_namespaces_to_users() {
    let hcp = start().await;
    let ann = |method: &str, target: &str| {
        let target = format!("/tenants/europe/userAccounts{target}");
        ask(&hcp, method, &target).of("europe", "ann", "secret")
    };
    let given = json!({"namespacePermission": [
        {"namespaceName": "maps", "permissions": {"permission": ["READ", "BROWSE"]}},
    ]});
    let bob = "/bob/dataAccessPermissions";
    assert_eq!(ann("POST", bob).json(&given).status().await, 200);
    assert_eq!(put(&hcp, "/maps/k", "x").send().await.status, 200);
    assert_eq!(
        get(&hcp, "/maps/k").user("bob", "hush").send().await.text(),
        "x"
    );
    assert_eq!(
        put(&hcp, "/maps/k", "y")
            .user("bob", "hush")
            .send()
            .await
            .status,
        403
    );
    let (_, shown) = ann("GET", bob).read().await;
    assert_eq!(
        shown["namespacePermission"][0]["permissions"]["permission"],
        json!(["BROWSE", "READ"])
    );
    let absent = json!({"namespacePermission": [{"namespaceName": "mars"}]});
    assert_eq!(ann("POST", bob).json(&absent).status().await, 400);
    let page = ann("GET", &format!("{bob}?offset=1")).read().await;
    assert_eq!(page, (200, json!({"namespacePermission": []})));
}
