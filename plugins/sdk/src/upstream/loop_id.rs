//! The mark by which a request that comes back is known: `CDN-Loop` (RFC 8586).

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// The header. Others may not take it out: a `Connection` that names it is refused.
pub const CDN_LOOP: HeaderName = HeaderName::from_static("cdn-loop");

/// This process's own name in `CDN-Loop`. Random, so that two processes in a row are no loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoopId(HeaderValue);

impl LoopId {
    /// A name that no other process has.
    #[must_use]
    pub fn random() -> Self {
        let name = format!("portico-{}", Uuid::new_v4().simple());
        // Letters, digits and a dash can always stand in a header.
        let value = HeaderValue::from_str(&name);
        Self(value.unwrap_or(HeaderValue::from_static("portico")))
    }

    /// Whether a request with these headers has been sent by this process before.
    #[must_use]
    pub fn is_in(&self, headers: &HeaderMap) -> bool {
        let fields = headers.get_all(CDN_LOOP).into_iter();
        fields
            .flat_map(|field| field.as_bytes().split(|byte| *byte == b','))
            .any(|member| self.names(member))
    }

    /// One member of the list: a name and perhaps parameters behind semicolons.
    fn names(&self, member: &[u8]) -> bool {
        let name = member.split(|byte| *byte == b';').next();
        name.unwrap_or_default()
            .trim_ascii()
            .eq_ignore_ascii_case(self.0.as_bytes())
    }

    /// The name as a header's value, to be added behind those of others.
    #[must_use]
    pub fn value(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Display for LoopId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sees(id: &LoopId, values: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CDN_LOOP, value.parse().unwrap());
        }
        id.is_in(&headers)
    }

    #[test]
    fn its_own_name_is_found_wherever_it_stands() {
        let id = LoopId::random();
        assert!(sees(&id, &[&format!("foo123.foocdn.example, {id}")]));
        assert!(sees(&id, &["barcdn.example; trace=\"x\"", &id.to_string()]));
        let with_parameter = format!("a,{} ; hops=2", id.to_string().to_uppercase());
        assert!(sees(&id, &[&with_parameter]));
    }

    #[test]
    fn others_are_no_loop() {
        let id = LoopId::random();
        assert!(!sees(&id, &[]));
        assert!(!sees(&id, &[&LoopId::random().to_string()]));
        assert!(!sees(&id, &[&format!("x{id}, {id}x, y; by={id}")]));
    }
}
