//! Way 3 in: HCP's own derived keys, without a token, once HCP itself has accepted them.
//!
//! | room | question |
//! |---|---|
//! | [`ring`] | which secrets are known for an access key? |
//! | `known` | what is remembered of one access key |
//! | `watch` | what did HCP say, to which credential? |
//! | `guess` | was a refusal a guess? |
//! | `keep` | what becomes of it beyond this process: a file, Redis |
//!
//! It lends [`Keyring`](portico_sdk::keyring::Keyring) and must stand in the roster after `auth`,
//! which lends the seals, and before whoever checks signatures.

mod guess;
mod keep;
mod known;
mod plugin;
pub mod ring;
mod settings;
mod watch;

pub use plugin::KeyringPlugin;
pub use settings::Settings;
