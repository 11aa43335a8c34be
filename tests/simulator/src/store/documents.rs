//! Documents of the Management API, kept beside what they describe.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The properties of one resource.
pub(crate) type Document = Map<String, Value>;

/// Documents by resource path below what they belong to, without a leading slash and with names
/// in lower case; the empty path is the thing itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Documents(BTreeMap<String, Document>);

impl Documents {
    pub(crate) fn get(&self, path: &str) -> Option<&Document> {
        self.0.get(path)
    }

    pub(crate) fn put(&mut self, path: &str, document: Document) {
        self.0.insert(path.to_owned(), document);
    }

    /// Whether a property of a document is true.
    pub(crate) fn is_true(&self, path: &str, name: &str) -> bool {
        let document = self.get(path);
        document.is_some_and(|document| document.get(name) == Some(&Value::Bool(true)))
    }

    /// The document, made empty where there is none.
    pub(crate) fn entry(&mut self, path: &str) -> &mut Document {
        self.0.entry(path.to_owned()).or_default()
    }

    /// Takes away a document and all below it.
    pub(crate) fn remove(&mut self, path: &str) -> Option<Document> {
        let below = format!("{path}/");
        self.0.retain(|found, _| !found.starts_with(&below));
        self.0.remove(path)
    }

    /// Moves a document and all below it.
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        let below = format!("{from}/");
        let paths: Vec<String> = self.0.keys().cloned().collect();
        for path in paths {
            let inner = path
                .strip_prefix(&below)
                .map(|inner| format!("{to}/{inner}"));
            let new = match inner {
                None if path == from => to.to_owned(),
                None => continue,
                Some(new) => new,
            };
            if let Some(document) = self.0.remove(&path) {
                self.0.insert(new, document);
            }
        }
    }

    /// The documents of a collection: one step below its path.
    pub(crate) fn children(&self, path: &str) -> impl Iterator<Item = &Document> {
        let below = format!("{path}/");
        let from = self.0.range(below.clone()..);
        from.take_while(move |(found, _)| found.starts_with(&below))
            .filter(move |(found, _)| !found[path.len() + 1..].contains('/'))
            .map(|(_, document)| document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_has_its_items_and_not_what_is_below_them() {
        let mut documents = Documents::default();
        for path in ["links/a", "links/a/schedule", "links/b", "linksx/c", "link"] {
            documents.entry(path).insert("path".to_owned(), path.into());
        }
        let paths = |documents: &Documents| {
            let children = documents.children("links");
            let paths: Vec<_> = children.map(|child| child["path"].clone()).collect();
            paths
        };
        assert_eq!(paths(&documents), ["links/a", "links/b"]);
        documents.rename("links/b", "links/z");
        assert!(documents.get("links/z").is_some());
        documents.rename("links/a", "links/y");
        assert!(documents.get("links/y/schedule").is_some());
        documents.rename("links/y", "links/a");
        documents.rename("links/z", "links/b");
        assert!(documents.remove("links/a").is_some());
        assert_eq!(paths(&documents), ["links/b"]);
        assert!(documents.get("links/a/schedule").is_none());
        assert!(documents.get("link").is_some());
    }
}
