//! One management request that has been understood: who asks what of which resource.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::assumptions::{Assumptions, VerboseLists};
use super::query::Query;
use super::refusal::Refusal;
use super::shape::{Asking, show};
use super::tree::{Names, Resource, placeholder};
use super::who::Actor;
use crate::branches::Branch;
use crate::front::Front;
use crate::store::{Bucket, Document, Documents};
use crate::users::SYSTEM;

/// What came with the request.
pub(crate) enum Body {
    Nothing,
    Document(Value),
    File(Bytes),
}

/// What the answer is made of.
pub(crate) enum Out {
    Nothing,
    Document(Document),
    /// Records below the root, each an element of this name; as text in these columns.
    Records {
        name: &'static str,
        records: Vec<Document>,
        columns: &'static [&'static str],
    },
    /// In JSON a bare array.
    Bare(Vec<Document>),
    Text(String),
    Zip {
        name: &'static str,
        data: Vec<u8>,
    },
}

/// The request, with everything that there is to act on.
pub(crate) struct Call<'a> {
    pub(crate) front: &'a Front,
    pub(crate) actor: &'a Actor,
    pub(crate) resource: &'static Resource,
    pub(crate) names: &'a Names,
    pub(crate) query: &'a Query,
    pub(crate) body: Body,
    pub(crate) assumptions: &'a Assumptions,
}

/// Where documents are kept.
enum Place {
    System,
    Tenant,
    Namespace,
}

impl Call<'_> {
    /// The name in the path that the table calls so.
    pub(crate) fn name(&self, of: &str) -> &str {
        let mut names = self.names.iter();
        let found = names.find(|(name, _)| *name == of);
        found.map_or("", |(_, value)| value)
    }

    /// The last name in the path: that of the item.
    pub(crate) fn last_name(&self) -> &str {
        self.names.last().map_or("", |(_, value)| value)
    }

    /// The table of users that the path means.
    pub(crate) fn users_of(&self) -> String {
        if self.resource.path.starts_with("tenants/") {
            self.name("tenant").to_ascii_lowercase()
        } else {
            SYSTEM.to_owned()
        }
    }

    pub(crate) fn branch(&self) -> Result<Arc<Branch>, Refusal> {
        let branch = self.front.branches.get(self.name("tenant"));
        branch.ok_or_else(|| Refusal::missing("the tenant"))
    }

    /// Does something with the namespace of the path.
    pub(crate) fn namespace<R>(&self, act: impl FnOnce(&mut Bucket) -> R) -> Result<R, Refusal> {
        let branch = self.branch()?;
        let mut state = branch.api.tenant.state();
        let bucket = state
            .buckets
            .get_mut(&self.name("namespace").to_lowercase());
        Ok(act(bucket.ok_or_else(|| Refusal::missing("the namespace"))?))
    }

    fn place(&self) -> Place {
        let path = self.resource.path;
        if path.starts_with("tenants/{tenant}/namespaces/{namespace}") {
            Place::Namespace
        } else if path.starts_with("tenants/{tenant}") {
            Place::Tenant
        } else {
            Place::System
        }
    }

    /// The path below the thing that the documents belong to, names in lower case.
    pub(crate) fn path(&self) -> String {
        let skipped = match self.place() {
            Place::System => 0,
            Place::Tenant => 2,
            Place::Namespace => 4,
        };
        let mut names = self.names.iter().map(|(_, name)| name.to_lowercase());
        let words = self.resource.path.split('/');
        let words: Vec<String> = words
            .map(|word| match placeholder(word) {
                Some(_) => names.next().unwrap_or_default(),
                None => word.to_owned(),
            })
            .collect();
        words.get(skipped..).unwrap_or_default().join("/")
    }

    /// The documents of the system, of the tenant, or of the namespace.
    pub(crate) fn documents<R>(&self, act: impl FnOnce(&mut Documents) -> R) -> Result<R, Refusal> {
        match self.place() {
            Place::System => Ok(act(&mut self.front.mapi.documents())),
            Place::Tenant => {
                let branch = self.branch()?;
                Ok(act(&mut branch.api.tenant.state().management))
            }
            Place::Namespace => self.namespace(|bucket| act(&mut bucket.management)),
        }
    }

    /// The document that was sent, checked.
    pub(crate) fn admit(&self, creating: bool) -> Result<Document, Refusal> {
        let given = match &self.body {
            Body::Document(given) => given.clone(),
            Body::Nothing | Body::File(_) => Value::Object(Document::new()),
        };
        let asking = Asking {
            creating,
            actor: self.actor,
            assumptions: self.assumptions,
        };
        asking.admit(self.resource.fields, given)
    }

    /// What the client is to see of a document.
    pub(crate) fn show(&self, document: Document) -> Out {
        let verbose = self.query.is_true("verbose");
        let above = self.actor.is_above();
        Out::Document(show(self.resource.fields, document, verbose, above))
    }

    /// Whether the client gets items in place of names.
    pub(crate) fn shows_items(&self) -> bool {
        let assumed = self.assumptions.verbose_lists == VerboseLists::Objects;
        assumed && self.query.is_true("verbose")
    }

    /// Whole items, as far as they are to be seen.
    pub(crate) fn items_out(&self, items: Vec<Document>) -> Out {
        let above = self.actor.is_above();
        let items = items.into_iter();
        let items = items.map(|item| show(self.resource.fields, item, true, above));
        Out::Bare(items.collect())
    }

    /// Names, under the key of the resource.
    pub(crate) fn names_out(&self, names: Vec<String>) -> Out {
        let names = (self.resource.key.to_owned(), Value::from(names));
        Out::Document(Document::from_iter([names]))
    }
}

/// A text in a document.
pub(crate) fn text<'a>(document: &'a Document, name: &str) -> Option<&'a str> {
    document.get(name).and_then(Value::as_str)
}
