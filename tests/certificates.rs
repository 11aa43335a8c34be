//! TLS: the certificate that a name asks for, and new certificates while connections are open.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use house::{Connection, House, Plan, Request, Secure, open_sealed as open};
use tempfile::TempDir;
use toml::{Table, Value};

/// Certificates in a folder.
struct Drawer(TempDir);

struct Made {
    certificate: PathBuf,
    key: PathBuf,
    der: Vec<u8>,
}

impl Drawer {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Makes a certificate; one of the same file name is replaced.
    fn make(&self, file: &str, names: &[&str]) -> Made {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let place = |ending: &str| self.0.path().join(format!("{file}.{ending}"));
        let (certificate, key) = (place("pem"), place("key"));
        // The key first: whoever looks in between sees a pair that does not fit, and keeps the old.
        replace(&key, &made.signing_key.serialize_pem());
        replace(&certificate, &made.cert.pem());
        Made {
            certificate,
            key,
            der: made.cert.der().to_vec(),
        }
    }
}

/// As tools do it: never half a file.
fn replace(path: &Path, text: &str) {
    let new = path.with_extension("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, path).unwrap();
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// `[{ certificate, key }, …]`.
fn list(all: &[&Made]) -> Value {
    let entry = |made: &&Made| {
        let mut entry = Table::new();
        entry.insert("certificate".to_owned(), text(&made.certificate).into());
        entry.insert("key".to_owned(), text(&made.key).into());
        Value::from(entry)
    };
    Value::Array(all.iter().map(entry).collect())
}

fn plan(listener: &str, first: &Made) -> Plan<'static> {
    let set = |name: &str| format!("listeners.{listener}.{name}");
    Plan::hcp()
        .with(&set("certificate"), text(&first.certificate))
        .with(&set("key"), text(&first.key))
}

/// The certificate that is shown to whoever asks for a name.
fn shown(address: SocketAddr, name: Option<&str>) -> Vec<u8> {
    let client = open(address, name, &[]);
    client.stream().conn.peer_certificates().unwrap()[0].to_vec()
}

#[test]
fn a_name_gets_its_certificate() {
    let drawer = Drawer::new();
    let first = drawer.make("first", &["s3.example.test"]);
    let tenants = drawer.make("tenants", &["hcp.test", "*.hcp.test"]);
    let research = drawer.make("research", &["research.hcp.test", "*.research.hcp.test"]);
    let house = plan("s3", &first)
        .with("listeners.s3.certificates", list(&[&tenants, &research]))
        .with("listeners.api.certificates", list(&[&tenants]))
        .with("listeners.admin.certificates", list(&[&first]))
        .open();
    for (name, made) in [
        (Some("s3.example.test"), &first),
        (Some("hcp.test"), &tenants),
        (Some("ARCHIVE.hcp.test"), &tenants),
        (Some("research.hcp.test"), &research),
        (Some("data.research.hcp.test"), &research),
        (Some("data.archive.hcp.test"), &first),
        (Some("other.test"), &first),
        (None, &first),
    ] {
        assert!(shown(house.s3, name) == made.der, "{name:?}");
    }
    assert!(shown(house.api, Some("archive.hcp.test")) == tenants.der);
    assert!(shown(house.api, None) == tenants.der);
    assert!(shown(house.admin, None) == first.der);
    // HTTP/2 is for REST alone, whatever certificate was chosen.
    let both: [&[u8]; 2] = [b"h2", b"http/1.1"];
    for name in ["hcp.test", "archive.hcp.test", "other.test"] {
        for (address, protocol) in [(house.api, both[0]), (house.s3, both[1])] {
            let client = open(address, Some(name), &both);
            assert_eq!(client.stream().conn.alpn_protocol(), Some(protocol));
        }
    }
}

/// REST may stay plain where HCP's own clients want TLS.
#[test]
fn every_address_of_a_listener_has_its_own() {
    let drawer = Drawer::new();
    let (one, other) = (
        drawer.make("one", &["a.test"]),
        drawer.make("other", &["b.test"]),
    );
    let more = |made: &Made| {
        let mut more = Table::new();
        more.insert("address".to_owned(), "127.0.0.1:0".into());
        more.insert("certificates".to_owned(), list(&[made]));
        more
    };
    let more = vec![more(&one), more(&other)];
    let house = Plan::hcp().with("listeners.api.more", more).open();
    let api = |line: &serde_json::Value| line["listener"] == "api";
    let lines = house.portico.lines_with(3, api);
    let speaks: Vec<_> = lines.iter().map(|line| line["tls"] == true).collect();
    assert_eq!(speaks, [false, true, true]);
    let address = |line: &serde_json::Value| line["address"].as_str().unwrap().parse().unwrap();
    let request = Request::new("GET", "/liveness").header("host", "hcp.test");
    assert_eq!(
        Connection::open(address(&lines[0])).ask(&request).status,
        200
    );
    for (line, made) in lines[1..].iter().zip([&one, &other]) {
        assert!(shown(address(line), Some("a.test")) == made.der);
        alive(&mut open(address(line), None, &[]));
    }
}

/// A liveness check over TLS.
fn alive(client: &mut Secure) {
    let request = Request::new("GET", "/liveness").header("host", "hcp.test");
    assert_eq!(client.ask(&request).status, 200);
}

fn metric(house: &House, line: &str) -> Option<String> {
    let metrics = house.admin(Request::new("GET", "/metrics")).text();
    let mut lines = metrics.lines().filter_map(|found| found.strip_prefix(line));
    lines.next().map(|value| value.trim().to_owned())
}

#[test]
fn sighup_brings_new_certificates_and_cuts_nobody() {
    let drawer = Drawer::new();
    let old = drawer.make("api", &["hcp.test"]);
    let house = plan("api", &old)
        .with("process.reload_interval", "0s")
        .open();
    let mut client = open(house.api, Some("hcp.test"), &[]);
    alive(&mut client);

    let new = drawer.make("api", &["hcp.test"]);
    assert!(shown(house.api, None) == old.der, "nobody has asked yet");
    house.portico.signal("HUP");
    house.portico.line("new certificates are used");
    assert!(shown(house.api, None) == new.der);
    alive(&mut client);

    replace(&new.key, "no key at all");
    house.portico.signal("HUP");
    let told = "new certificates cannot be used; the old ones stay";
    let line = house.portico.line(told);
    assert!(line.to_string().contains("api.key"), "{line}");
    assert!(shown(house.api, None) == new.der);
    alive(&mut client);

    let count = |outcome: &str| {
        let name = "portico_certificate_reloads_total";
        metric(
            &house,
            &format!("{name}{{listener=\"api\",outcome=\"{outcome}\"}}"),
        )
    };
    assert_eq!(count("ok").as_deref(), Some("1"));
    assert_eq!(count("failed").as_deref(), Some("1"));
    let ends = metric(&house, "portico_certificate_expiry_timestamp_seconds{").unwrap();
    assert!(ends.contains("api.pem"), "{ends}");
}

#[test]
fn changed_files_are_seen_without_being_told() {
    let drawer = Drawer::new();
    let old = drawer.make("s3", &["hcp.test"]);
    let house = plan("s3", &old)
        .with("process.reload_interval", "20ms")
        .open();
    assert!(shown(house.s3, None) == old.der);
    let new = drawer.make("s3", &["hcp.test"]);
    house.portico.line("new certificates are used");
    assert!(shown(house.s3, None) == new.der);
}

/// What TLS says of an end that it did not hear of is no fault of anybody's.
#[test]
fn a_client_that_asks_for_nothing_more_is_left() {
    let drawer = Drawer::new();
    let first = drawer.make("first", &["s3.example.test"]);
    let house = plan("s3", &first).with("limits.idle_timeout", "1s").open();
    let mut client = open(house.s3, None, &[]);
    let request = Request::new("GET", "/data/k").header("host", "s3.example.test");
    assert_eq!(client.ask(&request).status, 403);
    assert!(client.until_gone().is_empty());
}
