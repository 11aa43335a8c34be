//! The template proves what a plugin costs: a folder, two lines in the root's `Cargo.toml`, one in
//! the roster; and that this is enough to serve, to filter, to count and to be configured.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]
#![cfg(feature = "sample")]

mod process;

use std::path::PathBuf;

use hcp_simulator::Simulator;
use process::{Place, Serving, agent, get};
use serde_json::Value;

const DOMAIN: &str = "hcp.test";

/// Asked at run time: a build folder shared by two clones would keep the path of the other one.
fn repository() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").unwrap().into()
}

fn file(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap()
}

/// Lines that are no comment and hold the plugin's name.
fn mentions(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.starts_with(['#', '/']) || line.starts_with("#["))
        .filter(|line| line.contains("sample"))
        .collect()
}

#[test]
fn a_plugin_costs_two_lines_in_the_manifest_and_one_in_the_roster() {
    let manifest = file("Cargo.toml");
    assert_eq!(
        mentions(&manifest),
        [
            "sample = [\"dep:portico-sample\"]",
            "portico-sample = { path = \"plugins/sample\", optional = true }",
        ]
    );
    let roster = file("src/roster.rs");
    assert_eq!(
        mentions(&roster),
        [
            "#[cfg(feature = \"sample\")]",
            "Entry::of::<portico_sample::Sample>(),",
        ]
    );
}

#[test]
fn nothing_else_in_the_core_knows_the_plugin() {
    let mut folders = vec![repository().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("src/roster.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let named = ["portico_sample", "feature = \"sample\"", "x-sample"];
                let found = named.iter().find(|name| text.contains(**name));
                assert_eq!(found, None, "{}", path.display());
            }
        }
    }
}

/// A simulated HCP with one object, and the way to it.
struct Store {
    // Serves for as long as it lives.
    _simulator: Simulator,
    runtime: tokio::runtime::Runtime,
    place: Place,
}

impl Store {
    fn start() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let place = Place::usable();
        let ca = place.path().join("ca.pem");
        let simulator = runtime.block_on(async {
            let builder = Simulator::builder().domain(DOMAIN).ca_file(&ca);
            let simulator = builder.user("research", "ada", "engine").start().await;
            let simulator = simulator.unwrap();
            simulator.create_bucket("research", "ada", "notes").unwrap();
            let put = simulator.put_object("research", "notes", "a", "written");
            put.await.unwrap();
            simulator
        });
        let address = format!("[\"{}\"]", simulator.data_address());
        let place = place
            .with("PORTICO__UPSTREAM__S3_ADDRESSES", &address)
            .with("PORTICO__UPSTREAM__CA_FILE", ca.to_str().unwrap());
        Self {
            _simulator: simulator,
            runtime,
            place,
        }
    }
}

fn login(portico: &Serving) -> String {
    let form = [
        ("username", "ada"),
        ("password", "engine"),
        ("tenant", "research"),
    ];
    let url = portico.url("api", "/api/v1/auth/token");
    let mut answer = agent().post(url).send_form(form).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// The figure of the plugin's metric.
fn counted(portico: &Serving) -> u64 {
    let metrics = get(&portico.url("admin", "/metrics"));
    let name = "portico_sample_responses_total ";
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    line.expect("the metric is there").parse().unwrap()
}

#[test]
fn the_plugin_answers_filters_and_counts() {
    let store = Store::start();
    let conf = store
        .place
        .file("p.toml", "[sample]\ngreeting = \"good morning\"\n");
    let portico = store.place.serve(&["--conf", conf.to_str().unwrap()]);
    let before = counted(&portico);

    let url = portico.url("api", "/api/v1/sample");
    let mut reply = agent().get(&url).call().unwrap();
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.headers()["x-sample"], "good morning");
    assert_eq!(reply.body_mut().read_to_string().unwrap(), "good morning");

    let token = login(&portico);
    let request = agent().get(portico.url("s3", "/notes/a"));
    let request = request.header("authorization", format!("Bearer {token}"));
    let mut forwarded = request.call().unwrap();
    assert_eq!(forwarded.status(), 200);
    assert_eq!(forwarded.headers()["x-sample"], "good morning");
    assert_eq!(forwarded.body_mut().read_to_string().unwrap(), "written");

    // The two above, the login, and the first look at the metrics, which did not see itself.
    assert_eq!(counted(&portico) - before, 4);
    drop(portico);
    store.runtime.shutdown_background();
}

#[test]
fn without_a_section_the_plugin_has_its_defaults() {
    let portico = Place::usable().serve(&[]);
    assert_eq!(get(&portico.url("api", "/api/v1/sample")), "hello");
}

#[test]
fn a_typo_in_the_section_ends_the_start_with_its_line() {
    let place = Place::usable();
    let conf = place.file("p.toml", "# a comment\n[sample]\ngreting = \"hello\"\n");
    let conf = conf.to_str().unwrap();
    for command in ["run", "check"] {
        let ended = place.run(&[command, "--conf", conf]);
        ended.assert_code(64);
        ended.assert_says(&format!("{conf}:3:1: [sample] greting: no such setting"));
        ended.assert_says("did you mean `greeting`?");
    }
}

#[test]
fn what_only_the_plugin_can_refuse_has_its_line_too() {
    let place = Place::usable();
    let conf = place.file("p.toml", "[sample]\ngreeting = \"two\\nlines\"\n");
    let conf = conf.to_str().unwrap();
    let ended = place.run(&["run", "--conf", conf]);
    ended.assert_code(64);
    ended.assert_says(&format!(
        "{conf}:2:12: [sample] greeting: must be visible ASCII"
    ));
}
