//! Users of a generic store, over the wire: what their rules let through, whichever way they prove
//! who they are, and what ends their tokens.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{Answer, BUCKET, HASH, House, Keys, OTHER_HASH, Plan, Request, Upstream, rule, user};
use toml::Table;

const FORM: &str = "username=ada&password=hush";

/// `ada` has a folder of the bucket and may read another.
fn ada(hash: &str) -> Table {
    let rules = vec![
        rule(&[BUCKET], &["mine/"], false),
        rule(&[BUCKET], &["ours/"], true),
    ];
    user("ada", hash, rules)
}

fn furnished() -> House {
    let house = Plan::shared().users(vec![ada(HASH)]).open();
    for key in ["mine/a", "ours/b", "theirs/c"] {
        house.store().put(key, key);
    }
    house
}

#[track_caller]
fn is_closed(answer: &Answer) {
    assert_eq!(
        answer.error(),
        (403, "AccessDenied".to_owned()),
        "{answer:?}"
    );
}

fn object(key: &str) -> String {
    format!("/{BUCKET}/{key}")
}

#[test]
fn a_session_sees_what_its_user_may_see() {
    let house = furnished();
    let keys = house.session(&house.token(FORM));
    let ask = |method: &str, key: &str| {
        house.ask(&keys.sign(house.request(method, &object(key)).body("new")))
    };
    assert_eq!(
        house.ask(&house.get(&keys, &object("mine/a"))).text(),
        "mine/a"
    );
    assert_eq!(
        house.ask(&house.get(&keys, &object("ours/b"))).text(),
        "ours/b"
    );
    is_closed(&house.ask(&house.get(&keys, &object("theirs/c"))));
    assert_eq!(ask("PUT", "mine/new").status, 200);
    assert_eq!(house.store().object("mine/new").unwrap(), b"new");
    is_closed(&ask("PUT", "ours/new"));
    is_closed(&ask("DELETE", "theirs/c"));
    is_closed(&ask("PUT", "mine/../theirs/c"));
    assert_eq!(house.store().object("theirs/c").unwrap(), b"theirs/c");
}

#[test]
fn a_bearer_and_a_link_have_the_same_rights() {
    let house = furnished();
    let login = house.token(FORM);
    let keys = house.session(&login);
    for (key, open) in [("mine/a", true), ("theirs/c", false)] {
        let target = object(key);
        let bearer = house.request("GET", &target);
        let bearer = bearer.header("authorization", format!("Bearer {login}"));
        let link = keys.presign(house.request("GET", &target));
        for request in [bearer, link] {
            let answer = house.ask(&request);
            if open {
                assert_eq!(answer.text(), key);
            } else {
                is_closed(&answer);
            }
        }
    }
}

#[test]
fn a_copy_takes_nothing_that_may_not_be_read() {
    let house = furnished();
    let keys = house.session(&house.token(FORM));
    let copy = |from: &str| {
        let request = house.request("PUT", &object("mine/copy"));
        house.ask(&keys.sign(request.header("x-amz-copy-source", object(from)).body("")))
    };
    is_closed(&copy("theirs/c"));
    assert_eq!(house.store().object("mine/copy"), None);
    assert_eq!(copy("ours/b").status, 200);
    assert_eq!(house.store().object("mine/copy").unwrap(), b"ours/b");
}

#[test]
fn a_list_of_deletions_is_all_or_nothing() {
    let house = furnished();
    let keys = house.session(&house.token(FORM));
    let delete = |inner: &str| {
        let request = house.request("POST", &format!("/{BUCKET}?delete="));
        house.ask(&keys.sign(request.body(format!("<Delete>{inner}</Delete>"))))
    };
    let (mine, theirs) = (
        "<Object><Key>mine/a</Key></Object>",
        "<Object><Key>theirs/&#99;</Key></Object>",
    );
    is_closed(&delete(&format!("{mine}{theirs}")));
    assert!(house.store().object("mine/a").is_some());
    assert_eq!(delete(mine).status, 200);
    assert!(house.store().object("mine/a").is_none());
    assert!(house.store().object("theirs/c").is_some());
}

