//! What of HCP's answers must not leave the house as it is: its sessions, and its address.

use std::sync::Arc;

use http::Uri;
use http::header::{HeaderMap, HeaderValue, LOCATION, SET_COOKIE};
use portico_sdk::{Door, Exchange, ResponseFilter};

/// An extension of exchanges: the host of HCP that was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked(pub(crate) Arc<str>);

/// Keeps HCP's cookies back from whoever has a token: each is a credential that outlives it. And
/// redirections stay at Portico, where the client has another name for HCP than HCP itself.
pub(crate) struct Discretion;

impl ResponseFilter for Discretion {
    fn wants_head(&self, exchange: &Exchange, headers: &HeaderMap) -> bool {
        let speaks = headers.contains_key(SET_COOKIE) || headers.contains_key(LOCATION);
        speaks && matches!(exchange.route.door, Door::Management(_))
    }

    fn head(&self, exchange: &Exchange, headers: &mut HeaderMap) {
        let Some(Asked(host)) = exchange.extensions.get() else {
            return;
        };
        if exchange.principal.is_some() {
            headers.remove(SET_COOKIE);
        }
        let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let stays = location.and_then(|location| rewrite(location, host, exchange));
        if let Some(value) = stays {
            headers.insert(LOCATION, value);
        }
    }
}

/// The location under the client's own name for HCP, if it leads to the host that was asked by
/// another name than the client's.
fn rewrite(location: &str, host: &str, exchange: &Exchange) -> Option<HeaderValue> {
    let location: Uri = location.parse().ok()?;
    if !location.host()?.eq_ignore_ascii_case(host) {
        return None;
    }
    let authority = exchange.head.authority.as_str();
    let known = authority.parse::<http::uri::Authority>().ok()?;
    if known.host().eq_ignore_ascii_case(host) {
        return None;
    }
    let scheme = if exchange.arrival.tls {
        "https"
    } else {
        "http"
    };
    let path = location.path_and_query()?;
    HeaderValue::from_str(&format!("{scheme}://{authority}{path}")).ok()
}

#[cfg(test)]
mod tests {
    use portico_sdk::route::Service;
    use portico_sdk::testkit;

    use super::*;

    fn rewritten(authority: &str, location: &str) -> Option<String> {
        let request = http::Request::get(format!("http://{authority}/mapi/x"));
        let door = Door::Management(Service::Mapi);
        let exchange = testkit::exchange(request.body(()).unwrap(), door);
        let value = rewrite(location, "research.hcp.test", &exchange)?;
        Some(value.to_str().unwrap().to_owned())
    }

    #[test]
    fn only_the_asked_host_under_another_name_than_the_clients_is_replaced() {
        let here = |location| rewritten("portico.test:8000", location);
        let path = Some("http://portico.test:8000/mapi/x?y".to_owned());
        assert_eq!(here("https://Research.hcp.test:9090/mapi/x?y"), path);
        assert_eq!(here("https://research.hcp.test/mapi/x?y"), path);
        for location in [
            "https://research.hcp.test.evil/x",
            "https://research.hcp.test@evil/x",
            "https://archive.hcp.test/x",
            "/mapi/x",
            "",
        ] {
            assert_eq!(here(location), None, "{location}");
        }
        let own = rewritten("research.hcp.test:9090", "https://research.hcp.test:8000/");
        assert_eq!(own, None);
    }
}
