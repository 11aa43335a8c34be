//! The plugin: settings in, tokens lent, authenticator and routes registered.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use portico_sdk::brake::Brake;
use portico_sdk::clock::Clock;
use portico_sdk::management::Management;
use portico_sdk::presign::PublicAddress;
use portico_sdk::reload::Change;
use portico_sdk::rest::Routes;
use portico_sdk::rest::openapi::HttpMethod;
use portico_sdk::seal::Seals;
use portico_sdk::settings::{Fault, Secret};
use portico_sdk::tokens::Tokens;
use portico_sdk::upstream::Backend;
use portico_sdk::users::Users;
use portico_sdk::{Plugin, Registry, Services, Tenant};

use crate::authorize::Rules;
use crate::bearer::Bearer;
use crate::capabilities;
use crate::credentials;
use crate::describe;
use crate::form::{self, Limits};
use crate::jwt::Jwt;
use crate::key::Key;
use crate::login;
use crate::seals::SecretSeals;
use crate::settings::{NAME, Settings};
use crate::users::{Directory, People};

const LOGIN: &str = "/api/v1/auth/token";
const CREDENTIALS: &str = "/api/v1/credentials";
const CAPABILITIES: &str = "/api/v1/capabilities";

/// Login, tokens and bearer authentication.
///
/// It must stand before every plugin of the roster that borrows [`Tokens`].
#[derive(Debug, Clone, Copy)]
pub struct Auth;

impl Plugin for Auth {
    const NAME: &'static str = NAME;

    type Settings = Settings;

    fn install(settings: Settings, registry: &mut Registry) -> Result<(), Fault> {
        let backend = registry.services.upstreams.backend;
        settings.check(backend)?;
        let tokens: Arc<dyn Tokens> = Arc::new(jwt(&settings, &registry.services)?);
        registry.services.lend::<dyn Tokens>(Arc::clone(&tokens));
        let seals: Arc<dyn Seals> = Arc::new(SecretSeals::new(&settings.secrets));
        registry.services.lend::<dyn Seals>(seals);
        let users = directory(&settings, backend)?;
        if let Some(users) = &users {
            registry.services.lend::<dyn Users>(Arc::clone(users) as _);
            let kept = Arc::clone(users);
            registry.reloads::<Self>(&["users"], move |settings| {
                new_users(&settings, backend, &kept)
            });
        }
        registry.authenticate(Bearer {
            tokens: Arc::clone(&tokens),
            users: users.clone(),
            house: registry.services.house.clone(),
        });
        registry.authorize(Rules);
        registry.public(LOGIN);
        let public = public_address(&settings, &registry.services);
        registry.services.lend(Arc::new(public));
        registry.public(CAPABILITIES);
        let desk = Desk::new(settings, tokens, users, &registry.services);
        registry.rest(routes(desk));
        Ok(())
    }
}

fn public_address(settings: &Settings, services: &Services) -> PublicAddress {
    PublicAddress {
        pattern: settings.public_s3_url.clone(),
        domain: services.upstreams.domain.clone(),
    }
}

fn jwt(settings: &Settings, services: &Services) -> Result<Jwt, Fault> {
    let prepare = |secret: &Secret| {
        Key::new(secret.expose())
            .map_err(|_| Fault::key(NAME, "secrets", "no key derives from this secret"))
    };
    let mut keys = settings.secrets.iter().map(prepare);
    let none = || Fault::key(NAME, "secrets", "no secret to sign tokens with");
    let first = keys.next().ok_or_else(none)??;
    let others = keys.collect::<Result<_, _>>()?;
    let clock = Arc::clone(&services.clock);
    Ok(Jwt::new(first, others, settings.pwd, clock))
}

/// The users of the configuration, where the store has none of its own.
fn directory(settings: &Settings, backend: Backend) -> Result<Option<Arc<Directory>>, Fault> {
    if backend == Backend::Hcp {
        return Ok(None);
    }
    let people = People::new(&settings.users, &settings.secrets)?;
    Ok(Some(Arc::new(Directory::of(people))))
}

/// The settings have been read again.
fn new_users(
    settings: &Settings,
    backend: Backend,
    kept: &Arc<Directory>,
) -> Result<Change, Fault> {
    settings.check(backend)?;
    let people = People::new(&settings.users, &settings.secrets)?;
    let kept = Arc::clone(kept);
    Ok(Box::new(move || kept.set(people)))
}

fn routes(desk: Desk) -> Routes {
    use HttpMethod::{Get, Post};
    let (backend, management) = (desk.backend, desk.management.clone());
    let login = login::post.layer(DefaultBodyLimit::max(form::LARGEST));
    let capabilities = async move || capabilities::of(backend, &management);
    Routes::new()
        .on(Post, LOGIN, describe::login(), login)
        .on(Get, CREDENTIALS, describe::credentials(), credentials::get)
        .on(Get, CAPABILITIES, describe::capabilities(), capabilities)
        .with_state(Arc::new(desk))
}

/// What the routes need to answer.
pub(crate) struct Desk {
    pub(crate) tokens: Arc<dyn Tokens>,
    /// The users of the configuration; none on HCP.
    pub(crate) users: Option<Arc<Directory>>,
    backend: Backend,
    management: Management,
    pub(crate) limits: Limits,
    pub(crate) brake: Arc<Brake>,
    clock: Arc<dyn Clock>,
    token_lifetime: Duration,
    session_lifetime: Duration,
    public_s3_url: String,
    domain: Option<String>,
}

impl Desk {
    fn new(
        settings: Settings,
        tokens: Arc<dyn Tokens>,
        users: Option<Arc<Directory>>,
        services: &Services,
    ) -> Self {
        Self {
            tokens,
            users,
            backend: services.upstreams.backend,
            management: services.management.clone(),
            limits: Limits {
                username: settings.max_username_length,
                password: settings.max_password_length,
            },
            brake: Arc::clone(&services.brake),
            clock: Arc::clone(&services.clock),
            token_lifetime: settings.token_lifetime.0,
            session_lifetime: settings.session_lifetime.0,
            public_s3_url: settings.public_s3_url,
            domain: services.upstreams.domain.clone(),
        }
    }

    /// When a login of this moment ends.
    pub(crate) fn login_end(&self) -> SystemTime {
        self.clock.now() + self.token_lifetime
    }

    /// When an S3 session of this moment ends; the caller sees that its login does not end before.
    pub(crate) fn session_end(&self) -> SystemTime {
        self.clock.now() + self.session_lifetime
    }

    /// The address of the S3 door for a tenant's users.
    pub(crate) fn endpoint(&self, tenant: Option<&Tenant>) -> Option<String> {
        credentials::endpoint(&self.public_s3_url, self.domain.as_deref(), tenant)
    }
}
