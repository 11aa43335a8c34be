//! Templates of namespaces: everything that makes one up, gathered from HCP, to make another like it.

use axum::response::Response;
use futures_util::future::{join_all, try_join_all};
use http::{Method, StatusCode};
use portico_hcp::{Call, Failure, Hcp, Path, Query};
use portico_sdk::{Error, Principal, Reason};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::macros::format_description;
use tokio::sync::Semaphore;

use super::answer;
use super::handle::Desk;
use super::models::namespace::RETENTION_CLASS_LIST;
use super::names::Names;
use portico_hcp::document::shape;

/// Questions to HCP at the same time, for one document.
const AT_ONCE: usize = 12;

/// Namespaces in one document: each is a dozen questions and more.
const NAMESPACES: usize = 100;
/// Namespaces that are asked for at the same time; all share the questions.
const NAMESPACES_AT_ONCE: usize = 4;

/// What belongs to one namespace alone, or follows from the rest.
const OWN: [&str; 12] = [
    "id",
    "name",
    "creationTime",
    "fullyQualifiedName",
    "nameIDNA",
    "dpl",
    "effectiveDpl",
    "isDplDynamic",
    "mqeIndexingTimestamp",
    "replicationTimestamp",
    "statistics",
    "chargebackReport",
];

/// A part: its name in the template, and HCP's resource.
type Part = (&'static str, &'static str);

const BEFORE: [Part; 3] = [
    ("versioning", "/versioningSettings"),
    ("compliance", "/complianceSettings"),
    ("permissions", "/permissions"),
];

const PROTOCOLS: [Part; 4] = [
    ("http", "/protocols/http"),
    ("cifs", "/protocols/cifs"),
    ("nfs", "/protocols/nfs"),
    ("smtp", "/protocols/smtp"),
];

const CLASSES: &str = "/retentionClasses";

const AFTER: [Part; 3] = [
    ("indexing", "/customMetadataIndexingSettings"),
    ("cors", "/cors"),
    ("replicationCollision", "/replicationCollisionSettings"),
];

/// The template of the namespace in the path, or of those in a list.
pub(super) async fn template(
    desk: &Desk,
    caller: &Principal,
    names: &Names,
    list: Option<&str>,
) -> Result<Response, Error> {
    let tenant = names.get("tenant_name");
    let one = Some(names.get("ns_name")).filter(|name| !name.is_empty());
    let wanted = match one {
        Some(name) => vec![name],
        None => listed(list.unwrap_or_default())?,
    };
    let export = Export {
        hcp: &desk.hcp,
        caller,
        tenant,
        places: Semaphore::new(AT_ONCE),
    };
    let mut namespaces = Vec::with_capacity(wanted.len());
    for some in wanted.chunks(NAMESPACES_AT_ONCE) {
        let some = some.iter().map(|name| export.namespace(name));
        namespaces.extend(try_join_all(some).await?);
    }
    let template = json!({
        "version": "1.0",
        "exportedAt": exported_at(desk)?,
        "sourceTenant": tenant,
        "namespaces": namespaces,
    });
    Ok(answer::json(StatusCode::OK, template.to_string()))
}

/// The namespaces of a list, each once.
fn listed(list: &str) -> Result<Vec<&str>, Error> {
    let mut wanted: Vec<&str> = Vec::new();
    for name in list.split(',').map(str::trim) {
        if !name.is_empty() && !wanted.contains(&name) {
            wanted.push(name);
        }
        if wanted.len() > NAMESPACES {
            let words = format!("At most {NAMESPACES} namespaces can be exported at once.");
            return Err(Error::with_message(Reason::Unprocessable, words));
        }
    }
    Ok(wanted)
}

/// As Python writes the time: microseconds, and the zone in digits.
fn exported_at(desk: &Desk) -> Result<String, Error> {
    let format = format_description!(
        "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]+00:00"
    );
    let now = OffsetDateTime::from(desk.clock.now());
    let failed = |error| Error::new(Reason::InternalError).because(error);
    now.format(&format).map_err(failed)
}

struct Export<'a> {
    hcp: &'a Hcp,
    caller: &'a Principal,
    tenant: &'a str,
    places: Semaphore,
}

