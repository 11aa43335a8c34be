//! SIGHUP: the configuration is taken whole, or not at all.

use std::fs;

use toml::{Table, Value};

use super::house::{HASH, House, Keys, Plan, Request, SECOND_HASH, Upstream, rule, user};
use super::{TOKEN, figure};

const READ: &str = "the configuration has been read again";
const REFUSED: &str = "the new configuration is refused; the old one stays";

/// Changes the configuration and says so; gives the line that the `count`th reading leaves.
#[track_caller]
fn reread(
    house: &House,
    (message, count): (&str, usize),
    change: impl FnOnce(&mut Table),
) -> serde_json::Value {
    let file = house.folder().join("portico.toml");
    let text = fs::read_to_string(&file).expect("a configuration");
    let mut table: Table = text.parse().expect("TOML");
    change(&mut table);
    fs::write(&file, table.to_string()).expect("a configuration");
    house.portico.signal("HUP");
    let lines = house
        .portico
        .lines_with(count, |line| line["msg"] == message);
    lines[count - 1].clone()
}

fn set(table: &mut Table, section: &str, key: &str, value: impl Into<Value>) {
    let section = table.entry(section).or_insert_with(|| Table::new().into());
    let section = section.as_table_mut().expect("a section");
    section.insert(key.to_owned(), value.into());
}

fn post(house: &House, length: usize) -> u16 {
    let request = Request::new("POST", "/api/v1/auth/token")
        .header("content-type", "application/x-www-form-urlencoded");
    house.rest(request.body("x".repeat(length))).status
}

fn shows(house: &House, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    let request = Request::new("GET", "/api/v1/log").header("authorization", bearer);
    house.admin(request).status
}

#[test]
fn settings_of_every_kind_change_at_once_and_what_is_under_way_goes_on() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream).with("admin.token", TOKEN).open();
    let (mut client, mut peer) = house.begin_download(&upstream);
    assert_eq!((post(&house, 100), shows(&house, TOKEN)), (422, 200));
    let other = "another token of whoever runs the house";
    let line = reread(&house, (READ, 1), |table| {
        set(table, "limits", "max_body_size", "50B");
        set(table, "admin", "token", other);
        set(table, "telemetry", "log_level", "info,access=off");
        set(table, "cors", "origins", vec!["https://front.example"]);
    });
    let changed = "admin.token, cors.origins, limits.max_body_size, telemetry.log_level";
    assert_eq!(line["changed"], changed);
    assert_eq!((post(&house, 100), post(&house, 40)), (413, 422));
    assert_eq!((shows(&house, TOKEN), shows(&house, other)), (401, 200));
    let page = Request::new("GET", "/api/v1/capabilities").header("origin", "https://a.example");
    let answer = house.rest(page);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert_eq!(
        figure(&house, "portico_reload_total{outcome=\"ok\"}"),
        Some(1.0)
    );
    assert_eq!(figure(&house, "portico_reload_successful"), Some(1.0));
    peer.send(super::house::END);
    assert_eq!(
        client.exactly(super::house::END.len()).ok().as_deref(),
        Some(super::house::END)
    );
}

#[test]
fn a_fault_or_a_setting_of_another_process_refuses_all_of_it() {
    let house = Plan::hcp().with("admin.token", TOKEN).open();
    let line = reread(&house, (REFUSED, 1), |table| {
        set(table, "limits", "max_body_size", "50B");
        set(table, "limits", "max_header_sise", "1KiB");
    });
    assert!(
        line["error"].as_str().unwrap().contains("max_header_sise"),
        "{line}"
    );
    assert_eq!(post(&house, 100), 422);
    let line = reread(&house, (REFUSED, 2), |table| {
        table["limits"]
            .as_table_mut()
            .unwrap()
            .remove("max_header_sise");
        set(table, "process", "threads", 3);
        set(table, "upstream", "region", "eu-north-1");
    });
    let error = line["error"].as_str().unwrap();
    assert!(
        error.contains("process.threads, upstream.region"),
        "{error}"
    );
    assert_eq!(post(&house, 100), 422);
    assert_eq!(
        figure(&house, "portico_reload_total{outcome=\"refused\"}"),
        Some(2.0)
    );
    assert_eq!(figure(&house, "portico_reload_successful"), Some(0.0));
    // Back to what the process was started with, and one thing more.
    reread(&house, (READ, 1), |table| {
        set(table, "process", "threads", 2);
        table["upstream"].as_table_mut().unwrap().remove("region");
    });
    assert_eq!(post(&house, 100), 413);
    assert_eq!(figure(&house, "portico_reload_successful"), Some(1.0));
}

#[test]
fn users_of_a_generic_store_come_and_go() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream).open();
    let all = || vec![rule(&["*"], &[], false)];
    let ada = house.token("username=ada&password=hush");
    let keys = house.session(&ada);
    let login = |name: &str, password: &str| {
        let form = format!("username={name}&password={password}");
        house.log_in(&form).status
    };
    assert_eq!(login("bob", "second%20password"), 401);
    reread(&house, (READ, 1), |table| {
        let users = vec![user("bob", SECOND_HASH, all())];
        set(table, "auth", "users", users);
    });
    assert_eq!(login("bob", "second%20password"), 200);
    assert_eq!(login("ada", "hush"), 401);
    let bearer = format!("Bearer {ada}");
    let request = Request::new("GET", "/api/v1/credentials").header("authorization", bearer);
    assert_eq!(
        house.rest(request).status,
        401,
        "ada is gone, and so is her login"
    );
    assert_eq!(house.ask(&house.get(&keys, "/data/k")).status, 400);
    let line = reread(&house, (REFUSED, 1), |table| {
        let users = vec![user("ada", HASH, all()), user("ada", HASH, all())];
        set(table, "auth", "users", users);
    });
    assert!(line["error"].as_str().unwrap().contains("twice"), "{line}");
    assert_eq!(login("bob", "second%20password"), 200);
    assert!(Keys::configured().token.is_none());
}
