//! What no public source says of HCP can be said here.

use hcp_simulator::{Assumptions, ErrorBody, LicenseNames, Unknown};
use serde_json::json;

use crate::ask::{ask, start};

#[tokio::test]
async fn a_head_that_misses_is_302_or_404() {
    let hcp = start().await;
    let head = || ask(&hcp, "HEAD", "/tenants/mars").send();
    let missed = head().await;
    assert_eq!(
        (missed.status.as_u16(), missed.header("location")),
        (302, "")
    );
    assert_eq!(ask(&hcp, "HEAD", "/tenants/europe").status().await, 200);
    hcp.assume(Assumptions {
        redirect_location: Some("/elsewhere".to_owned()),
        ..Assumptions::default()
    });
    assert_eq!(head().await.header("location"), "/elsewhere");
    hcp.assume(Assumptions {
        head_miss: 404,
        error_body: ErrorBody::Text,
        ..Assumptions::default()
    });
    assert_eq!(head().await.status, 404);
    let missed = ask(&hcp, "GET", "/tenants/mars").send().await;
    assert_eq!(missed.text(), missed.header("x-hcp-errormessage"));
    assert_eq!(missed.header("content-type"), "text/plain");
}

#[tokio::test]
async fn unknown_properties_are_kept_ignored_or_refused() {
    let hcp = start().await;
    let target = "/tenants/europe/namespaces/maps";
    let said = json!({"brandNew": {"deep": [1, 2]}, "description": "x"});
    for (unknown, status, shown) in [
        (Unknown::Refuse, 400, json!(null)),
        (Unknown::Ignore, 200, json!(null)),
        (Unknown::Keep, 200, json!({"deep": [1, 2]})),
    ] {
        hcp.assume(Assumptions {
            unknown_properties: unknown,
            ..Assumptions::default()
        });
        let post = ask(&hcp, "POST", target).of("europe", "ann", "secret");
        assert_eq!(post.json(&said).status().await, status, "{unknown:?}");
        let get = ask(&hcp, "GET", target).of("europe", "ann", "secret");
        assert_eq!(get.read().await.1["brandNew"], shown, "{unknown:?}");
    }
}

#[tokio::test]
async fn documents_may_be_taken_more_strictly() {
    let hcp = start().await;
    let class = json!({"name": "scans", "namespaces": ["maps"]});
    let classes = |method: &str, target: &str| {
        let target = format!("/tenants/europe/contentClasses{target}");
        ask(&hcp, method, &target).of("europe", "ann", "secret")
    };
    assert_eq!(classes("PUT", "").json(&class).status().await, 200);
    let (_, shown) = classes("GET", "/scans").read().await;
    assert_eq!(shown["namespaces"], json!({"name": ["maps"]}));
    assert_eq!(ask(&hcp, "POST", "/logs?mark=here").status().await, 200);
    hcp.assume(Assumptions {
        bare_lists: false,
        actions_without_body: false,
        license_names: LicenseNames::Example,
        ..Assumptions::default()
    });
    let other = json!({"name": "plans", "namespaces": ["maps"]});
    assert_eq!(classes("PUT", "").json(&other).status().await, 400);
    assert_eq!(ask(&hcp, "POST", "/logs?mark=here").status().await, 400);
    let link = "/services/replication/links/eu-us?suspend";
    assert_eq!(ask(&hcp, "POST", link).status().await, 200);
    let (_, licenses) = ask(&hcp, "GET", "/storage/licenses").read().await;
    assert_eq!(licenses["license"][0]["licenseType"], "Premium");
}
