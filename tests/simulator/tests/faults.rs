//! Faults, the record of requests, the control listener, TLS, and a folder that outlives a process.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

mod support;

use std::net::SocketAddr;

use hcp_simulator::{Fault, Port, Simulator, Trouble};
use http::Method;
use rustls::pki_types::ServerName;
use support::{call, get, put, start, start_with, trust};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_burst_of_503_ends() {
    let hcp = start().await;
    hcp.add_fault(Fault::new(Trouble::Unavailable).times(2));
    assert_eq!(
        get(&hcp, "/").send().await.error(),
        (503, "ServiceUnavailable")
    );
    assert_eq!(
        get(&hcp, "/").send().await.error(),
        (503, "ServiceUnavailable")
    );
    assert_eq!(get(&hcp, "/").send().await.status, 200);
}

/// Sends a signed request and reads whatever comes until the connection closes.
async fn raw(call: support::Call) -> Vec<u8> {
    let mut stream = TcpStream::connect(call.address).await.unwrap();
    let request = call.request();
    let mut head = format!(
        "{} {} HTTP/1.1\r\nconnection: close\r\n",
        call.method, call.target
    );
    for (name, value) in request.headers() {
        head.extend([name.as_str(), ": ", value.to_str().unwrap(), "\r\n"]);
    }
    stream
        .write_all(format!("{head}\r\n").as_bytes())
        .await
        .unwrap();
    // A server that cuts may close before everything is written.
    let _ = stream.write_all(&call.body).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

#[tokio::test]
async fn connections_break_where_asked() {
    let hcp = start().await;
    hcp.put_object("europe", "maps", "k", vec![b'x'; 100_000])
        .await
        .unwrap();
    hcp.add_fault(Fault::new(Trouble::CutResponse { after: 1000 }));
    let answer = raw(get(&hcp, "/maps/k")).await;
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-length: 100000"), "{head}");
    assert_eq!(body.len(), 1000);

    hcp.add_fault(Fault::new(Trouble::CutHead));
    assert_eq!(raw(get(&hcp, "/maps/k")).await, b"HTTP/1.1");

    hcp.add_fault(Fault::new(Trouble::CutRequest { after: 10_000 }).method(&Method::PUT));
    let answer = raw(put(&hcp, "/maps/new", vec![b'y'; 50_000])).await;
    assert_eq!(answer, b"");
    assert_eq!(hcp.object("europe", "maps", "new").await.unwrap(), None);
    assert_eq!(hcp.requests().last().unwrap().status, 0);
}

#[tokio::test]
async fn listings_may_lag_and_be_empty() {
    let hcp = start().await;
    hcp.put_object("europe", "maps", "k", "x").await.unwrap();
    hcp.add_fault(Fault::new(Trouble::EmptyListing));
    let listed = || async {
        get(&hcp, "/maps?list-type=2")
            .send()
            .await
            .element("KeyCount")
            .to_owned()
    };
    assert_eq!(listed().await, "0");
    assert_eq!(listed().await, "1");
    hcp.add_fault(Fault::new(Trouble::ListingLag));
    assert_eq!(
        call(&hcp, Method::DELETE, "/maps/k").send().await.status,
        204
    );
    assert_eq!(
        get(&hcp, "/maps/k").send().await.error(),
        (404, "NoSuchKey")
    );
    assert_eq!(listed().await, "1");
    assert_eq!(listed().await, "0");
}

#[tokio::test]
async fn requests_are_remembered_as_they_came() {
    let hcp = start().await;
    put(&hcp, "/maps/a%20b?x=y", "hello")
        .header("x-amz-meta-a", "b")
        .send()
        .await;
    let requests = hcp.requests();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert_eq!(
        (request.port, request.method.as_str()),
        (Port::Plain, "PUT")
    );
    assert_eq!(request.host, "europe.hcp.test");
    assert_eq!(request.path, "/maps/a%20b?x=y");
    assert_eq!((request.status, request.received), (200, 5));
    assert_eq!(request.header("x-amz-meta-a"), Some("b"));
    let signature = request.header("authorization").unwrap();
    assert!(!format!("{request:?}").contains(signature));
    hcp.clear_requests();
    assert!(hcp.requests().is_empty());
}

#[tokio::test]
async fn the_control_listener_sets_faults_and_shows_requests() {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let hcp = start_with(Simulator::builder().control_address(any)).await;
    let control = |method: Method, target: &str, body: &'static str| {
        let mut call = call(&hcp, method, target);
        call.address = hcp.control_address().unwrap();
        call.unsigned = true;
        call.body = body.into();
        call.send()
    };
    let fault = r#"{"trouble":{"kind":"unavailable"}}"#;
    assert_eq!(control(Method::POST, "/faults", fault).await.status, 204);
    assert_eq!(
        control(Method::POST, "/faults", r#"{"trouble":1}"#)
            .await
            .status,
        400
    );
    assert_eq!(get(&hcp, "/").send().await.status, 503);
    let shown = control(Method::GET, "/requests", "").await;
    assert!(shown.text().contains(r#""status":503"#), "{}", shown.text());
    assert_eq!(control(Method::DELETE, "/requests", "").await.status, 204);
    assert_eq!(control(Method::GET, "/requests", "").await.text(), "[]");
}

/// What a health probe sees, over TLS and with the simulator's own authority.
#[tokio::test]
async fn the_management_port_is_there_and_forbids() {
    let hcp = start().await;
    for (address, host) in [
        (hcp.mapi_address(), "admin.hcp.test"),
        (hcp.data_address(), "europe.hcp.test"),
        (hcp.mapi_address(), "maps.europe.hcp.test"),
    ] {
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from(host).unwrap();
        let mut stream = trust(&hcp).connect(name, stream).await.unwrap();
        let request =
            format!("HEAD /mapi/tenants HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
        assert!(answer.contains("x-hcp-errormessage: "), "{answer}");
        assert!(answer.contains("x-hcp-softwareversion: 9."), "{answer}");
    }
}

#[tokio::test]
async fn a_folder_keeps_what_was_stored() {
    let folder = tempfile::tempdir().unwrap();
    let hcp = start_with(Simulator::builder().folder(folder.path())).await;
    hcp.set_versioning("europe", "maps", true).unwrap();
    hcp.put_object("europe", "maps", "a/k", "one")
        .await
        .unwrap();
    hcp.put_object("europe", "maps", "a/k", vec![7; 3_000_000])
        .await
        .unwrap();
    hcp.put_object("europe", "maps", "gone", "x").await.unwrap();
    let marker = call(&hcp, Method::DELETE, "/maps/gone").send().await;
    assert_eq!(marker.header("x-amz-delete-marker"), "true");
    let versions = get(&hcp, "/maps?versions=").send().await;
    hcp.shutdown().await.unwrap();

    let again = start_with(Simulator::builder().folder(folder.path())).await;
    let bytes = again
        .object("europe", "maps", "a/k")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(bytes, vec![7; 3_000_000]);
    let versions_again = get(&again, "/maps?versions=").send().await;
    assert_eq!(versions_again.text(), versions.text());
}
