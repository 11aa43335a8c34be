//! `[admin]`: who may change the state of the process.

use portico_sdk::operator::Operator;
use portico_sdk::settings::{Fault, Secret};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Bytes below which a token could be guessed.
const SHORTEST: usize = 32;

/// What changes state on the admin listener.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdminSettings {
    /// The operator's token; empty: nobody may.
    pub token: Secret,
}

impl AdminSettings {
    /// The operator.
    #[must_use]
    pub fn operator(&self) -> Operator {
        let operator = Operator::default();
        operator.set(self.token());
        operator
    }

    /// Their token, if there is one.
    #[must_use]
    pub fn token(&self) -> Option<SecretString> {
        (!self.token.is_empty()).then(|| self.token.to_secret_string())
    }

    pub(super) fn faults(&self) -> Option<Fault> {
        let short = !self.token.is_empty() && self.token.expose().len() < SHORTEST;
        let message = "must have at least 32 bytes; `openssl rand -hex 32` makes one";
        short.then(|| Fault::key("admin", "token", message))
    }
}
