//! Access control lists, in AWS's own names on both sides.

use aws_sdk_s3::types::{AccessControlPolicy, Grant, Grantee, Owner, Permission, Type};
use portico_hcp::document::{Kind, Model};
use portico_sdk::invalid::Refusal;
use portico_sdk::{Error, Reason};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::document::{Document, optional};

const OWNER: Model = Model {
    name: "AclOwner",
    fields: &[
        optional("ID", Kind::Text),
        optional("DisplayName", Kind::Text),
    ],
};

const GRANT: Model = Model {
    name: "AclGrant",
    fields: &[
        optional("Grantee", Kind::Object),
        optional("Permission", Kind::Text),
    ],
};

/// What a client sends.
pub(crate) const POLICY: Model = Model {
    name: "AclPolicy",
    fields: &[
        optional("Owner", Kind::Model(&OWNER)),
        optional("Grants", Kind::List(&Kind::Model(&GRANT))),
    ],
};

/// What a client gets.
#[derive(Serialize, ToSchema)]
pub(crate) struct AclResponse {
    #[schema(value_type = Object)]
    owner: Map<String, Value>,
    #[schema(value_type = Vec<Object>)]
    grants: Vec<Value>,
}

impl AclResponse {
    pub(crate) fn of(owner: Option<&Owner>, grants: &[Grant]) -> Self {
        Self {
            owner: owner.map(owned).unwrap_or_default(),
            grants: grants.iter().map(granted).collect(),
        }
    }
}

/// Fields with a value, and no others.
fn fields<const N: usize>(all: [(&str, Option<&str>); N]) -> Map<String, Value> {
    let there = all
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    there
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect()
}

fn owned(owner: &Owner) -> Map<String, Value> {
    fields([("DisplayName", owner.display_name()), ("ID", owner.id())])
}

fn granted(grant: &Grant) -> Value {
    let grantee = grant.grantee().map(|grantee| {
        fields([
            ("DisplayName", grantee.display_name()),
            ("EmailAddress", grantee.email_address()),
            ("ID", grantee.id()),
            ("Type", Some(grantee.r#type().as_str())),
            ("URI", grantee.uri()),
        ])
    });
    let mut told = fields([("Permission", grant.permission().map(Permission::as_str))]);
    if let Some(grantee) = grantee {
        told.shift_insert(0, "Grantee".to_owned(), Value::Object(grantee));
    }
    Value::Object(told)
}

/// The policy of a document.
pub(crate) fn policy(mut document: Document) -> Result<AccessControlPolicy, Refusal> {
    let owner = document.take("Owner");
    let owner = owner.is_object().then(|| {
        let name = Owner::builder().set_display_name(text(&owner, "DisplayName"));
        name.set_id(text(&owner, "ID")).build()
    });
    let grants = match document.take("Grants") {
        Value::Array(grants) => {
            let grants = grants.iter().map(grant).collect::<Result<_, Error>>();
            Some(grants?)
        }
        _ => None,
    };
    let policy = AccessControlPolicy::builder().set_owner(owner);
    Ok(policy.set_grants(grants).build())
}

fn grant(given: &Value) -> Result<Grant, Error> {
    let grantee = match &given["Grantee"] {
        Value::Object(_) => Some(grantee(&given["Grantee"])?),
        _ => None,
    };
    let permission = text(given, "Permission");
    let permission = permission.as_deref().map(Permission::from);
    let grant = Grant::builder().set_grantee(grantee);
    Ok(grant.set_permission(permission).build())
}

fn grantee(given: &Value) -> Result<Grantee, Error> {
    let kind = text(given, "Type");
    let grantee = Grantee::builder()
        .set_display_name(text(given, "DisplayName"))
        .set_email_address(text(given, "EmailAddress"))
        .set_id(text(given, "ID"))
        .set_uri(text(given, "URI"))
        .set_type(kind.as_deref().map(Type::from));
    grantee.build().map_err(|error| {
        let words = "A grantee needs its Type, such as CanonicalUser or Group";
        Error::with_message(Reason::InvalidRequest, words).because(error)
    })
}

fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_grant_comes_back_as_it_was_given() {
        let given = json!({
            "Grantee": {"ID": "7", "Type": "CanonicalUser"}, "Permission": "READ",
        });
        assert_eq!(granted(&grant(&given).unwrap()), given);
        let nobody = grant(&json!({"Grantee": {"ID": "7"}})).unwrap_err();
        assert_eq!(nobody.reason(), Reason::InvalidRequest);
    }
}
