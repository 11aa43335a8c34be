//! Links that a browser follows.

use serde_json::{Value, json};

use super::{contents, store};
use crate::desk::{Desk, refusal};
use crate::house::{Answer, Plan, RESEARCH_PASSWORD, Request};
use crate::task::below;

fn given(desk: &Desk, keys: &[&str]) -> Value {
    let order = json!({"keys": keys, "link": true});
    let answer = desk.tell("POST", &below("download"), &order);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

fn follow(desk: &Desk, method: &str, link: &Value, header: Option<(&str, &str)>) -> Answer {
    let mut request = Request::new(method, link["url"].as_str().unwrap());
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let mut client = crate::house::Connection::open(desk.house.api);
    client.send(request.header("host", desk.house.api).bytes());
    client.answer_to(method)
}

#[test]
fn a_link_is_good_for_one_download_without_a_header() {
    let desk = Desk::hcp();
    let made = store(&desk.house, &[("a", 100_000), ("b", 10)]);
    let link = given(&desk, &["a", "b"]);
    assert_eq!(
        (&link["expires_in"], &link["total"]),
        (&json!(60), &json!(2))
    );
    let head = follow(&desk, "HEAD", &link, None);
    let length = link["length"].to_string();
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some(length.as_str()))
    );
    let preview = follow(
        &desk,
        "GET",
        &link,
        Some(("sec-purpose", "prefetch;prerender")),
    );
    assert_eq!(preview.status, 503);
    let answer = follow(&desk, "GET", &link, None);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-length"), Some(length.as_str()));
    assert_eq!(contents(&answer.body), made);
    let again = follow(&desk, "GET", &link, None);
    assert_eq!(
        refusal(&again),
        (404, "The link was used, or is too old".to_owned())
    );
}

#[test]
fn a_link_that_could_not_be_followed_is_not_used_up() {
    let desk = Desk::hcp();
    store(&desk.house, &[("a", 10)]);
    let link = given(&desk, &["a"]);
    let away = hcp_simulator::Fault::new(hcp_simulator::Trouble::Unavailable).path("/data/a");
    desk.house.store().add_fault(away);
    assert_eq!(follow(&desk, "GET", &link, None).status, 503);
    assert_eq!(follow(&desk, "GET", &link, None).status, 200);
}

#[test]
fn a_link_expires_and_guesses_are_worth_nothing() {
    let desk = Desk::of(Plan::hcp().with("jobs.link_ttl", "1s").open());
    store(&desk.house, &[("a", 10)]);
    let link = given(&desk, &["a"]);
    let url = link["url"].as_str().unwrap();
    let mut other = url.to_owned();
    let last = other.pop().unwrap();
    other.push(if last == '0' { '1' } else { '0' });
    assert_eq!(
        follow(&desk, "GET", &json!({"url": other}), None).status,
        404
    );
    let bare = url.split_once('?').unwrap().0;
    assert_eq!(
        follow(&desk, "GET", &json!({"url": bare}), None).status,
        404
    );
    let end = std::time::Instant::now() + crate::house::PATIENCE;
    while follow(&desk, "HEAD", &link, None).status != 404 {
        assert!(std::time::Instant::now() < end, "it never expires");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn neither_log_nor_disk_tells_what_opens_it() {
    let desk = Desk::hcp();
    store(&desk.house, &[("a", 10)]);
    let link = given(&desk, &["a"]);
    let url = link["url"].as_str().unwrap();
    let token = url.split_once("token=").unwrap().1;
    let kept = std::fs::read_dir(desk.house.folder().join("jobs")).unwrap();
    let mut read = 0;
    for entry in kept
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
    {
        let bytes = std::fs::read(&entry).unwrap();
        let secrets = [token, RESEARCH_PASSWORD].map(str::as_bytes);
        for secret in secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!found, "{}", entry.display());
        }
        read += bytes.len();
    }
    assert!(read > 0);
    assert_eq!(follow(&desk, "GET", &link, None).status, 200);
    let path = url.split_once('?').unwrap().0;
    let said = desk
        .house
        .portico
        .lines_with(1, |line| line["path"] == path);
    assert_eq!(said[0]["query"], "token=REDACTED");
    let log = desk.house.portico.lines().concat();
    assert!(!log.contains(token) && !log.contains(RESEARCH_PASSWORD));
}

#[test]
fn links_have_the_address_that_is_set() {
    let plan = Plan::hcp().with("jobs.public_url", "https://files.example/base/");
    let desk = Desk::of(plan.open());
    store(&desk.house, &[("a", 10)]);
    let link = given(&desk, &["a"]);
    let url = link["url"].as_str().unwrap();
    assert!(
        url.starts_with("https://files.example/base/api/v1/downloads/zip?token="),
        "{url}"
    );
}
