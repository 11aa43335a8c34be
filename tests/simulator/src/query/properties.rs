//! The object properties: what each is, where it may be used, and its value.

use super::datum::Datum;
use super::record::Record;
use super::refusal::Refusal;

/// The data protection level: how many copies a namespace keeps.
const DPL: i64 = 2;

/// How a value in a query is read and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Number,
    Stamp,
    Moment,
    /// Whole and with regard to case.
    Exact,
    /// Whole, in any case.
    Folded,
    /// By its words, in any case.
    Words,
    /// `USER,location,name`
    Owner,
    /// `permissions,USER,location,name`
    Grant,
    /// Of the object, whichever of its versions is meant.
    Version,
}

/// Where a property may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Everywhere,
    Answers,
    Queries,
}

/// One property.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) value: fn(&Record) -> Datum,
    place: Place,
    /// A query may give a range of values.
    pub(super) ranged: bool,
    /// A query may give `*` and `?` in a value.
    pub(super) wild: bool,
}

const fn property(name: &'static str, kind: Kind, value: fn(&Record) -> Datum) -> Property {
    Property {
        name,
        kind,
        value,
        place: Place::Everywhere,
        ranged: false,
        wild: false,
    }
}

impl Property {
    /// May stand in a query.
    pub(super) fn asked(&self) -> bool {
        self.place != Place::Answers
    }

    /// May be sorted by.
    pub(super) fn sorted(&self) -> bool {
        self.place == Place::Everywhere
    }

    /// Can be in an answer.
    pub(super) fn shown(&self) -> bool {
        self.place != Place::Queries
    }

    const fn ranged(mut self) -> Self {
        self.ranged = true;
        self
    }

    const fn wild(mut self) -> Self {
        self.wild = true;
        self
    }

    const fn only_shown(mut self) -> Self {
        self.place = Place::Answers;
        self
    }

    const fn only_asked(mut self) -> Self {
        self.place = Place::Queries;
        self
    }
}

fn text(value: impl Into<String>) -> Datum {
    Datum::Text(value.into())
}

fn number(value: u64) -> Datum {
    Datum::Number(value.try_into().unwrap_or(i64::MAX))
}

/// What every result has.
pub(super) const ALWAYS: [&str; 4] = ["urlName", "operation", "changeTimeMilliseconds", "version"];

/// All properties. The simulator keeps no retention, holds, shredding or replication.
#[rustfmt::skip]
pub(super) static PROPERTIES: &[Property] = &[
    property("urlName", Kind::Exact, |r| text(r.url())).only_shown(),
    property("operation", Kind::Exact, |r| text(r.operation.name())).only_shown(),
    property("changeTimeMilliseconds", Kind::Stamp, |r| Datum::Stamp(r.stamp)).ranged(),
    property("version", Kind::Version, |r| number(r.version)),
    property("accessTime", Kind::Number, |r| Datum::Number(r.ingested.unix_timestamp())).ranged(),
    property("accessTimeString", Kind::Moment, |r| Datum::Moment(r.ingested)).ranged(),
    property("acl", Kind::Bool, |r| Datum::Bool(!r.object.acl.grants.is_empty())),
    property("aclGrant", Kind::Grant, |_| Datum::Absent).only_asked(),
    property("changeTimeString", Kind::Moment, |r| Datum::Moment(r.changed)).ranged(),
    property("contentType", Kind::Exact, |r| text(&r.object.content_type)).wild(),
    property("customMetadata", Kind::Bool, |r| Datum::Bool(!r.object.metadata.is_empty())),
    property("customMetadataAnnotation", Kind::Exact, annotation),
    property("customMetadataContent", Kind::Words, |r| text(r.annotation())).wild().only_asked(),
    property("dpl", Kind::Number, |_| Datum::Number(DPL)).ranged(),
    property("gid", Kind::Number, |_| Datum::Number(0)).only_shown(),
    property("hash", Kind::Exact, |r| r.hash.clone().map_or(Datum::Absent, text)).wild().ranged(),
    property("hashScheme", Kind::Exact, |_| text("SHA-256")).wild().ranged(),
    property("hold", Kind::Bool, |_| Datum::Bool(false)),
    property("index", Kind::Bool, |_| Datum::Bool(true)),
    property("ingestTime", Kind::Number, |r| Datum::Number(r.ingested.unix_timestamp())).ranged(),
    property("ingestTimeString", Kind::Moment, |r| Datum::Moment(r.ingested)).ranged(),
    property("namespace", Kind::Folded, |r| text(r.home.namespace())),
    property("objectPath", Kind::Words, |r| text(r.path())).wild(),
    property("owner", Kind::Owner, |r| text(format!("USER,{},{}", r.home.tenant, r.object.owner))),
    property("permissions", Kind::Number, |_| text("555")).only_shown(),
    property("replicated", Kind::Bool, |_| Datum::Bool(false)).only_shown(),
    property("replicationCollision", Kind::Bool, |_| Datum::Bool(false)),
    property("retention", Kind::Number, |_| Datum::Quoted(0)).ranged(),
    property("retentionClass", Kind::Exact, |_| text("")).wild().ranged(),
    property("retentionString", Kind::Exact, |_| text("Deletion Allowed")).ranged(),
    property("shred", Kind::Bool, |_| Datum::Bool(false)),
    property("size", Kind::Number, |r| number(r.size)).ranged(),
    property("type", Kind::Exact, |_| text("object")).only_shown(),
    property("uid", Kind::Number, |_| Datum::Number(0)).only_shown(),
    property("updateTime", Kind::Number, |r| Datum::Number(r.ingested.unix_timestamp())).ranged(),
    property("updateTimeString", Kind::Moment, |r| Datum::Moment(r.ingested)).ranged(),
    property("utf8Name", Kind::Exact, |r| text(r.name())).wild().ranged(),
];

fn annotation(record: &Record) -> Datum {
    let named = !record.object.metadata.is_empty();
    text(if named { ".metapairs" } else { "" })
}

pub(super) fn find(name: &str) -> Option<&'static Property> {
    PROPERTIES.iter().find(|property| property.name == name)
}

/// The properties of a comma list, where one of these uses is meant.
pub(super) fn listed(
    list: &str,
    fits: fn(&Property) -> bool,
) -> Result<Vec<&'static Property>, Refusal> {
    let names = list.split(',').map(str::trim);
    let names = names.filter(|name| !name.is_empty());
    names.map(|name| usable(name, fits)).collect()
}

pub(super) fn usable(
    name: &str,
    fits: fn(&Property) -> bool,
) -> Result<&'static Property, Refusal> {
    let found = find(name).filter(|property| fits(property));
    found.ok_or_else(|| Refusal::invalid(format!("Invalid object property: {name}")))
}

/// Which properties an answer shows.
pub(super) enum Shown {
    Basic,
    All,
    Also(Vec<&'static Property>),
}

impl Shown {
    pub(super) fn shows(&self, property: &Property) -> bool {
        property.shown()
            && (ALWAYS.contains(&property.name)
                || match self {
                    Self::Basic => false,
                    Self::All => true,
                    Self::Also(list) => list.iter().any(|listed| listed.name == property.name),
                })
    }

    /// The values of a record, in the order of the table.
    pub(super) fn values(&self, record: &Record) -> Vec<(&'static str, Datum)> {
        let shown = PROPERTIES.iter().filter(|property| self.shows(property));
        let values = shown.map(|property| (property.name, (property.value)(record)));
        values
            .filter(|(_, value)| *value != Datum::Absent)
            .collect()
    }
}
