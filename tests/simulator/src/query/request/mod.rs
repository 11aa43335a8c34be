//! A query as its document describes it, with all limits and defaults.

mod objects;
mod operations;

use serde_json::Value;

use super::fields::Fields;
use super::properties::{Property, Shown, listed};
use super::refusal::Refusal;

pub(super) use self::objects::{ObjectQuery, SortBy};
pub(super) use self::operations::{Last, OperationQuery};

/// What is asked.
pub(super) enum Request {
    Objects(Box<ObjectQuery>),
    Operations(Box<OperationQuery>),
}

impl Request {
    pub(super) fn read(document: Value) -> Result<Self, Refusal> {
        let mut top = Fields::new("queryRequest", document)?;
        if top.has("object") {
            let query = ObjectQuery::read(top.inner("object")?)?;
            top.finish()?;
            return Ok(Self::Objects(Box::new(query)));
        }
        let query = OperationQuery::read(top.inner("operation")?)?;
        top.finish()?;
        Ok(Self::Operations(Box::new(query)))
    }
}

/// `objectProperties` has the last word, be `verbose` what it may.
fn shown(fields: &mut Fields) -> Result<Shown, Refusal> {
    let verbose = fields.flag("verbose")?.unwrap_or(false);
    Ok(match fields.text("objectProperties")? {
        Some(list) => Shown::Also(listed(&list, Property::shown)?),
        None if verbose => Shown::All,
        None => Shown::Basic,
    })
}
