//! Buckets and what is set for them.

use hcp_simulator::{Fault, Port, Trouble};
use http::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, refusal};
use crate::house::{BUCKET, Plan};

#[test]
fn a_bucket_is_made_seen_and_deleted() {
    let desk = Desk::hcp();
    let made = desk.tell("POST", "", &json!({"bucket": "fresh"}));
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.json(), json!({"status": "created", "bucket": "fresh"}));
    let told = desk.good("GET", "");
    let names: Vec<_> = told["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| &b["Name"])
        .collect();
    assert_eq!(names, [BUCKET, "fresh"]);
    let created = told["buckets"][0]["CreationDate"].as_str().unwrap();
    assert!(
        created.starts_with("20") && created.ends_with('Z'),
        "{created}"
    );
    assert_eq!(told["owner"]["DisplayName"], "ada");
    let there = desk.ask("HEAD", "/fresh");
    assert_eq!(
        (there.status, there.header("content-length")),
        (200, Some("0"))
    );
    assert_eq!(there.header("content-type"), None);
    let gone = desk.good("DELETE", "/fresh");
    assert_eq!(gone, json!({"status": "deleted", "bucket": "fresh"}));
    assert_eq!(desk.ask("HEAD", "/fresh").status, 404);
}

#[test]
fn what_is_wrong_with_a_bucket_is_told() {
    let desk = Desk::hcp();
    let told = |answer| refusal(&answer);
    let (status, words) = told(desk.ask("DELETE", "/nowhere"));
    assert_eq!(status, 404);
    assert!(words.starts_with("bucket 'nowhere': "), "{words}");
    desk.store("k", b"x");
    let (status, words) = told(desk.ask("DELETE", &format!("/{BUCKET}")));
    assert_eq!(status, 409, "{words}");
    let (status, words) = told(desk.tell("POST", "", &json!({"bucket": "no?bucket"})));
    assert_eq!(
        (status, words.contains("not valid")),
        (400, true),
        "{words}"
    );
    let missing = desk.tell("POST", "", &json!({}));
    assert_eq!(missing.status, 422);
    assert_eq!(
        missing.json()["detail"][0]["loc"],
        json!(["body", "bucket"])
    );
    assert_eq!(desk.ask("GET", "/a%2Fb/versioning").status, 404);
    assert_eq!(desk.ask("GET", "/a%3Fb/versioning").status, 400);
    let method = desk.ask("GET", &format!("/{BUCKET}"));
    assert_eq!(refusal(&method), (405, "Method Not Allowed".to_owned()));
    let redirected = desk.ask("GET", "/");
    assert_eq!(redirected.status, 307);
    let force = desk.ask("DELETE", &format!("/{BUCKET}?force=perhaps"));
    assert_eq!(force.json()["detail"][0]["type"], "bool_parsing");
}

#[test]
fn versioning_is_set_and_versions_are_told() {
    let desk = Desk::hcp();
    let at = |word: &str| format!("/{BUCKET}/{word}");
    let unset = json!({"status": null, "mfa_delete": null});
    assert_eq!(desk.good("GET", &at("versioning")), unset);
    let set = desk.tell("PUT", &at("versioning"), &json!({"status": "Enabled"}));
    assert_eq!(
        set.json(),
        json!({"status": "updated", "versioning": "Enabled"})
    );
    assert_eq!(desk.good("GET", &at("versioning"))["status"], "Enabled");
    for data in ["one", "two"] {
        desk.store("k +%", data.as_bytes());
    }
    desk.good("DELETE", &crate::desk::object("k +%"));
    let told = desk.good("GET", &at("versions?prefix=k"));
    assert_eq!(told["key_count"], 3, "{told}");
    assert_eq!(told["versions"].as_array().unwrap().len(), 2);
    assert_eq!(told["versions"][0]["Key"], "k +%");
    assert_eq!(told["delete_markers"][0]["IsLatest"], true);
    let first = told["versions"][0]["VersionId"].as_str().unwrap();
    let old = desk.ask(
        "GET",
        &format!("{}?version_id={first}", crate::desk::object("k +%")),
    );
    assert_eq!(old.text(), "one", "HCP tells the oldest first");
    let page = desk.good("GET", &at("versions?max_keys=1"));
    assert_eq!(
        (&page["is_truncated"], &page["next_key_marker"]),
        (&json!(true), &json!("k +%"))
    );
    let bad = desk.tell("PUT", &at("versioning"), &json!({"status": "Perhaps"}));
    assert_eq!(bad.status, 400, "{bad:?}");
}

