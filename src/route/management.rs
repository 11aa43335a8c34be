//! HCP's management services on the api listener: `/mapi` with everything below, and `/query`.

use std::borrow::Cow;

use percent_encoding::percent_decode;
use portico_sdk::route::Service;
use portico_sdk::{Error, Reason};

/// How often a path may be encoded over itself before nobody can mean it.
const LAYERS: usize = 3;

/// The service that a path as sent belongs to. Both words are lower case, spelt out (HCP, "HCP
/// Management API Reference", URLs).
pub(super) fn service(path: &[u8]) -> Option<Service> {
    match path {
        b"/query" => Some(Service::Query),
        b"/mapi" => Some(Service::Mapi),
        _ => path.starts_with(b"/mapi/").then_some(Service::Mapi),
    }
}

/// Refuses a path that could lead out of its service at whoever reads it another way: one with dot
/// segments (RFC 3986 section 3.3) or control characters, under any layers of encoding.
pub(super) fn check(path: &[u8]) -> Result<(), Error> {
    let mut path = Cow::Borrowed(path);
    for _ in 0..LAYERS {
        if is_astray(&path) {
            break;
        }
        let decoded = match Cow::from(percent_decode(&path)) {
            // Nothing of it is encoded.
            Cow::Borrowed(_) => return Ok(()),
            Cow::Owned(decoded) => decoded,
        };
        path = Cow::Owned(decoded);
    }
    let words =
        "A path of the management services holds no dot segments and no control characters.";
    Err(Error::with_message(Reason::InvalidUri, words))
}

/// Parameters of segments and backslashes are seen as those see them who take `..;x` and `..\\` for
/// a way up.
fn is_astray(path: &[u8]) -> bool {
    let is_dots = |segment: &[u8]| {
        let name = segment.split(|byte| *byte == b';').next();
        name.is_some_and(|name| matches!(name, b"." | b".."))
    };
    let mut segments = path.split(|byte| matches!(byte, b'/' | b'\\'));
    path.iter().any(u8::is_ascii_control) || segments.any(is_dots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_spelt_out() {
        assert_eq!(service(b"/mapi"), Some(Service::Mapi));
        assert_eq!(service(b"/mapi/tenants/x"), Some(Service::Mapi));
        assert_eq!(service(b"/query"), Some(Service::Query));
        for path in [
            "/",
            "//mapi",
            "/Mapi",
            "/%6dapi",
            "/mapi;x/y",
            "/mapix",
            "/x/mapi",
            "/./mapi",
            "/query/",
            "/query/x",
            "//query",
            "/quer%79",
            "/mapi%2ftenants",
            "/mapi\\x",
        ] {
            assert_eq!(service(path.as_bytes()), None, "{path}");
        }
    }

    #[test]
    fn nothing_leads_out() {
        for path in [
            "/mapi/..",
            "/mapi/../rest",
            "/mapi/.",
            "/mapi/./x",
            "/mapi/%2e%2e/x",
            "/mapi/.%2E/x",
            "/mapi/..%2fx",
            "/mapi/x%2f..%2f..",
            "/mapi/..%5cx",
            "/mapi/..\\x",
            "/mapi/..;a=b/x",
            "/mapi/..%3b/x",
            "/mapi/%252e%252e/x",
            "/mapi/%25252e./x",
            "/mapi/%2525252e",
            "/mapi/a%00b",
            "/mapi/a%0d%0ab",
            "/mapi/%7f",
        ] {
            assert!(check(path.as_bytes()).is_err(), "{path}");
        }
        for path in [
            "/mapi",
            "/mapi/",
            "/mapi//tenants",
            "/mapi/tenants/a.b",
            "/mapi/x/...",
            "/mapi/x/.a",
            "/mapi/userAccounts/a%2fb",
            "/mapi/userAccounts/%C3%A5%20b%40c",
            "/mapi/x/100%",
            "/mapi/%zz",
            "/mapi/userAccounts/a%25b",
            "/mapi/userAccounts/100%2525",
        ] {
            assert!(check(path.as_bytes()).is_ok(), "{path}");
        }
    }
}
