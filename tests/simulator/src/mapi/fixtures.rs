//! What stands where nobody has written anything yet, read from files beside this one.

use serde_json::Value;

use crate::store::{Document, Documents};

/// Documents by the path of their resource; new items by the path of their collection.
const DEFAULTS: &str = include_str!("fixtures/defaults.json");
/// Documents of the system by their own path: a licence, nodes, links.
const SYSTEM: &str = include_str!("fixtures/system.json");

fn parse(text: &str) -> Document {
    // The files are part of the program, and a test reads them.
    serde_json::from_str(text).unwrap_or_default()
}

fn default_of(path: &str) -> Option<Document> {
    match parse(DEFAULTS).remove(path) {
        Some(Value::Object(document)) => Some(document),
        _ => None,
    }
}

/// The document of what there is one of, before anybody changes it.
pub(crate) fn of(path: &str) -> Option<Document> {
    default_of(path)
}

/// What a new item of a collection is like, beside what its creator says.
pub(crate) fn item(collection: &str) -> Document {
    default_of(&format!("new {collection}")).unwrap_or_default()
}

/// Names of things on another system.
pub(crate) fn names(kind: &str) -> Vec<String> {
    let remote = parse(DEFAULTS).remove("remote").unwrap_or_default();
    let names = remote[kind].as_array().into_iter().flatten();
    names
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

/// The documents that a new system has.
pub(crate) fn system() -> Documents {
    let mut documents = Documents::default();
    for (path, document) in parse(SYSTEM) {
        if let Value::Object(document) = document {
            documents.put(&path, document);
        }
    }
    documents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_documents() {
        for text in [DEFAULTS, SYSTEM] {
            let all: Document = serde_json::from_str(text).unwrap();
            assert!(all.values().all(Value::is_object));
        }
        assert!(!names("tenants").is_empty());
        assert!(system().get("nodes/statistics").is_some());
    }
}
