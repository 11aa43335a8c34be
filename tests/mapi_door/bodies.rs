//! Bodies of any size, and what the door says when HCP does not.

use std::net::TcpListener;

use crate::house::{Plan, received, refusing};
use crate::{PORTICO, before_console, with_token};

const PIECE: usize = 64 * 1024;

#[test]
fn a_download_comes_while_it_is_sent() {
    let (console, house) = before_console();
    let token = house.login("research");
    let mut client = house.begin_rest(PORTICO, with_token(&token, "POST", "/mapi/logs/download"));
    let (mut peer, _) = console.request();
    peer.send(
        "HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    let chunk = [
        format!("{PIECE:x}\r\n").into_bytes(),
        vec![7; PIECE],
        b"\r\n".to_vec(),
    ]
    .concat();
    peer.send(&chunk);
    let head = client.head().expect("the head before the end");
    assert_eq!(head.header("content-type"), Some("application/zip"));
    let mut seen = client.chunk().expect("a chunk before the end").len();
    for _ in 0..64 {
        peer.send(&chunk);
    }
    peer.send("0\r\n\r\n");
    loop {
        match client.chunk().expect("a chunk").len() {
            0 => break,
            length => seen += length,
        }
    }
    assert_eq!(seen, PIECE * 65);
}

#[test]
fn an_upload_goes_while_it_comes() {
    let (console, house) = before_console();
    let length = PIECE * 64;
    let request = with_token(&house.login("research"), "PUT", "/mapi/storage/licenses")
        .header("content-type", "text/plain")
        .header("content-length", length);
    let mut client = house.begin_rest(PORTICO, request);
    let mut peer = console.accept();
    let head = peer.head().expect("a head before any body");
    assert_eq!(
        head.header("content-length"),
        Some(length.to_string().as_str())
    );
    client.send(vec![1; PIECE]);
    assert_eq!(
        peer.exactly(PIECE).expect("the first piece"),
        vec![1; PIECE]
    );
    let mut writer = client.writer();
    let rest = std::thread::spawn(move || {
        std::io::Write::write_all(&mut writer, &vec![2; length - PIECE])
    });
    let arrived = peer.exactly(length - PIECE).expect("the rest");
    assert!(arrived.iter().all(|byte| *byte == 2));
    rest.join().unwrap().expect("all is taken");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(client.answer().status, 200);
}

/// HCP says with a redirection that something is not there, and clients read it so.
#[test]
fn redirections_are_passed_and_not_followed() {
    let (console, house) = before_console();
    let token = house.login("research");
    let locations = [
        "/mapi/x",
        "https://elsewhere.test/x",
        "https://archive.hcp.test:9090/x",
    ];
    for location in locations {
        let request = with_token(&token, "HEAD", "/mapi/tenants/research/namespaces/x");
        let mut client = house.begin_rest(PORTICO, request);
        let (mut peer, _) = console.request();
        peer.send(format!(
            "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\
             Connection: close\r\n\r\n"
        ));
        let answer = client.answer_to("HEAD");
        assert_eq!(
            (answer.status, answer.header("location")),
            (302, Some(location))
        );
    }
    assert!(console.is_left_alone());
}

#[test]
fn a_store_that_is_down_or_silent_is_told_in_the_doors_words() {
    let (_socket, address) = refusing();
    let down = Plan::bare_hcp_at(address).open();
    let silence = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let silent = Plan::bare_hcp_at(silence.local_addr().expect("an address"));
    let silent = silent.with("upstream.connect_timeout", "200ms").open();
    for (status, words, house) in [
        (502, "The store cannot be reached.", down),
        (504, "The store did not answer in time.", silent),
    ] {
        let request = with_token(&house.login("research"), "GET", "/mapi/tenants");
        let answer = house.begin_rest(PORTICO, request).answer();
        assert_eq!(answer.status, status);
        assert_eq!(answer.json()["detail"], words);
        assert_eq!(answer.header("x-hcp-errormessage"), Some(words));
        assert!(answer.header("x-request-id").is_some());
    }
}

#[test]
fn a_broken_answer_is_not_taken_for_whole() {
    let (console, house) = before_console();
    let request = with_token(&house.login("research"), "GET", "/mapi/tenants");
    let mut client = house.begin_rest(PORTICO, request);
    let (mut peer, _) = console.request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
    drop(peer);
    let head = client.head().expect("a head");
    assert!(client.body_of(&head).is_err());
}

/// PUT creates there: done twice, the second one fails where the first has succeeded.
#[test]
fn what_may_have_been_created_is_not_created_again() {
    let (console, house) = before_console();
    let token = house.login("research");
    let first = with_token(&token, "GET", "/mapi/tenants/research");
    let mut client = house.begin_rest(PORTICO, first);
    let (mut kept, _) = console.request();
    kept.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(client.answer().status, 200);
    let target = "/mapi/tenants/research/namespaces";
    let second = with_token(&token, "PUT", target).body("<namespace/>");
    // From the same client: another one may be served before the connection to HCP is put away.
    client.send(second.instead("host", PORTICO).bytes());
    received(&mut kept).expect("the second request, on the kept connection");
    drop(kept);
    assert_eq!(client.answer().status, 502);
    assert!(console.is_left_alone());
}
