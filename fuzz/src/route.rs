//! Routing: no name leaves its place, and the store reads what the router read.

use std::sync::LazyLock;

use http::Method;
use http::uri::Authority;
use percent_encoding::percent_decode;
use portico::route::{HostNames, Router};
use portico_sdk::exchange::Head;
use portico_sdk::rest::PublicRoutes;
use portico_sdk::route::{Door, Listener, Route, S3Target, Style};
use portico_sdk::upstream::{Backend, Upstreams};
use portico_sdk::{Tenant, testkit};
use portico_sigv4::canonical_query;

use crate::request::Request;

/// One domain lies below another, as it does where buckets have a name of their own in DNS.
const DOMAINS: [&str; 3] = [OWN_DOMAIN, "s3.hcp.test", "objects.example"];
/// The domain whose names may be HCP's own.
const OWN_DOMAIN: &str = "hcp.test";
const PUBLIC: &str = "/api/v1/open";
/// A host that is no name of ours.
const ELSEWHERE: &str = "127.0.0.1:9000";

static HCP: LazyLock<Router> = LazyLock::new(|| made(names(Backend::Hcp)));
/// As `HCP`, in the place of HCP's own names.
static OWN: LazyLock<Router> = LazyLock::new(|| made(names(Backend::Hcp).with_own(OWN_DOMAIN)));
static GENERIC: LazyLock<Router> = LazyLock::new(|| made(names(Backend::Generic)));
static UPSTREAMS: LazyLock<Upstreams> = LazyLock::new(testkit::upstreams);

/// Takes a head as text: `METHOD target CRLF`, then headers, `Host` among them.
pub fn run(input: &[u8]) {
    let Some(head) = Request::parse(input).and_then(head) else {
        return;
    };
    for (router, backend) in [(&HCP, Backend::Hcp), (&GENERIC, Backend::Generic)] {
        if let Ok(route) = router.route(Listener::S3, &head) {
            check(router, backend, &head, &route);
        }
    }
    own_names(&head);
    rest(&head);
}

fn names(backend: Backend) -> HostNames {
    HostNames::new(DOMAINS.map(str::to_owned), backend)
}

fn made(hosts: HostNames) -> Router {
    let mut public = PublicRoutes::default();
    public.add(PUBLIC);
    public.add("/livez");
    Router::new(hosts, public)
}

/// The head as the accept phase would let it pass.
fn head(request: Request) -> Option<Head> {
    let mut target = request.path;
    if let Some(query) = request.query {
        target.push(b'?');
        target.extend(query);
    }
    if target.first() != Some(&b'/') || request.host.is_empty() {
        return None;
    }
    let method = Method::from_bytes(request.method.as_bytes()).ok()?;
    let uri: http::Uri = String::from_utf8_lossy(&target).parse().unwrap_or_default();
    let mut parts = http::Request::builder()
        .method(method)
        .uri(uri)
        .body(())
        .ok()?
        .into_parts()
        .0;
    parts.headers = request.headers;
    Some(Head {
        parts,
        target,
        authority: String::from_utf8(request.host).ok()?,
    })
}

fn check(router: &Router, backend: Backend, head: &Head, route: &Route) {
    let target = route
        .s3()
        .expect("without names of its own the listener has one door");
    assert_eq!(route.own_name, None);
    named(backend, &head.authority, route, target);
    upstream_path(target);
    let key = key_of(head, target.style);
    let path: Vec<u8> = percent_decode(target.upstream_path.as_bytes()).collect();
    match target.bucket.as_deref() {
        None => assert_eq!(path, b"/"),
        Some(bucket) if key.is_empty() => assert_eq!(path, format!("/{bucket}").as_bytes()),
        Some(bucket) => assert_eq!(path, [b"/", bucket.as_bytes(), b"/", &key].concat()),
    }
    let again = as_the_store_reads_it(router, head, target);
    assert_eq!(again.bucket, target.bucket);
    assert_eq!(again.upstream_path, target.upstream_path);
    assert_eq!(again.operation, target.operation);
}

