//! Who asks, and where they may search.

use std::sync::Arc;

use http::HeaderMap;

use super::record::Home;
use super::refusal::Refusal;
use crate::s3::Api;
use crate::store::Bucket;
use crate::token::Token;
use crate::users::{SYSTEM, Users};

/// Somebody who may search.
pub(super) struct Asker {
    username: String,
    /// The tenant of a tenant's user.
    tenant: Option<String>,
}

impl Asker {
    /// A user of the tenant, or of the system, who may use the query API. Tenants let users of the
    /// system in; `tenant` is `None` on the system's own host, which knows no others.
    pub(super) fn find(
        users: &Users,
        tenant: Option<&str>,
        headers: &HeaderMap,
    ) -> Result<Self, Refusal> {
        let unknown = || Refusal::forbidden("Missing or invalid credentials");
        let token = Token::read(headers).ok_or_else(unknown)?;
        let own = tenant.and_then(|name| Some((token.user(users, name)?, Some(name))));
        let system = || Some((token.user(users, SYSTEM)?, None));
        let (user, tenant) = own.or_else(system).ok_or_else(unknown)?;
        if !user.allow_search {
            return Err(Refusal::forbidden(
                "The user may not use the metadata query API",
            ));
        }
        Ok(Self {
            username: user.username,
            tenant: tenant.map(str::to_owned),
        })
    }

    /// `location,username`; users of the system own nothing.
    pub(super) fn location(&self) -> String {
        let tenant = self.tenant.as_deref().unwrap_or_default();
        format!("{tenant},{}", self.username)
    }

    pub(super) fn may_search(&self, api: &Api, bucket: &Bucket) -> bool {
        match &self.tenant {
            None => true,
            Some(tenant) => *tenant == api.name && api.may_search(bucket, &self.username),
        }
    }
}

pub(super) fn home(api: &Api, bucket: &Bucket) -> Arc<Home> {
    Arc::new(Home {
        domain: api.domain.clone(),
        tenant: api.name.clone(),
        bucket: bucket.name.clone(),
    })
}
