//! What lists show: names, in pages, and what verbose adds to documents.

use hcp_simulator::{Assumptions, SingleLists, VerboseLists};
use serde_json::{Value, json};

use crate::ask::{Ask, ask, start};

fn ann<'a>(hcp: &'a hcp_simulator::Simulator, method: &str, target: &str) -> Ask<'a> {
    let target = format!("/tenants/europe{target}");
    ask(hcp, method, &target).of("europe", "ann", "secret")
}

#[tokio::test]
async fn namespaces_come_in_pages() {
    let hcp = start().await;
    for (name, quota, tag) in [("Alpha", "2 TB", "red"), ("beta", "1 GB", "blue")] {
        let new = json!({"name": name, "hardQuota": quota, "tags": {"tag": [tag]}});
        assert_eq!(
            ann(&hcp, "PUT", "/namespaces").json(&new).status().await,
            200
        );
    }
    for (query, wanted) in [
        ("", json!(["Alpha", "beta", "maps"])),
        ("?verbose=true", json!(["Alpha", "beta", "maps"])),
        ("?offset=1&count=1", json!(["beta"])),
        ("?offset=9", json!([])),
        (
            "?sortType=hardQuota&sortOrder=descending&count=1",
            json!(["Alpha"]),
        ),
        ("?filterString=B", json!(["beta"])),
        ("?filterType=tag&filterString=re", json!(["Alpha"])),
    ] {
        let (status, list) = ann(&hcp, "GET", &format!("/namespaces{query}"))
            .read()
            .await;
        assert_eq!((status, &list["name"]), (200, &wanted), "{query}");
    }
    for bad in ["count=x", "sortType=size", "filterString=a,b"] {
        let status = ann(&hcp, "GET", &format!("/namespaces?{bad}"))
            .status()
            .await;
        assert_eq!(status, 400, "{bad}");
    }
    let users = "/userAccounts?sortType=username&sortOrder=descending&count=1";
    let (_, list) = ann(&hcp, "GET", users).read().await;
    assert_eq!(list, json!({"username": ["bob"]}));
}

/// A tenant sees less of itself than the system does.
#[tokio::test]
async fn verbose_shows_what_cannot_be_changed() {
    let hcp = start().await;
    let tenant = |query: &'static str| {
        let hcp = &hcp;
        async move { ann(hcp, "GET", query).read().await.1 }
    };
    let has = |document: &Value, name: &str| !document[name].is_null();
    let plain = tenant("").await;
    assert!(has(&plain, "maxNamespacesPerUser"));
    assert!(!has(&plain, "hardQuota") && !has(&plain, "id"));
    let verbose = tenant("?verbose=true").await;
    assert!(has(&verbose, "hardQuota") && has(&verbose, "id"));
    assert!(!has(&verbose, "systemVisibleDescription"));
    let (_, above) = ask(&hcp, "GET", "/tenants/EUROPE").read().await;
    assert!(has(&above, "hardQuota") && has(&above, "systemVisibleDescription"));
    assert!(!has(&above, "id"));
    let quota = json!({"hardQuota": "5 TB"});
    assert_eq!(ann(&hcp, "POST", "").json(&quota).status().await, 403);
    assert_eq!(
        ask(&hcp, "POST", "/tenants/europe")
            .json(&quota)
            .status()
            .await,
        200
    );
    let (_, above) = ask(&hcp, "GET", "/tenants/europe").read().await;
    assert_eq!(above["hardQuota"], "5 TB");
}

#[tokio::test]
async fn lists_may_have_other_shapes() {
    let hcp = start().await;
    hcp.assume(Assumptions {
        verbose_lists: VerboseLists::Objects,
        single_lists: SingleLists::Bare,
        ..Assumptions::default()
    });
    let (_, accounts) = ann(&hcp, "GET", "/userAccounts?verbose=true").read().await;
    assert_eq!(accounts[0]["username"], "ann");
    let (_, accounts) = ann(&hcp, "GET", "/userAccounts").read().await;
    assert_eq!(accounts, json!({"username": ["ann", "bob"]}));
    let (_, namespaces) = ann(&hcp, "GET", "/namespaces").read().await;
    assert_eq!(namespaces, json!({"name": "maps"}));
}