#[test]
fn listings_hold_nothing_that_is_closed() {
    let house = furnished();
    let keys = house.session(&house.token(FORM));
    let list = |target: String| house.ask(&house.get(&keys, &target));
    is_closed(&list(format!("/{BUCKET}?list-type=2")));
    let mine = list(format!("/{BUCKET}?list-type=2&prefix=mine%2F"));
    assert!(mine.text().contains("<Key>mine/a</Key>"), "{mine:?}");
    let buckets = list("/".to_owned());
    assert_eq!(buckets.element("Name"), BUCKET, "{buckets:?}");

    let nothing = Plan::shared()
        .users(vec![user("ada", HASH, Vec::new())])
        .open();
    let keys = nothing.session(&nothing.token(FORM));
    let buckets = nothing.ask(&nothing.get(&keys, "/"));
    assert_eq!(buckets.status, 200);
    assert!(buckets.text().contains("<Buckets"), "{buckets:?}");
    assert!(!buckets.text().contains("<Name>"), "{buckets:?}");
}

#[test]
fn a_wrong_password_and_a_wrong_name_are_one_answer() {
    let house = furnished();
    let wrong = ["username=ada&password=Hush", "username=eda&password=hush"];
    let [one, other] = wrong.map(|form| house.log_in(form));
    assert_eq!(one.status, 401);
    assert_eq!((one.status, one.text()), (other.status, other.text()));
}

#[test]
fn tokens_end_with_their_user_and_with_the_password() {
    let before = furnished();
    let login = before.token(FORM);
    let keys = before.session(&login);
    let still = |users: Vec<Table>| {
        let house = Plan::shared().users(users).open();
        let bearer = house.request("HEAD", &object("mine/a"));
        let bearer = bearer.header("authorization", format!("Bearer {login}"));
        let session = keys.sign(house.request("HEAD", &object("mine/a")));
        [bearer, session].map(|request| house.ask(&request).status)
    };
    let eda = || user("eda", HASH, Vec::new());
    assert_eq!(
        still(vec![eda(), ada(HASH)]),
        [404, 404],
        "the object alone is missing"
    );
    assert_eq!(still(vec![ada(OTHER_HASH)]), [400, 400]);
    assert_eq!(still(vec![eda()]), [400, 400]);
}

#[test]
fn accounts_of_the_configuration_may_have_rules_too() {
    let upstream = Upstream::start();
    let account = |key: &str, more: (&str, toml::Value)| {
        let pairs = [
            ("access_key", key.into()),
            ("secret_key", "its secret".into()),
            more,
        ];
        pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect::<Table>()
    };
    let accounts = vec![
        account(
            "own-rules",
            ("rules", vec![rule(&["logs"], &[], true)].into()),
        ),
        account("as-ada", ("user", "ada".into())),
    ];
    let plan = Plan::before(&upstream).users(vec![ada(HASH)]);
    let house = plan.with("s3.service_accounts", accounts).open();
    let keys = |access_key: &str| Keys {
        access_key: access_key.to_owned(),
        secret_key: "its secret".to_owned(),
        token: None,
    };
    is_closed(&house.ask(&house.get(&keys("own-rules"), "/data/k")));
    is_closed(&house.ask(&house.put(&keys("own-rules"), "/logs/k", "x")));
    is_closed(&house.ask(&house.get(&keys("as-ada"), "/logs/k")));
    assert!(upstream.is_left_alone());
    let mut client = house.connect();
    client.send(house.get(&keys("as-ada"), &object("mine/a")).bytes());
    let mut peer = upstream.accept();
    let arrived = peer.request().unwrap();
    let signed = arrived.header("authorization").unwrap();
    assert!(signed.contains("Credential=AKSTORY/"), "{signed}");
    peer.answer_with("mine");
    assert_eq!(client.answer().text(), "mine");
}

#[test]
fn a_form_post_and_an_unknown_method_are_closed() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream).users(vec![ada(HASH)]).open();
    let bearer = format!("Bearer {}", house.token(FORM));
    for (method, target) in [("POST", "/data"), ("PATCH", "/data/mine/a")] {
        let request = Request::new(method, target).header("host", house.s3);
        is_closed(&house.ask(&request.header("authorization", &bearer).body("x")));
    }
    assert!(upstream.is_left_alone());
}
