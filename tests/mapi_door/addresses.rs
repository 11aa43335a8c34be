//! The api listener at several addresses, each with TLS or without.

use std::net::SocketAddr;

use toml::Table;

use crate::house::{Connection, Console, Request};
use crate::{PORTICO, with_token};

/// The addresses of the api listener in the order of the settings, and whether each speaks TLS.
#[test]
fn every_address_leads_to_the_same_doors() {
    let console = Console::start();
    let mut more = Table::new();
    more.insert("address".to_owned(), "127.0.0.1:0".into());
    let house = console.open(console.plan().with("listeners.api.more", vec![more]));
    let api = |line: &serde_json::Value| line["listener"] == "api";
    let lines = house.portico.lines_with(2, api);
    let addresses = lines.iter().map(|line| line["address"].as_str().unwrap());
    let addresses: Vec<SocketAddr> = addresses.map(|text| text.parse().unwrap()).collect();
    assert_ne!(addresses[0], addresses[1]);
    let token = house.login("research");
    for address in addresses {
        let request = with_token(&token, "GET", "/mapi/tenants").header("host", PORTICO);
        let mut client = Connection::open(address);
        client.send(request.bytes());
        let (mut peer, arrived) = console.request();
        assert_eq!(arrived.header("host"), Some("research.hcp.test:9090"));
        peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(client.answer().status, 200);
        let live = Request::new("GET", "/liveness").header("host", PORTICO);
        assert_eq!(Connection::open(address).ask(&live).status, 200);
    }
}