/// Tenant and bucket are those that the host names, read here by other means.
fn named(backend: Backend, authority: &str, route: &Route, target: &S3Target) {
    if let Some(bucket) = target.bucket.as_deref() {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        assert!(bucket.bytes().all(allowed) && !["", ".", ".."].contains(&bucket));
    }
    let labels = below_domain(authority).map(|(_, labels)| labels);
    let (bucket, tenant) = match (backend, labels.as_deref()) {
        (_, None) => (None, None),
        (Backend::Hcp, Some(labels)) => match labels.rsplit_once('.') {
            Some((bucket, tenant)) => (Some(bucket), Some(tenant)),
            None => (None, Some(labels)),
        },
        (_, Some(labels)) => (Some(labels), None),
    };
    assert_eq!(route.tenant.as_ref().map(Tenant::as_str), tenant);
    assert_eq!(target.style == Style::VirtualHost, bucket.is_some());
    if bucket.is_some() {
        assert_eq!(target.bucket.as_deref(), bucket);
    }
    let Some(tenant) = tenant else { return };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    assert!(
        (1..64).contains(&tenant.len()) && tenant.bytes().all(plain),
        "{tenant:?}"
    );
    assert!(!tenant.starts_with('-') && !tenant.ends_with('-') && tenant != "admin");
    let upstream = UPSTREAMS.s3(route.tenant.as_ref()).unwrap();
    let upstream: Authority = upstream.authority().parse().unwrap();
    assert_eq!(upstream.host(), format!("{tenant}.hcp.test"));
}

/// The longest of our domains that the host is or lies below, and the labels there, in lower case.
fn below_domain(authority: &str) -> Option<(&'static str, String)> {
    let digits = authority.trim_end_matches(|c: char| c.is_ascii_digit());
    let host = digits.strip_suffix(':').filter(|host| !host.ends_with(':'));
    let host = host.unwrap_or(authority).to_ascii_lowercase();
    let host = format!(".{}", host.trim_end_matches('.'));
    let mut domains = DOMAINS;
    domains.sort_by_key(|domain| domain.len());
    let domain = domains
        .into_iter()
        .rfind(|domain| host.ends_with(&format!(".{domain}")))?;
    let labels = host
        .strip_suffix(&format!(".{domain}"))?
        .strip_prefix('.')?;
    (!labels.is_empty()).then(|| (domain, labels.to_owned()))
}

/// `SigV4`'s canonical form: nothing is left to interpret.
fn upstream_path(target: &S3Target) {
    let path = target.upstream_path.as_bytes();
    assert_eq!(path.first(), Some(&b'/'));
    let mut rest = path;
    while let [byte, tail @ ..] = rest {
        let plain = byte.is_ascii_alphanumeric() || b"-._~/".contains(byte);
        rest = if plain { tail } else { escape(*byte, tail) };
    }
}

/// One escape: in capitals, of a byte that needs it, and not of NUL.
fn escape(byte: u8, tail: &[u8]) -> &[u8] {
    assert_eq!(byte, b'%');
    let (digits, rest) = tail.split_at_checked(2).expect("two digits");
    let digits = std::str::from_utf8(digits).unwrap();
    assert_eq!(digits, digits.to_ascii_uppercase());
    let byte = u8::from_str_radix(digits, 16).unwrap();
    assert!(byte != 0 && !byte.is_ascii_alphanumeric() && !b"-._~/".contains(&byte));
    rest
}

fn key_of(head: &Head, style: Style) -> Vec<u8> {
    let path = head.raw_path().strip_prefix(b"/").unwrap();
    let key = match style {
        Style::VirtualHost => path,
        Style::Path => path
            .splitn(2, |byte| *byte == b'/')
            .nth(1)
            .unwrap_or_default(),
    };
    percent_decode(key).collect()
}

