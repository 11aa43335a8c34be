//! Whatever a client writes: credentials go to one level of HCP's domain, with the path as it came.

use std::sync::LazyLock;

use portico::route::{HostNames, Router};
use portico_mapi::Mapi;
use portico_sdk::credential::Credential;
use portico_sdk::exchange::Head;
use portico_sdk::pipeline::Verdict;
use portico_sdk::principal::Way;
use portico_sdk::rest::PublicRoutes;
use portico_sdk::route::{Door, Listener, Service};
use portico_sdk::upstream::Backend;
use portico_sdk::{
    Exchange, Forward, Pipeline, Plugin as _, Principal, Registry, Services, Tenant, body, clock,
    testkit,
};
use proptest::prelude::*;
use tokio::runtime::Builder;

static PIPELINE: LazyLock<Pipeline> = LazyLock::new(|| {
    let services = Services::new(clock::system(), testkit::upstreams());
    let mut registry = Registry::new(services);
    let settings = <Mapi as portico_sdk::Plugin>::Settings::default();
    Mapi::install(settings, &mut registry).unwrap();
    registry.build().unwrap().pipeline
});

fn router() -> Router {
    let domains = ["hcp.test".to_owned(), "portico.example".to_owned()];
    let hosts = HostNames::new(domains, Backend::Hcp).with_own("hcp.test");
    Router::new(hosts, PublicRoutes::default())
}

/// The head of a request for these bytes, as the accept phase makes it.
fn exchange(asked: &Asked) -> Option<Exchange> {
    let mut request = http::Request::builder().method("POST").uri("/");
    let tenant = http::HeaderValue::from_bytes(&asked.header);
    if !asked.header.is_empty() {
        request = request.header("x-tenant-name", tenant.ok()?);
    }
    if matches!(asked.shown, Shown::Native) {
        request = request.header("authorization", "HCP YWRh:00");
    }
    let request = request.body(()).ok()?;
    let mut exchange = testkit::exchange(request, Door::Rest { public: false });
    exchange.head.target.clone_from(&asked.target);
    exchange.head.authority.clone_from(&asked.host);
    if let Shown::Token(tenant) = &asked.shown {
        exchange.principal = Some(Principal {
            user: "ada".to_owned(),
            tenant: tenant.clone(),
            way: Way::Bearer,
            credential: Credential::Password("pw".into()),
            rights: None,
        });
    }
    Some(exchange)
}

/// What a client proves itself with.
#[derive(Debug, Clone)]
enum Shown {
    /// A token of the system's user, or of a tenant's.
    Token(Option<Tenant>),
    /// A proof that HCP is to judge.
    Native,
}

/// What a client controls.
#[derive(Debug, Clone)]
struct Asked {
    target: Vec<u8>,
    host: String,
    header: Vec<u8>,
    shown: Shown,
}

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "..",
        ".",
        "/",
        "//",
        "\\",
        "%2e",
        "%2F",
        "%5c",
        "%252e",
        "@",
        ":",
        "?",
        "#",
        ";",
        "evil.test",
        "research",
        "admin",
        ".hcp.test",
        "%00",
        "%0d%0a",
        "http://",
        "\u{e5}",
        "\u{0}",
        " ",
        "\t",
        "-",
    ];
    let piece = prop_oneof![
        3 => prop::sample::select(pieces.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn shown() -> impl Strategy<Value = Shown> {
    let tenant = || "research".parse().unwrap();
    prop_oneof![
        Just(Shown::Native),
        Just(Shown::Token(None)),
        Just(Shown::Token(Some(tenant()))),
    ]
}

prop_compose! {
    fn asked()(
        begin in prop::sample::select(vec!["/mapi", "/mapi/", "/mapi/tenants/", "/query", "/"]),
        path in hostile(),
        host in prop_oneof![hostile(), Just(b"portico.test".to_vec()), Just(b"admin.hcp.test".to_vec())],
        own in any::<bool>(),
        header in prop_oneof![hostile(), Just(b"research".to_vec())],
        shown in shown(),
    ) -> Asked {
        let mut host = String::from_utf8_lossy(&host).into_owned();
        if own {
            host.push_str(".hcp.test");
        }
        let target = [begin.as_bytes(), &path].concat();
        Asked { target, host, header, shown }
    }
}

fn forwarded(asked: &Asked) -> Option<(Head, Service, Forward)> {
    let mut exchange = exchange(asked)?;
    exchange.route = router().route(Listener::Api, &exchange.head).ok()?;
    let Door::Management(service) = exchange.route.door else {
        return None;
    };
    let runtime = Builder::new_current_thread().build().unwrap();
    let verdict = runtime.block_on(PIPELINE.run(&mut exchange, body::empty()));
    match verdict.ok()? {
        Verdict::Forward(forward) => Some((exchange.head, service, *forward)),
        Verdict::Reply(_) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn credentials_go_to_one_label_below_the_domain(asked in asked()) {
        let Some((head, service, forward)) = forwarded(&asked) else {
            return Ok(());
        };
        let label = forward.upstream.host().strip_suffix(".hcp.test").unwrap();
        prop_assert!(label.parse::<Tenant>().is_ok(), "{}", label);
        let port = match service {
            Service::Mapi => 9090,
            Service::Query => 443,
        };
        prop_assert!(forward.upstream.tls() && forward.upstream.port() == port);
        if let Shown::Token(Some(own)) = &asked.shown {
            prop_assert_eq!(own.as_str(), label);
        }
        // The head goes on as it came: nobody rewrites what is left as it was.
        prop_assert!(forward.target.is_none() && forward.host == portico_sdk::forward::Host::Upstream);
        prop_assert_eq!(&head.target, &asked.target);
        let path = percent_encoding::percent_decode(head.raw_path()).decode_utf8_lossy();
        let mut segments = path.split(['/', '\\']);
        prop_assert!(!segments.any(|segment| segment == ".." || segment == "."));
        prop_assert!(path.starts_with("/mapi") || path == "/query");
    }
}

/// The property above speaks of something.
#[test]
fn harmless_requests_do_get_through() {
    for (target, host) in [
        ("/mapi/tenants", "portico.test"),
        ("/query?x", "research.hcp.test"),
    ] {
        let asked = Asked {
            target: target.as_bytes().to_vec(),
            host: host.to_owned(),
            header: b"research".to_vec(),
            shown: Shown::Token(None),
        };
        let (_, _, forward) = forwarded(&asked).expect("it is sent on");
        assert_eq!(&**forward.upstream.host(), "research.hcp.test");
    }
}
