//! The S3 door: who asks is proven by a signature, and the request is signed again with the
//! credentials that the store expects.
//!
//! | room | question |
//! |---|---|
//! | [`authenticate`] | does the signature prove who sent this? |
//! | `grant`, `links`, `presign` | what is a link good for, and who gets one? |
//! | [`door`] | what goes to the store, and with which body? |
//! | [`strip`] | what of the client's request must not travel on? |
//! | [`outgoing`] | which headers and signature does the store want? |
//! | `document` | small bodies that HCP wants an MD5 for |
//! | [`body`] | `aws-chunked` and checksums, verified while they stream |
//! | `kept` | which reads need not go to the store? |
//! | `raw` | what does the raw client send, and what is an answer to it? |
//! | `preflight` | where do questions of browsers go, which prove nothing? |
//! | `passthrough` | what goes on untouched under HCP's own names? |
//! | [`rights_accounts`], `rights_delete`, `rights_listing` | what do rules leave of a request and its answer? |
//! | `region` | where is a bucket, when the store cannot say? |
//! | [`location`] | addresses and sessions of the store in what it answers |

pub mod authenticate;
pub mod body;
mod claim;
mod coverage;
mod document;
pub mod door;
mod error;
mod grant;
mod kept;
mod links;
pub mod location;
pub mod outgoing;
mod passthrough;
mod preflight;
mod presign;
mod raw;
mod region;
pub mod rights_accounts;
mod rights_delete;
mod rights_listing;
pub mod settings;
pub mod strip;

use std::sync::Arc;

use portico_clients::Client;
use portico_sdk::cache::ResponseCache;
use portico_sdk::keyring::Keyring;
use portico_sdk::presign::{Presigner, PublicAddress};
use portico_sdk::services::MissingService;
use portico_sdk::settings::Fault;
use portico_sdk::tokens::Tokens;
use portico_sdk::upstream::Backend;
use portico_sdk::users::Users;
use portico_sdk::{Plugin, Registry};
use portico_sigv4::KeyRack;

pub use settings::Settings;

use passthrough::Passthrough;

/// The plugin.
#[derive(Debug)]
pub struct S3;

impl Plugin for S3 {
    const NAME: &'static str = "s3";
    type Settings = Settings;

    fn install(settings: Settings, registry: &mut Registry) -> Result<(), Fault> {
        let upstreams = Arc::clone(&registry.services.upstreams);
        let users = registry.services.borrow::<dyn Users>();
        let keys = settings.keys(upstreams.backend, users)?;
        if let Some(house) = &keys.upstream {
            registry.services.house.tell(Arc::clone(house));
        }
        let tokens = registry.services.borrow::<dyn Tokens>();
        if tokens.is_none() && upstreams.backend == Backend::Hcp {
            return Err(Fault::section(
                Self::NAME,
                MissingService::of::<dyn Tokens>().to_string(),
            ));
        }
        let client = Client::new(&upstreams)
            .map_err(|error| Fault::section(Self::NAME, portico_sdk::error::chain(&error)))?;
        let passthrough = Passthrough::new(Arc::clone(&upstreams), &registry.services.metrics)
            .map_err(|error| Fault::section(Self::NAME, error.to_string()))?;
        let clock = Arc::clone(&registry.services.clock);
        let rack = Arc::new(KeyRack::new());
        registry.authenticate(authenticate::Signature {
            tokens: tokens.clone(),
            keyring: registry.services.borrow::<dyn Keyring>(),
            keys,
            default_tenant: upstreams.default_tenant.clone(),
            clock: Arc::clone(&clock),
            rack: Arc::clone(&rack),
        });
        lend_links(registry, tokens.as_ref());
        let parts = door::Parts {
            upstreams,
            client,
            tokens,
            passthrough,
            clock,
            rack,
            cache: registry.services.borrow::<dyn ResponseCache>(),
        };
        registry.handle(door::S3Door::new(&settings, parts));
        registry.filter(location::Discretion);
        Ok(())
    }
}

/// Links need tokens to write and an address to lead to.
fn lend_links(registry: &mut Registry, tokens: Option<&Arc<dyn Tokens>>) {
    let services = &mut registry.services;
    let (Some(tokens), Some(public)) = (tokens, services.borrow::<PublicAddress>()) else {
        return;
    };
    let links: Arc<dyn Presigner> = Arc::new(links::Links {
        upstreams: Arc::clone(&services.upstreams),
        tokens: Arc::clone(tokens),
        users: services.borrow::<dyn Users>(),
        public,
        clock: Arc::clone(&services.clock),
    });
    services.lend::<dyn Presigner>(Arc::clone(&links));
    registry.rest(presign::routes(links));
}
