//! Templates of namespaces.

use portico_hcp::testkit::{Deed, Seen};
use serde_json::{Value, json};

use super::House;

/// A tenant with two namespaces; one of them has everything.
fn hcp(seen: &Seen) -> Deed {
    let below = seen
        .target
        .strip_prefix("/mapi/tenants/t1/namespaces/")
        .unwrap();
    let text = match below {
        "full?verbose=true" => json!({"description": "d", "id": "1", "name": "full", "dpl": "x",
            "creationTime": "now", "softQuota": 85, "newest": 1}),
        "bare?verbose=true" => json!({"name": "bare"}),
        "full/versioningSettings" => json!({"enabled": true}),
        "full/complianceSettings" => json!({"shreddingDefault": false}),
        "full/permissions" => json!({"permission": ["READ"]}),
        "full/protocols/http" => json!({"httpEnabled": true}),
        "full/protocols/nfs" => json!({"enabled": false}),
        "full/retentionClasses" => json!({"name": ["a b", "c"]}),
        "full/retentionClasses/a%20b" => json!({"name": "a b", "value": "0"}),
        "full/retentionClasses/c" => return Deed::json(503, "busy"),
        "full/customMetadataIndexingSettings" => json!({"fullIndexingEnabled": true}),
        "full/protocols/smtp" => return Deed::json(403, "no right"),
        "full/cors" => json!({"cors": "<CORSConfiguration/>"}),
        "full/replicationCollisionSettings" => json!({"action": "MOVE"}),
        "full/protocols/cifs" => json!({}),
        path if path.ends_with("/cors") || path.contains("unknown") => return Deed::json(404, ""),
        path if path.starts_with("bare/") => json!({}),
        other => panic!("{other}"),
    };
    Deed::json(200, text.to_string())
}

fn full() -> Value {
    json!({
        "name": "full", "description": "d", "softQuota": 85, "newest": 1,
        "versioning": {"enabled": true},
        "compliance": {"shreddingDefault": false},
        "permissions": {"permission": ["READ"]},
        "protocols": {"http": {"httpEnabled": true}, "nfs": {"enabled": false}},
        "retentionClasses": [{"name": "a b", "value": "0"}],
        "indexing": {"fullIndexingEnabled": true},
        "cors": {"cors": "<CORSConfiguration/>"},
        "replicationCollision": {"action": "MOVE"},
        "errors": [
            {"part": "protocols.smtp", "status": 403, "detail": "no right"},
            {"part": "retentionClasses.c", "status": 503, "detail": "HCP unavailable: busy"},
        ],
    })
}

#[tokio::test]
async fn a_template_has_everything_but_what_is_the_namespaces_own() {
    let house = House::before(hcp).await;
    let got = house.get("/tenants/t1/namespaces/full/export").await;
    let expected = json!({"version": "1.0", "exportedAt": "2026-11-22T04:00:00.000000+00:00",
        "sourceTenant": "t1", "namespaces": [full()]});
    assert_eq!(got.text(), expected.to_string());
    assert_eq!(house.seen().len(), 14);
}

#[tokio::test]
async fn several_come_in_the_order_that_was_asked_for() {
    let house = House::before(hcp).await;
    let got = house
        .get("/tenants/t1/namespaces/export?names=bare,%20,full%20")
        .await;
    let namespaces = &got.json()["namespaces"];
    assert_eq!(namespaces, &json!([{"name": "bare"}, full()]));
    let none = house.get("/tenants/t1/namespaces/export?names=,").await;
    assert_eq!(none.json()["namespaces"], json!([]));
}

#[tokio::test]
async fn there_is_no_template_of_what_is_not_there() {
    let house = House::before(hcp).await;
    for path in ["unknown/export", "export?names=bare,unknown"] {
        let got = house.get(&format!("/tenants/t1/namespaces/{path}")).await;
        let detail = json!({"detail": "namespace 'unknown' not found"});
        assert_eq!((got.status.as_u16(), got.json()), (404, detail), "{path}");
    }
    let refused = House::before(|_| Deed::json(401, "")).await;
    let got = refused.get("/tenants/t1/namespaces/full/export").await;
    assert_eq!(got.status, 401);
    let got = house.get("/tenants/t1/namespaces/export?names=a%2Fb").await;
    assert_eq!(got.status, 404);
}