impl Export<'_> {
    /// One namespace: without itself there is no template of it; parts that fail are told.
    async fn namespace(&self, name: &str) -> Result<Value, Error> {
        let nowhere = |_| Error::new(Reason::NotFound);
        let place = Path::default().fixed("/tenants").segment(self.tenant);
        let place = place.and_then(|place| place.fixed("/namespaces").segment(name));
        let place = place.map_err(nowhere)?;
        let verbose = Query::default().with("verbose", "true");
        let (itself, before, protocols, classes, after) = tokio::join!(
            self.get(place.clone(), verbose),
            self.parts(&place, BEFORE),
            self.parts(&place, PROTOCOLS),
            self.classes(&place),
            self.parts(&place, AFTER),
        );
        let itself =
            itself.map_err(|failure| failure.into_error(&format!("namespace '{name}'")))?;
        let mut sheet = Sheet::new(name, itself);
        sheet.add_all(before);
        let mut inner = Sheet::default();
        inner.add_all(protocols);
        sheet.nest("protocols", inner);
        sheet.add_classes(classes);
        sheet.add_all(after);
        Ok(sheet.finish())
    }

    async fn parts<const N: usize>(&self, place: &Path, parts: [Part; N]) -> Vec<Fetched> {
        let fetch = |(name, path): Part| async move {
            let value = self.get(place.clone().fixed(path), Query::default()).await;
            (name.to_owned(), value)
        };
        join_all(parts.map(fetch)).await
    }

    /// The retention classes, whole: their list has names alone.
    async fn classes(&self, place: &Path) -> Result<Vec<Fetched>, Failure> {
        let place = place.clone().fixed(CLASSES);
        let list = self.get(place.clone(), Query::default()).await?;
        let list = shape::document(&RETENTION_CLASS_LIST, list);
        let names = list
            .get("name")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let names = names.filter_map(Value::as_str);
        let places = names.filter_map(|name| Some((name, place.clone().segment(name).ok()?)));
        let fetch = |(name, place): (&str, Path)| {
            let name = name.to_owned();
            async move { (name, self.get(place, Query::default()).await) }
        };
        Ok(join_all(places.map(fetch)).await)
    }

    async fn get(&self, path: Path, query: Query) -> Result<Value, Failure> {
        // Never closed, so there is always a place in the end.
        let _place = self.places.acquire().await;
        let call = Call::management(self.caller, Method::GET, path).with_query(query);
        self.hcp.json(call).await.map(|answer| answer.value)
    }
}

/// A part of a namespace, or why it is not there.
type Fetched = (String, Result<Value, Failure>);

/// A namespace while it is put together.
#[derive(Default)]
struct Sheet {
    fields: Map<String, Value>,
    errors: Vec<Value>,
}

impl Sheet {
    fn new(name: &str, itself: Value) -> Self {
        let mut fields = Map::from_iter([("name".to_owned(), Value::from(name))]);
        if let Value::Object(mut own) = itself {
            own.retain(|field, _| !OWN.contains(&field.as_str()));
            fields.append(&mut own);
        }
        Self {
            fields,
            errors: Vec::new(),
        }
    }

    fn add_all(&mut self, parts: Vec<Fetched>) {
        for (name, value) in parts {
            match value {
                Ok(value) => self.add(&name, value),
                // HCP's way of saying that no rules are set.
                Err(failure) if name == "cors" && is_absent(&failure) => {}
                Err(failure) => self.fail(&name, failure),
            }
        }
    }

    fn add_classes(&mut self, classes: Result<Vec<Fetched>, Failure>) {
        const NAME: &str = "retentionClasses";
        let classes = match classes {
            Ok(classes) => classes,
            Err(failure) => return self.fail(NAME, failure),
        };
        let mut whole = Vec::new();
        for (name, class) in classes {
            match class {
                Ok(class) => whole.push(class),
                Err(failure) => self.fail(&format!("{NAME}.{name}"), failure),
            }
        }
        if !whole.is_empty() {
            self.fields.insert(NAME.to_owned(), Value::Array(whole));
        }
    }

    fn nest(&mut self, name: &str, inner: Self) {
        self.add(name, Value::Object(inner.fields));
        for mut error in inner.errors {
            let part = error["part"].as_str().unwrap_or_default();
            error["part"] = Value::from(format!("{name}.{part}"));
            self.errors.push(error);
        }
    }

    /// A part with nothing in it is left out.
    fn add(&mut self, name: &str, value: Value) {
        if value.as_object().is_some_and(|object| !object.is_empty()) {
            self.fields.insert(name.to_owned(), value);
        }
    }

    fn fail(&mut self, part: &str, failure: Failure) {
        let error = failure.into_error(part);
        self.errors.push(json!({
            "part": part,
            "status": error.reason().row().rest_status.as_u16(),
            "detail": error.message(),
        }));
    }

    fn finish(mut self) -> Value {
        if !self.errors.is_empty() {
            self.fields
                .insert("errors".to_owned(), Value::Array(self.errors));
        }
        Value::Object(self.fields)
    }
}

fn is_absent(failure: &Failure) -> bool {
    matches!(
        failure.status(),
        Some(StatusCode::NOT_FOUND | StatusCode::FOUND)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_exported_once_and_not_too_many_of_them() {
        assert_eq!(listed(" a ,b,,a").unwrap(), ["a", "b"]);
        let names = |count: usize| (0..count).map(|n| format!("n{n}"));
        let many = |count| names(count).collect::<Vec<_>>().join(",");
        assert_eq!(listed(&many(NAMESPACES)).unwrap().len(), NAMESPACES);
        let error = listed(&many(NAMESPACES + 1)).unwrap_err();
        assert_eq!(error.reason(), Reason::Unprocessable);
    }
}
