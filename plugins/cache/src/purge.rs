//! `DELETE /api/v1/cache` on the admin listener: the operator drops what is kept.

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::routing::delete;
use http::StatusCode;
use portico_sdk::cache::{Change, Home};
use portico_sdk::exchange::Arrival;
use portico_sdk::operator::Operator;
use portico_sdk::rest::Routes;
use portico_sdk::upstream::Upstreams;
use portico_sdk::{Error, Reason, Tenant};
use serde::Deserialize;

use crate::cache::Cache;

/// Where the operator drops what is kept.
pub(crate) const PATH: &str = "/api/v1/cache";

#[derive(Clone)]
struct Purge {
    cache: Cache,
    operator: Operator,
    upstreams: Arc<Upstreams>,
}

/// What is to be dropped.
#[derive(Deserialize)]
struct Asked {
    /// Whose; empty: the system's, or that of a store without tenants.
    tenant: String,
    /// What begins with this: `/mapi`, `/query`, `/bucket/` or `/bucket/key`.
    #[serde(default)]
    prefix: String,
}

pub(crate) fn routes(cache: &Cache, operator: &Operator, upstreams: &Arc<Upstreams>) -> Routes {
    let purge = Purge {
        cache: cache.clone(),
        operator: operator.clone(),
        upstreams: Arc::clone(upstreams),
    };
    Routes::new()
        .unlisted(PATH, delete(purge_some))
        .with_state(purge)
}

async fn purge_some(
    State(purge): State<Purge>,
    arrival: Arrival,
    request: Request,
) -> Result<StatusCode, Error> {
    purge.operator.admit_on(&arrival, request.headers())?;
    let Ok(Query(asked)) = Query::<Asked>::try_from_uri(request.uri()) else {
        return Err(refused("tenant is missing; it may be empty: the system's"));
    };
    let tenant = match asked.tenant.as_str() {
        "" => None,
        name => {
            let tenant = name.parse::<Tenant>();
            Some(tenant.map_err(|_| refused("tenant is none"))?)
        }
    };
    let homes = [
        Home::of(tenant.as_ref()),
        Home::in_store(&purge.upstreams, tenant.as_ref()),
    ];
    let change = homes.iter().fold(Change::default(), |change, home| {
        change.and(below(home, &asked.prefix))
    });
    tracing::info!(tenant = asked.tenant, "the operator drops what is kept");
    purge.cache.drop_old(&change, false).await;
    Ok(StatusCode::NO_CONTENT)
}

fn refused(words: &'static str) -> Error {
    Error::with_message(Reason::Unprocessable, words)
}

/// Everything of a home whose path begins so, and perhaps more.
fn below(home: &Home, prefix: &str) -> Change {
    let none = Change::default();
    let path = prefix.strip_prefix('/').unwrap_or(prefix);
    let (first, whole) = match path.split_once('/') {
        Some((first, _)) => (first, true),
        None => (path, false),
    };
    // Without a slash behind it, a name may be the beginning of many.
    let change = if whole {
        none.bucket(home, first)
    } else {
        none.s3(home)
    };
    let names = |service: &str| {
        if whole {
            service == first
        } else {
            service.starts_with(first)
        }
    };
    let change = if names("mapi") {
        change.mapi(home)
    } else {
        change
    };
    if names("query") {
        change.query(home)
    } else {
        change
    }
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;
    use portico_sdk::cache::ResponseCache as _;
    use portico_sdk::pipeline::Verdict;
    use portico_sdk::route::Listener;
    use portico_sdk::testkit::{exchange, upstreams};
    use portico_sdk::{Door, Registry, Services, body, clock};

    use super::*;
    use crate::cache::{Kit, head_object};

    const TOKEN: &str = "Bearer the-operators-own-token";

    /// The status of an answer on a listener, and whether an object of "research" is kept after it.
    async fn asked(listener: Listener, token: &'static str, query: &str) -> (u16, bool) {
        let kit = Kit::new();
        kit.ask(head_object(), "").await;
        let mut registry = Registry::new(Services::new(clock::system(), upstreams()));
        let operator = Operator::new("the-operators-own-token".into());
        let hcp = Arc::clone(&registry.services.upstreams);
        registry.rest(routes(&kit.cache, &operator, &hcp));
        let request = http::Request::delete(format!("{PATH}{query}"));
        let request = request.header(AUTHORIZATION, token).body(()).unwrap();
        let mut exchange = exchange(request, Door::Rest { public: true });
        exchange.arrival.listener = listener;
        let pipeline = registry.build().unwrap().pipeline;
        let status = match pipeline.run(&mut exchange, body::empty()).await {
            Ok(Verdict::Reply(reply)) => reply.status.as_u16(),
            Ok(Verdict::Forward(_)) => panic!("forwarded"),
            Err(error) => error.reason().row().rest_status.as_u16(),
        };
        (status, kit.cache.kept(head_object()).await.is_some())
    }

    #[tokio::test]
    async fn only_the_operator_drops_and_only_on_the_admin_listener() {
        let admin = Listener::Admin;
        let query = "?tenant=research&prefix=/photos/cat";
        assert_eq!(asked(admin, TOKEN, query).await, (204, false));
        assert_eq!(asked(Listener::Api, TOKEN, query).await, (404, true));
        assert_eq!(asked(admin, "Bearer guess", query).await, (401, true));
        assert_eq!(asked(admin, TOKEN, "").await, (422, true));
        assert_eq!(asked(admin, TOKEN, "?tenant=a.b").await, (422, true));
        assert_eq!(asked(admin, TOKEN, "?tenant=archive").await, (204, true));
        assert_eq!(asked(admin, TOKEN, "?tenant=research").await, (204, false));
        let other = "?tenant=research&prefix=/other/";
        assert_eq!(asked(admin, TOKEN, other).await, (204, true));
    }

    #[test]
    fn what_is_dropped_is_never_less_than_what_was_asked_for() {
        let home = Home::default();
        let none = Change::default;
        let all = none().s3(&home).mapi(&home).query(&home);
        for (prefix, change) in [
            ("", all.clone()),
            ("/", all),
            ("/mapi", none().s3(&home).mapi(&home)),
            ("/m", none().s3(&home).mapi(&home)),
            ("/mapi/tenants/a", none().bucket(&home, "mapi").mapi(&home)),
            ("/query/", none().bucket(&home, "query").query(&home)),
            ("/pho", none().s3(&home)),
            ("/photos/", none().bucket(&home, "photos")),
            ("photos/cat", none().bucket(&home, "photos")),
        ] {
            assert_eq!(below(&home, prefix), change, "{prefix}");
        }
    }
}
