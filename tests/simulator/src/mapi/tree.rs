//! The table of resources: paths, methods, who may use them, and what carries them out.

mod erasure;
mod namespace;
mod replication;
mod system;
mod tenant;

use http::Method;
use percent_encoding::percent_decode_str;

use super::call::{Call, Out};
use super::field::Field;
use super::refusal::Refusal;
use super::who::Who;

pub(crate) type Act = fn(&Call<'_>) -> Result<Out, Refusal>;

/// The methods that resources have. HEAD goes wherever GET goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Get,
    Put,
    Post,
    Delete,
}

impl Way {
    fn of(method: &Method) -> Option<Self> {
        match *method {
            Method::GET | Method::HEAD => Some(Self::Get),
            Method::PUT => Some(Self::Put),
            Method::POST => Some(Self::Post),
            Method::DELETE => Some(Self::Delete),
            _ => None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// A method of a resource.
pub(crate) struct Verb {
    pub(crate) way: Way,
    pub(crate) who: Who,
    pub(crate) act: Act,
    /// The body is a file, not a document.
    pub(crate) raw: bool,
}

const fn verb(way: Way, who: Who, act: Act) -> Verb {
    Verb {
        way,
        who,
        act,
        raw: false,
    }
}

const fn get(who: Who, act: Act) -> Verb {
    verb(Way::Get, who, act)
}

const fn put(who: Who, act: Act) -> Verb {
    verb(Way::Put, who, act)
}

const fn post(who: Who, act: Act) -> Verb {
    verb(Way::Post, who, act)
}

const fn delete(who: Who, act: Act) -> Verb {
    verb(Way::Delete, who, act)
}

impl Verb {
    const fn raw(self) -> Self {
        Self { raw: true, ..self }
    }
}

/// One kind of path and the documents behind it.
pub(crate) struct Resource {
    /// Below `/mapi/`; a segment in braces stands for a name.
    pub(crate) path: &'static str,
    /// The XML root of what a GET answers.
    pub(crate) root: &'static str,
    /// The XML root of what a PUT or POST says.
    pub(crate) sent: &'static str,
    /// The property that names an item, and that lists items in a collection; empty for the rest.
    pub(crate) key: &'static str,
    pub(crate) fields: &'static [Field],
    pub(crate) verbs: &'static [Verb],
}

/// A collection of items with this key and root.
const fn list(
    path: &'static str,
    root: &'static str,
    (sent, key): (&'static str, &'static str),
    fields: &'static [Field],
    verbs: &'static [Verb],
) -> Resource {
    Resource {
        path,
        root,
        sent,
        key,
        fields,
        verbs,
    }
}

/// An item, found by its key.
const fn item(
    path: &'static str,
    (root, key): (&'static str, &'static str),
    fields: &'static [Field],
    verbs: &'static [Verb],
) -> Resource {
    list(path, root, (root, key), fields, verbs)
}

/// What there is one of.
const fn single(
    path: &'static str,
    root: &'static str,
    fields: &'static [Field],
    verbs: &'static [Verb],
) -> Resource {
    list(path, root, (root, ""), fields, verbs)
}

/// All resources; the first whose path fits is the one.
fn every() -> impl Iterator<Item = &'static Resource> {
    let tables = [
        tenant::TABLE,
        tenant::ACCOUNTS,
        namespace::TABLE,
        system::TABLE,
        replication::TABLE,
        erasure::TABLE,
    ];
    tables.into_iter().flatten()
}

/// The names in a path, by what the table calls them.
pub(crate) type Names = Vec<(&'static str, String)>;

/// The resource of a path below `/mapi/`.
pub(crate) fn find(path: &str) -> Option<(&'static Resource, Names)> {
    every().find_map(|resource| Some((resource, resource.names(path)?)))
}

impl Resource {
    fn names(&'static self, path: &str) -> Option<Names> {
        let mut names = Names::new();
        let (mut mine, mut theirs) = (self.path.split('/'), path.split('/'));
        loop {
            match (mine.next(), theirs.next()) {
                (None, None) => return Some(names),
                (Some(word), Some(found)) => match placeholder(word) {
                    Some(_) if found.is_empty() => return None,
                    Some(name) => names.push((name, decoded(found)?)),
                    None if word == found => {}
                    None => return None,
                },
                _ => return None,
            }
        }
    }

    pub(crate) fn verb(&self, method: &Method) -> Option<&'static Verb> {
        let way = Way::of(method)?;
        self.verbs.iter().find(|verb| verb.way == way)
    }

    /// The value of `Allow`.
    pub(crate) fn allow(&self) -> String {
        let mut methods: Vec<&str> = self.verbs.iter().map(|verb| verb.way.as_str()).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.push("OPTIONS");
        methods.sort_unstable();
        methods.join(", ")
    }
}

pub(crate) fn placeholder(word: &'static str) -> Option<&'static str> {
    word.strip_prefix('{')?.strip_suffix('}')
}

fn decoded(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    Some(text.into_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_resource_is_found_by_its_own_path() {
        let mut seen = BTreeSet::new();
        for resource in every() {
            let path = resource.path.replace(['{', '}'], "");
            let (found, _) = find(&path).unwrap();
            assert_eq!(found.path, resource.path);
            assert!(
                seen.insert(resource.path),
                "{} is there twice",
                resource.path
            );
            assert!(!resource.verbs.is_empty(), "{}", resource.path);
        }
        assert!(seen.len() > 80, "{}", seen.len());
    }

    #[test]
    fn names_are_decoded_and_never_empty() {
        let (found, names) = find("tenants/Eu%20rope/namespaces/a").unwrap();
        assert_eq!(found.path, "tenants/{tenant}/namespaces/{namespace}");
        assert_eq!(names[0], ("tenant", "Eu rope".to_owned()));
        for absent in [
            "",
            "tenants/",
            "tenants//namespaces",
            "nothing",
            "tenants/a/b",
        ] {
            assert!(find(absent).is_none(), "{absent}");
        }
    }

    #[test]
    fn allow_names_what_may_be_asked() {
        let (found, _) = find("tenants").unwrap();
        assert_eq!(found.allow(), "GET, HEAD, OPTIONS, PUT");
    }
}
