//! The plugin: two routes where management is served, and nothing elsewhere.

use std::sync::Arc;

use portico_hcp::Hcp;
use portico_hcp::document::{Model, schema};
use portico_sdk::cache::ResponseCache;
use portico_sdk::error::chain;
use portico_sdk::rest::openapi::HttpMethod::Post;
use portico_sdk::rest::{Description, Routes};
use portico_sdk::settings::Fault;
use portico_sdk::{Plugin, Registry};

use crate::handle;
use crate::models::{
    OBJECT_QUERY, OBJECT_QUERY_RESPONSE, OPERATION_QUERY, OPERATION_QUERY_RESPONSE,
};
use crate::settings::Settings;

const OBJECTS: &str = "/api/v1/query/tenants/{tenant_name}/objects";
const OPERATIONS: &str = "/api/v1/query/tenants/{tenant_name}/operations";

/// HCP's metadata query.
///
/// It must stand behind the plugin of the roster that opens management.
#[derive(Debug, Clone, Copy)]
pub struct QueryPlugin;

impl Plugin for QueryPlugin {
    const NAME: &'static str = "query";
    type Settings = Settings;

    fn install(settings: Settings, registry: &mut Registry) -> Result<(), Fault> {
        if !registry.services.management.is_open() {
            return Ok(());
        }
        let upstreams = Arc::clone(&registry.services.upstreams);
        let hcp = Hcp::new(upstreams, settings.max_answer);
        let hcp = hcp.map_err(|error| Fault::section(Self::NAME, chain(&error)))?;
        let hcp = hcp.keeping(registry.services.borrow::<dyn ResponseCache>());
        registry.rest(routes(hcp));
        Ok(())
    }
}

fn routes(hcp: Hcp) -> Routes {
    let objects = described(
        "queryObjects",
        "Which objects of a tenant match",
        (&OBJECT_QUERY, &OBJECT_QUERY_RESPONSE),
    )
    .details(
        "`query` is HCP's query language, such as `namespace:\"photos.research\"` or `+size:[1 TO 9]`. \
         A `count` of -1 asks for everything, 0 for totals and facets alone.",
    );
    let operations = described(
        "queryOperations",
        "What was done to the objects of a tenant, in order of time",
        (&OPERATION_QUERY, &OPERATION_QUERY_RESPONSE),
    )
    .details(
        "The last record of an answer, given as `lastResult`, leads to the next page. Unless \
         `systemMetadata.changeTime` says otherwise, HCP leaves out the latest minute.",
    );
    Routes::new()
        .on(Post, OBJECTS, objects, handle::objects)
        .on(Post, OPERATIONS, operations, handle::operations)
        .with_state(Arc::new(hcp))
}

fn described(id: &str, summary: &str, (asked, told): (&Model, &Model)) -> Description {
    Description::new("query", id, summary)
        .json(schema::model(asked))
        .answer(
            200,
            "What was found; fields without a value are left out.",
            schema::model(told),
        )
        .refusal(
            400,
            "HCP does not understand the query, or the house has no domain of HCP.",
        )
        .refusal(403, "HCP does not let the caller search there.")
        .refusal(413, "The query is larger than the 8 KiB that HCP reads.")
        .refusal(502, "HCP cannot be reached, or not understood.")
        .refusal(504, "HCP did not answer in time.")
}
