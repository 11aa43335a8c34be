//! `aclGrant`: which rights the access control list of an object gives, and to whom.

use std::collections::{BTreeMap, BTreeSet};

use super::pattern::Pattern;
use crate::query::record::Record;
use crate::users;

/// The order that letters must have: READ, `READ_ACL`, WRITE, `WRITE_ACL`, DELETE.
const ORDER: &str = "RrWwd";

/// Who must have the rights.
#[derive(Debug)]
enum Grantee {
    Anybody,
    User { tenant: String, name: String },
    Group { name: String },
}

/// A value of `aclGrant`.
#[derive(Debug)]
pub(super) struct Wanted {
    rights: Pattern,
    grantee: Grantee,
}

impl Wanted {
    /// `permissions`, `permissions,USER[,location,username]` or `permissions,GROUP,location,name`.
    /// `me` is `location,username` of whoever asks.
    pub(super) fn read(text: &str, me: &str) -> Option<Self> {
        let (rights, rest) = text.split_once(',').unwrap_or((text, ""));
        let grantee = match rest.split(',').collect::<Vec<_>>().as_slice() {
            [""] => Grantee::Anybody,
            ["USER"] => user(me.split_once(',')?),
            ["USER", tenant, name] => user((tenant, name)),
            ["GROUP", _, name] => Grantee::Group {
                name: (*name).to_owned(),
            },
            _ => return None,
        };
        let good = !rights.is_empty() && rights.chars().all(|c| c == '*' || ORDER.contains(c));
        good.then(|| Self {
            rights: Pattern::wild(rights),
            grantee,
        })
    }

    pub(super) fn is_in(&self, record: &Record) -> bool {
        let mut given: BTreeMap<&str, BTreeSet<char>> = BTreeMap::new();
        for grant in &record.object.acl.grants {
            let letters = letters(&grant.permission).chars();
            given.entry(&grant.grantee).or_default().extend(letters);
        }
        let mut given = given.iter();
        given.any(|(grantee, letters)| {
            let ordered: String = ORDER.chars().filter(|c| letters.contains(c)).collect();
            self.means(grantee) && self.rights.matches(&ordered)
        })
    }

    fn means(&self, grantee: &str) -> bool {
        match &self.grantee {
            Grantee::Anybody => true,
            Grantee::User { tenant, name } => {
                grantee.strip_prefix("id:") == Some(&users::guid(tenant, name))
            }
            Grantee::Group { name } => match name.as_str() {
                "all_users" => grantee.ends_with("/AllUsers"),
                "authenticated" => grantee.ends_with("/AuthenticatedUsers"),
                _ => false,
            },
        }
    }
}

fn user((tenant, name): (&str, &str)) -> Grantee {
    Grantee::User {
        tenant: tenant.to_ascii_lowercase(),
        name: name.to_owned(),
    }
}

/// WRITE lets one delete, too.
fn letters(permission: &str) -> &'static str {
    match permission {
        "READ" => "R",
        "READ_ACP" => "r",
        "WRITE" => "Wd",
        "WRITE_ACP" => "w",
        "FULL_CONTROL" => ORDER,
        _ => "",
    }
}
