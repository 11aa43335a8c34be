//! What a client says of caches (`Cache-Control` of requests, RFC 9111 section 5.2.1).

use http::HeaderMap;
use http::header::{CACHE_CONTROL, PRAGMA};

/// Whether a client wants a kept answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Demand {
    /// A kept one will do.
    #[default]
    Any,
    /// A fresh one, which may then be kept: `no-cache`, or `max-age=0`.
    Fresh,
    /// A fresh one that is not kept: `no-store`.
    Private,
}

impl Demand {
    /// What these headers of a request demand.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let mut demand = Self::Any;
        let lines = headers.get_all(CACHE_CONTROL).iter();
        for directive in lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')) {
            let directive = directive.trim_ascii();
            let says = |word: &[u8]| directive.eq_ignore_ascii_case(word);
            if says(b"no-store") {
                return Self::Private;
            }
            if says(b"no-cache") || says(b"max-age=0") {
                demand = Self::Fresh;
            }
        }
        let old = headers
            .get(PRAGMA)
            .filter(|_| !headers.contains_key(CACHE_CONTROL));
        if old.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"no-cache")) {
            return Self::Fresh;
        }
        demand
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn of(name: HeaderName, value: &'static str) -> Demand {
        Demand::of(&HeaderMap::from_iter([(
            name,
            HeaderValue::from_static(value),
        )]))
    }

    #[test]
    fn directives_are_heard() {
        assert_eq!(Demand::of(&HeaderMap::new()), Demand::Any);
        assert_eq!(of(CACHE_CONTROL, "max-age=60"), Demand::Any);
        assert_eq!(of(CACHE_CONTROL, "max-age=60, No-Cache"), Demand::Fresh);
        assert_eq!(of(CACHE_CONTROL, "max-age=0"), Demand::Fresh);
        assert_eq!(of(CACHE_CONTROL, "no-cache,no-store"), Demand::Private);
        assert_eq!(of(PRAGMA, "no-cache"), Demand::Fresh);
    }
}
