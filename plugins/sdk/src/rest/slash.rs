//! Paths that are right but for a slash at their end: 307 to the path without it.

use http::StatusCode;
use http::header::{HeaderValue, LOCATION};

use crate::exchange::Exchange;
use crate::reply::Reply;

/// The paths of all routes, as axum writes them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Templates(Vec<String>);

impl Templates {
    pub(super) fn add(&mut self, path: &str) {
        if !self.0.iter().any(|known| known == path) {
            self.0.push(path.to_owned());
        }
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        other.0.iter().for_each(|path| self.add(path));
    }

    fn has(&self, path: &str) -> bool {
        self.0.iter().any(|template| fits(template, path))
    }

    /// The redirection, if nothing is served under the path, and something without its slash.
    ///
    /// The method stays (RFC 9110 section 15.4.8). Below a route that takes the rest of the path a
    /// slash is a part of that, and there is nothing to redirect.
    pub(super) fn redirect(&self, exchange: &Exchange) -> Option<Reply> {
        let path = std::str::from_utf8(exchange.head.raw_path()).ok()?;
        let without = path.strip_suffix('/')?;
        if self.has(path) || !self.has(without) {
            return None;
        }
        let scheme = if exchange.arrival.tls {
            "https"
        } else {
            "http"
        };
        let mut location = format!("{scheme}://{}{without}", exchange.head.authority).into_bytes();
        if let Some(query) = exchange.head.raw_query() {
            location.push(b'?');
            location.extend_from_slice(query);
        }
        let mut reply = Reply::new(StatusCode::TEMPORARY_REDIRECT);
        let location = HeaderValue::from_bytes(&location).ok()?;
        reply.headers.insert(LOCATION, location);
        Some(reply)
    }
}

/// Whether a path is one of a template: `{name}` is one segment, `{*name}` all that is left, and
/// neither is empty.
fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut rest) = (template.split('/'), Some(path));
    loop {
        match (wanted.next(), rest) {
            (None, None) => return true,
            (Some(all), Some(left)) if all.starts_with("{*") => return !left.is_empty(),
            (Some(segment), Some(left)) => {
                let (own, next) = match left.split_once('/') {
                    Some((own, next)) => (own, Some(next)),
                    None => (left, None),
                };
                if own != segment && (own.is_empty() || !segment.starts_with('{')) {
                    return false;
                }
                rest = next;
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Door, testkit};

    fn location(target: &str) -> Option<String> {
        let mut templates = Templates::default();
        for path in [
            "/open",
            "/b/{bucket}",
            "/b/{bucket}/o/{*key}",
            "/b/{bucket}/o",
        ] {
            templates.add(path);
        }
        let request = http::Request::get(format!("http://gate.test:8000{target}"));
        let request = request.body(()).unwrap();
        let exchange = testkit::exchange(request, Door::Rest { public: false });
        let reply = templates.redirect(&exchange)?;
        assert_eq!(reply.status, StatusCode::TEMPORARY_REDIRECT);
        Some(reply.headers[LOCATION].to_str().unwrap().to_owned())
    }

    #[test]
    fn one_slash_too_many_leads_to_the_route() {
        let to = |path: &str| Some(format!("http://gate.test:8000{path}"));
        assert_eq!(location("/open/?a=b%2F&c"), to("/open?a=b%2F&c"));
        assert_eq!(location("/b/a%20b/"), to("/b/a%20b"));
        assert_eq!(location("/b/x/o/"), to("/b/x/o"));
    }

    #[test]
    fn what_is_served_or_leads_nowhere_stays() {
        for target in [
            "/open",
            "/b/x/o/k/",
            "/",
            "/nothing/",
            "/open//",
            "/b//",
            "//evil.test/",
            "/b/",
        ] {
            assert_eq!(location(target), None, "{target}");
        }
    }
}
