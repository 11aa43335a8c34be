//! The token of whoever runs the house, for what changes its state on the admin listener.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use crate::error::{Error, Reason};
use crate::exchange::Arrival;
use crate::route::Listener;

/// The token, if there is one. Cheap to clone; clones share it.
#[derive(Clone, Default)]
pub struct Operator(Arc<ArcSwapOption<SecretString>>);

impl Operator {
    /// Whoever shows this token.
    #[must_use]
    pub fn new(token: SecretString) -> Self {
        Self(Arc::new(ArcSwapOption::from_pointee(token)))
    }

    /// From now on whoever shows this token, and nobody else; `None`: nobody.
    pub fn set(&self, token: Option<SecretString>) {
        self.0.store(token.map(Arc::new));
    }

    /// Lets a request pass on the admin listener that shows the token; elsewhere there is nothing.
    ///
    /// # Errors
    /// [`Reason::NotFound`] on other listeners, and those of [`Operator::admit`].
    pub fn admit_on(&self, arrival: &Arrival, headers: &HeaderMap) -> Result<(), Error> {
        if arrival.listener != Listener::Admin {
            return Err(Error::new(Reason::NotFound));
        }
        self.admit(headers)
    }

    /// Lets a request pass that shows the token as bearer (RFC 6750 section 2.1).
    ///
    /// # Errors
    /// [`Reason::AccessDenied`] where no token is set, [`Reason::NotAuthenticated`] for any other.
    pub fn admit(&self, headers: &HeaderMap) -> Result<(), Error> {
        let Some(token) = self.0.load_full() else {
            let words = "No operator token is set ([admin] token), so nobody may do that.";
            return Err(Error::with_message(Reason::AccessDenied, words));
        };
        let shown = headers.get(AUTHORIZATION).map(http::HeaderValue::as_bytes);
        let shown = shown.and_then(|value| value.split_first_chunk::<7>());
        let bearer = shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "));
        let good = |(_, shown): (&[u8; 7], &[u8])| {
            let token = token.expose_secret().as_bytes();
            bool::from(shown.trim_ascii().ct_eq(token))
        };
        if bearer.is_some_and(good) {
            return Ok(());
        }
        Err(Error::new(Reason::NotAuthenticated))
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Operator(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(operator: &Operator, shown: Option<&'static str>) -> Option<Reason> {
        let mut headers = HeaderMap::new();
        if let Some(shown) = shown {
            headers.insert(AUTHORIZATION, http::HeaderValue::from_static(shown));
        }
        operator.admit(&headers).err().map(|error| error.reason())
    }

    #[test]
    fn only_the_very_token_passes_and_none_where_none_is_set() {
        let operator = Operator::new("a-long-token".into());
        for shown in ["Bearer a-long-token", "bearer  a-long-token "] {
            assert_eq!(reason(&operator, Some(shown)), None);
        }
        for shown in [
            "Bearer",
            "Bearer a-long-toke",
            "Bearer x",
            "Basic a-long-token",
        ] {
            assert_eq!(
                reason(&operator, Some(shown)),
                Some(Reason::NotAuthenticated)
            );
        }
        assert_eq!(reason(&operator, None), Some(Reason::NotAuthenticated));
        operator.clone().set(Some("another-token".into()));
        assert_eq!(reason(&operator, Some("Bearer another-token")), None);
        let nobody = Operator::default();
        assert_eq!(reason(&nobody, Some("Bearer ")), Some(Reason::AccessDenied));
        assert!(!format!("{operator:?}").contains("long"));
    }
}