/// The target in the request that goes to the store.
fn as_the_store_reads_it(router: &Router, head: &Head, target: &S3Target) -> S3Target {
    let mut sent = head.clone();
    ELSEWHERE.clone_into(&mut sent.authority);
    sent.target = target.upstream_path.clone().into_bytes();
    if let Some(query) = head.raw_query() {
        sent.target.push(b'?');
        sent.target.extend(canonical_query(query).into_bytes());
    }
    let route = router
        .route(Listener::S3, &sent)
        .expect("what goes out can be routed");
    route.s3().expect("the S3 listener has one door").clone()
}

/// Under HCP's own names the targets are the same, or not S3 at all; and each goes to the host of
/// the label that it came in under.
fn own_names(head: &Head) {
    let plain = HCP.route(Listener::S3, head);
    let Ok(route) = OWN.route(Listener::S3, head) else {
        assert!(plain.is_err());
        return;
    };
    let place = below_domain(&head.authority).filter(|(domain, _)| *domain == OWN_DOMAIN);
    let label = place
        .as_ref()
        .and_then(|(_, labels)| labels.rsplit('.').next());
    let host = label.map(|label| format!("{label}.{OWN_DOMAIN}"));
    assert_eq!(route.own_name.as_deref(), host.as_deref());
    if let Some(host) = &host {
        let authority: Authority = host.parse().unwrap();
        assert_eq!(authority.host(), host);
    }
    let level = label.filter(|label| ["admin", "default"].contains(label));
    let tenant = label.filter(|_| level.is_none());
    if host.is_some() {
        assert_eq!(route.tenant.as_ref().map(Tenant::as_str), tenant);
    }
    match &route.door {
        Door::Native => assert!(host.is_some()),
        Door::Rest { .. } | Door::Management(_) => panic!("the S3 listener leads to the API"),
        Door::S3(target) => {
            let plain = plain.expect("it is S3 under another name too");
            assert_eq!(plain.s3(), Some(target));
            assert_eq!(plain.tenant, route.tenant);
            assert_eq!(level, None);
        }
    }
}

/// What is for HCP's management services stays below their paths at whoever reads it, and goes to
/// one level of HCP's domain. Gives whether it is for them.
fn management(head: &Head) -> bool {
    let path = head.raw_path();
    let below = path == b"/mapi" || path.starts_with(b"/mapi/");
    if !below && path != b"/query" {
        return false;
    }
    let Ok(route) = HCP.route(Listener::Api, head) else {
        return true;
    };
    assert!(matches!(route.door, Door::Management(_)) && !route.is_public());
    let mut read = path.to_vec();
    for _ in 0..3 {
        read = percent_decode(&read).collect();
        let mut segments = read.split(|byte| b"/\\".contains(byte));
        assert!(!segments.any(|segment| segment == b".." || segment == b"."));
        assert!(!read.contains(&0));
    }
    let labels = below_domain(&head.authority).map(|(_, labels)| labels);
    let labels = labels.filter(|labels| !labels.is_empty());
    let level = route.tenant.as_ref().map(Tenant::as_str);
    assert_eq!(level.or(route.system.then_some("admin")), labels.as_deref());
    let upstream = UPSTREAMS.mapi(route.tenant.as_ref()).unwrap();
    let authority: Authority = upstream.authority().parse().unwrap();
    let label = authority.host().strip_suffix(".hcp.test").unwrap();
    assert!(!label.contains('.') && authority.port_u16() == Some(9090));
    true
}

/// Nobody is let in without a credential but to the paths that are open, as they are written.
fn rest(head: &Head) {
    if management(head) {
        return;
    }
    let path = head.parts.uri.path();
    for listener in [Listener::Api, Listener::Admin] {
        let Ok(route) = HCP.route(listener, head) else {
            assert_eq!(listener, Listener::Admin);
            assert_ne!(path, "/livez");
            continue;
        };
        let public = path == PUBLIC || path == "/livez";
        assert_eq!(route.door, Door::Rest { public });
        assert!(listener == Listener::Api || path == "/livez");
        assert_eq!(route.tenant, None);
    }
}
