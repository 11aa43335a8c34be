//! What the operator does: drops what is kept, and puts one process in the place of another.

use portico_redis::testkit::{Server, until};

use super::house::{Answer, House, Request};
use super::{BUCKET, Keys, Plan, Reader, keeping};

const TOKEN: &str = "the token of whoever runs the house";

/// Two houses before one store, with one Redis.
fn replicas(redis: &Server) -> [House; 2] {
    let with = |plan: Plan<'static>| {
        let plan = plan.with("cache.enabled", true);
        plan.with("redis.url", redis.url())
            // What is slow for a moment would be a miss.
            .with("cache.redis_timeout", "5s")
            .with("admin.token", TOKEN)
    };
    let one = with(Plan::hcp()).open();
    let other = with(Plan::beside(&one)).open();
    [one, other]
}

fn purge(house: &House, query: &str, token: Option<&str>) -> u16 {
    let request = Request::new("DELETE", &format!("/api/v1/cache{query}"));
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    house.admin(request).status
}

fn is_hit(answer: &Answer) -> bool {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
        .header("cache-status")
        .is_some_and(|said| said.starts_with("portico; hit"))
}

#[test]
fn what_the_operator_drops_is_gone_from_every_replica() {
    let redis = Server::start();
    let houses = replicas(&redis);
    let [one, other] = &houses;
    one.store().put("k", b"twelve bytes");
    let readers = |tenant: &str| {
        let keys = one.keys(tenant);
        [one, other].map(|house| with(&keys, house))
    };
    let (research, archive) = (readers("research"), readers("archive"));
    let warm = |readers: &[Reader<'_>; 2], read: &str| {
        for reader in readers {
            until("it is kept", || is_hit(&reader.ask(read)));
        }
    };
    let warm_all = || {
        warm(&research, "HEAD /k");
        warm(&research, "GET");
        warm(&archive, "GET .?list-type=2");
    };
    let hits = |readers: &[Reader<'_>; 2], read: &str| {
        // The other replica first: what is asked for again is kept again.
        [&readers[1], &readers[0]].map(|reader| is_hit(&reader.ask(read)))
    };
    let bucket = format!("?tenant=research&prefix=/{BUCKET}/k");
    warm_all();
    assert_eq!(purge(one, &bucket, None), 401);
    assert_eq!(purge(one, &bucket, Some("a guess")), 401);
    assert_eq!(purge(one, "?prefix=/", Some(TOKEN)), 422);
    assert_eq!(hits(&research, "HEAD /k"), [true, true]);

    assert_eq!(purge(one, &bucket, Some(TOKEN)), 204);
    assert!(
        !is_hit(&research[1].ask("HEAD /k")),
        "the other has lost it too"
    );
    assert_eq!(
        hits(&research, "GET"),
        [true, true],
        "no more than was asked for"
    );
    assert_eq!(hits(&archive, "GET .?list-type=2"), [true, true]);

    warm_all();
    assert_eq!(purge(other, "?tenant=research", Some(TOKEN)), 204);
    assert!(!is_hit(&research[0].ask("HEAD /k")));
    assert!(!is_hit(&research[0].ask("GET")));
    assert_eq!(hits(&archive, "GET .?list-type=2"), [true, true]);
}

#[test]
fn without_a_token_of_the_settings_nobody_drops_anything() {
    let house = keeping().open();
    let reader = Reader::new(&house, "research");
    reader.ask("GET");
    for token in [None, Some(""), Some(TOKEN)] {
        assert_eq!(purge(&house, "?tenant=research", token), 403);
    }
    assert!(reader.is_kept("GET"));
}

/// What a reader is told of the object, and whether it was kept.
fn seen(reader: &Reader<'_>) -> (String, bool) {
    let answer = reader.ask("HEAD /k");
    let length = answer.header("content-length").expect("a length");
    (length.to_owned(), is_hit(&answer))
}

fn with<'a>(keys: &Keys, house: &'a House) -> Reader<'a> {
    let keys = keys.clone();
    Reader { house, keys }
}

#[test]
fn while_one_process_follows_another_nothing_old_is_given() {
    let mut old = keeping().with("process.shutdown_timeout", "30s").open();
    old.store().put("k", b"twelve bytes");
    let keys = old.keys("research");
    let before = with(&keys, &old);
    before.ask("HEAD /k");
    assert_eq!(seen(&before), ("12".to_owned(), true));

    // A write that the old one is in the middle of when its successor comes.
    let write = before.request("PUT /k").header("expect", "100-continue");
    let write = keys.sign(write.body("five!"));
    let mut writer = old.connect();
    writer.send(write.head());
    let told = writer.head().expect("it may send its body");
    assert!(told.line.contains("100"), "{told:?}");
    old.portico.signal("QUIT");
    let new = Plan::after(&old).with("cache.enabled", true).open();
    old.portico.line("waiting for exchanges to finish");

    let after = with(&keys, &new);
    for _ in 0..2 {
        assert_eq!(
            seen(&after),
            ("12".to_owned(), false),
            "nothing is kept yet"
        );
    }
    let put = after.request("PUT /other").body("of the new one");
    assert_eq!(after.send(put).status, 200);
    writer.send(b"five!");
    assert_eq!(writer.answer().status, 200);
    assert_eq!(seen(&after).0, "5", "what the old one has written");

    assert!(old.portico.ended().success());
    until("answers are kept again", || seen(&after).1);
    assert_eq!(
        after.send(after.request("PUT /k").body("seven!!")).status,
        200
    );
    assert_eq!(seen(&after), ("7".to_owned(), false));
    assert_eq!(seen(&after), ("7".to_owned(), true));
}