#[test]
fn lists_of_rights_and_rules_for_origins_come_back() {
    for desk in [Desk::hcp(), Desk::hcp10()] {
        let at = |word: &str| format!("/{BUCKET}/{word}");
        let told = desk.good("GET", &at("acl"));
        assert_eq!(told["owner"]["DisplayName"], "ada", "{told}");
        let everyone = json!({
            "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
            "Permission": "READ",
        });
        let policy = json!({"Owner": told["owner"], "Grants": [told["grants"][0], everyone]});
        let set = desk.tell("PUT", &at("acl"), &policy);
        assert_eq!(
            set.json(),
            json!({"status": "updated", "bucket": null}),
            "{set:?}"
        );
        assert_eq!(desk.good("GET", &at("acl"))["grants"][1], everyone);
        let (status, words) = refusal(&desk.ask("GET", &at("cors")));
        assert_eq!(status, 404, "{words}");
        let rule = json!({
            "AllowedMethods": ["GET"], "AllowedOrigins": ["https://a.example"], "MaxAgeSeconds": 7,
        });
        let set = desk.tell("PUT", &at("cors"), &json!({"CORSRules": [rule]}));
        assert_eq!(
            set.json(),
            json!({"status": "updated", "bucket": null}),
            "{set:?}"
        );
        assert_eq!(desk.good("GET", &at("cors")), json!({"cors_rules": [rule]}));
        let bad = desk.tell(
            "PUT",
            &at("cors"),
            &json!({"CORSRules": [{"AllowedMethods": ["GET"]}]}),
        );
        assert_eq!(bad.status, 400, "{bad:?}");
        let gone = desk.good("DELETE", &at("cors"));
        assert_eq!(gone, json!({"status": "deleted", "bucket": null}));
        assert_eq!(desk.ask("GET", &at("cors")).status, 404);
    }
}

#[test]
fn other_stores_are_not_asked_for_what_hcp_alone_has() {
    let desk = Desk::shared(Plan::shared().users(vec![crate::rules::everything()]));
    for (method, word, name) in [
        ("GET", "acl", "get_bucket_acl"),
        ("PUT", "acl", "put_bucket_acl"),
        ("GET", "cors", "get_bucket_cors"),
        ("PUT", "cors", "put_bucket_cors"),
        ("DELETE", "cors", "delete_bucket_cors"),
    ] {
        let answer = desk.tell(method, &format!("/{BUCKET}/{word}"), &json!({}));
        let words = format!("bucket '{BUCKET}': '{name}' is not supported by the minio backend");
        assert_eq!(refusal(&answer), (501, words), "{method} {word}");
    }
    assert_eq!(
        desk.good("GET", &format!("/{BUCKET}/versioning"))["status"],
        Value::Null
    );
}

/// A bucket with versions, markers and folders in it.
fn filled(desk: &Desk) {
    desk.tell("POST", "", &json!({"bucket": "full"}));
    let enabled = json!({"status": "Enabled"});
    desk.tell("PUT", "/full/versioning", &enabled);
    for key in ["a/b/1", "a/b/1", "a/2", "c"] {
        assert_eq!(
            desk.upload(&format!("/full/objects/{key}"), b"x").status,
            201
        );
    }
    desk.good("DELETE", "/full/objects/c");
}

#[test]
fn a_bucket_is_deleted_with_all_that_is_in_it() {
    for desk in [Desk::hcp(), Desk::hcp10()] {
        filled(&desk);
        assert_eq!(desk.ask("DELETE", "/full").status, 409);
        let gone = desk.ask("DELETE", "/full?force=true");
        let told = json!({"status": "deleted", "bucket": "full"});
        assert_eq!((gone.status, gone.json()), (200, told), "{gone:?}");
        assert_eq!(desk.ask("HEAD", "/full").status, 404);
        let (status, words) = refusal(&desk.ask("DELETE", "/nowhere?force=1"));
        assert_eq!(
            (status, words.starts_with("bucket 'nowhere': ")),
            (404, true),
            "{words}"
        );
    }
    let desk = Desk::shared(Plan::shared().users(vec![crate::rules::everything()]));
    filled(&desk);
    assert_eq!(desk.ask("DELETE", "/full?force=yes").status, 200);
}

/// S3 refuses to delete this bucket for as long as it is asked.
fn refused_by_s3(desk: &Desk, times: u32) {
    let refusal = Trouble::Status {
        status: 409,
        message: None,
    };
    let fault = Fault::new(refusal).method(&Method::DELETE).path("/full");
    desk.house
        .store()
        .add_fault(fault.port(Port::Data).times(times));
}

#[test]
fn what_s3_keeps_hcps_management_may_let_go() {
    let plan = Plan::hcp().with("cache.enabled", true);
    let desk = Desk::of(plan.open());
    filled(&desk);
    assert_eq!(desk.good("GET", "")["buckets"].as_array().unwrap().len(), 2);
    refused_by_s3(&desk, 2);
    let gone = desk.ask("DELETE", "/full?force=true");
    assert_eq!(gone.status, 200, "{gone:?}");
    let asked = desk.house.store().requests().into_iter();
    let managed: Vec<_> = asked
        .filter(|request| request.path.contains("/namespaces/full"))
        .collect();
    assert_eq!(managed.len(), 3, "{managed:?}");
    assert_eq!(desk.good("GET", "")["buckets"].as_array().unwrap().len(), 1);
    assert_eq!(desk.ask("HEAD", "/full").status, 404);
}

#[test]
fn a_bucket_that_nobody_can_delete_is_told_with_the_reason() {
    let desk = Desk::hcp();
    filled(&desk);
    refused_by_s3(&desk, 9);
    let broken = Trouble::Status {
        status: 409,
        message: Some("busy".to_owned()),
    };
    let fault = Fault::new(broken).port(Port::Mapi).times(9);
    desk.house.store().add_fault(fault);
    let words = "bucket 'full': Could not delete bucket. HCP is still cleaning up internal deletion \
                 records. Please try again in a few minutes.";
    let answer = desk.ask("DELETE", "/full?force=true");
    assert_eq!(refusal(&answer), (409, words.to_owned()));
}
