//! The documents of the contract, as data: the check of questions, the form of answers and the
//! document of the API read them.

use portico_hcp::document::Kind::{Flag, Int, List, Text};
use portico_hcp::document::{Field, Kind, Model, Preset};

const fn field(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        required: false,
        kind,
        preset: Preset::Null,
    }
}

const fn required(name: &'static str, kind: Kind) -> Field {
    Field {
        required: true,
        ..field(name, kind)
    }
}

const fn preset(name: &'static str, kind: Kind, preset: Preset) -> Field {
    Field {
        preset,
        ..field(name, kind)
    }
}

const TEXTS: Kind = List(&Text);

/// A question for objects.
pub(crate) const OBJECT_QUERY: Model = Model {
    name: "ObjectQuery",
    fields: &[
        required("query", Text),
        preset("count", Int, Preset::Int(100)),
        preset("offset", Int, Preset::Int(0)),
        field("sort", Text),
        preset("verbose", Flag, Preset::Flag(false)),
        field("objectProperties", TEXTS),
        field("facets", TEXTS),
        field("contentProperties", Flag),
    ],
};

/// A question for operations.
pub(crate) const OPERATION_QUERY: Model = Model {
    name: "OperationQuery",
    fields: &[
        preset("count", Int, Preset::Int(100)),
        field("lastResult", Kind::Model(&LAST_RESULT)),
        field("objectProperties", TEXTS),
        preset("verbose", Flag, Preset::Flag(false)),
        field("systemMetadata", Kind::Model(&SYSTEM_METADATA)),
    ],
};

const LAST_RESULT: Model = Model {
    name: "LastResult",
    fields: &[
        required("urlName", Text),
        required("changeTimeMilliseconds", Text),
        field("version", Text),
    ],
};

const SYSTEM_METADATA: Model = Model {
    name: "OperationSystemMetadata",
    fields: &[
        field("changeTime", Kind::Model(&CHANGE_TIME)),
        field("directories", Kind::Model(&DIRECTORIES)),
        field("indexable", Flag),
        field("namespaces", Kind::Model(&NAMESPACES)),
        field("replicationCollision", Flag),
        field("transactions", Kind::Model(&TRANSACTIONS)),
    ],
};

const CHANGE_TIME: Model = Model {
    name: "ChangeTimeRange",
    fields: &[field("start", Text), field("end", Text)],
};

const DIRECTORIES: Model = Model {
    name: "DirectoryList",
    fields: &[field("directory", TEXTS)],
};

const NAMESPACES: Model = Model {
    name: "QueryNamespaceList",
    fields: &[field("namespace", TEXTS)],
};

const TRANSACTIONS: Model = Model {
    name: "OperationSystemMetadataTransactions",
    fields: &[field("transaction", TEXTS)],
};

/// How a search went.
pub(crate) const QUERY_STATUS: Model = Model {
    name: "QueryStatus",
    fields: &[
        preset("totalResults", Int, Preset::Int(0)),
        preset("results", Int, Preset::Int(0)),
        preset("code", Text, Preset::Text("COMPLETE")),
        field("message", Text),
    ],
};

/// One object or operation. Whether `version`, `retention` and `permissions` are numbers or texts is
/// HCP's to say.
pub(crate) const QUERY_RESULT_OBJECT: Model = Model {
    name: "QueryResultObject",
    fields: &[
        required("urlName", Text),
        preset("operation", Text, Preset::Text("")),
        field("changeTimeMilliseconds", Text),
        field("changeTimeString", Text),
        field("version", Kind::Any),
        field("namespace", Text),
        field("utf8Name", Text),
        field("objectPath", Text),
        field("size", Int),
        field("contentType", Text),
        field("hold", Flag),
        field("shred", Flag),
        field("dpl", Int),
        field("retention", Kind::Any),
        field("retentionString", Text),
        field("retentionClass", Text),
        field("hashScheme", Text),
        field("hash", Text),
        field("customMetadata", Flag),
        field("customMetadataAnnotation", Text),
        field("acl", Flag),
        field("replicated", Flag),
        field("replicationCollision", Flag),
        field("index", Flag),
        field("ingestTime", Int),
        field("ingestTimeMilliseconds", Text),
        field("ingestTimeString", Text),
        field("updateTime", Int),
        field("updateTimeString", Text),
        field("accessTime", Int),
        field("accessTimeString", Text),
        field("uid", Int),
        field("gid", Int),
        field("permissions", Kind::Any),
        field("owner", Text),
        field("type", Text),
    ],
};

const FACET_FREQUENCY: Model = Model {
    name: "FacetFrequency",
    fields: &[required("value", Text), required("count", Int)],
};

const FACET: Model = Model {
    name: "Facet",
    fields: &[
        required("name", Text),
        field("frequency", List(&Kind::Model(&FACET_FREQUENCY))),
    ],
};

const OBJECT_QUERY_INFO: Model = Model {
    name: "ObjectQueryInfo",
    fields: &[field("expression", Text)],
};

const OPERATION_QUERY_INFO: Model = Model {
    name: "OperationQueryInfo",
    fields: &[field("start", Kind::Any), field("end", Kind::Any)],
};

/// The answer about objects.
pub(crate) const OBJECT_QUERY_RESPONSE: Model = Model {
    name: "ObjectQueryResponse",
    fields: &[
        field("query", Kind::Model(&OBJECT_QUERY_INFO)),
        required("status", Kind::Model(&QUERY_STATUS)),
        field("resultSet", List(&Kind::Model(&QUERY_RESULT_OBJECT))),
        field("facets", List(&Kind::Model(&FACET))),
    ],
};

/// The answer about operations.
pub(crate) const OPERATION_QUERY_RESPONSE: Model = Model {
    name: "OperationQueryResponse",
    fields: &[
        field("query", Kind::Model(&OPERATION_QUERY_INFO)),
        required("status", Kind::Model(&QUERY_STATUS)),
        field("resultSet", List(&Kind::Model(&QUERY_RESULT_OBJECT))),
    ],
};
