//! The language, by the examples of its documentation and by properties.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use time::OffsetDateTime;

use super::parse;
use crate::query::moments::Stamp;
use crate::query::record::{Home, Operation, Record};
use crate::store::{Acl, Blob, Grant, Object};
use crate::users;

/// `/Corporate/Employees/45_Jane_Doe.xls` in `finance.europe`, 2000 bytes, of 2012-03-01T08:30.
fn jane() -> Record {
    let ingested = OffsetDateTime::from_unix_timestamp(1_330_590_600).unwrap();
    let grant = |permission: &str| Grant {
        grantee: format!("id:{}", users::guid("europe", "rsilver")),
        permission: permission.to_owned(),
    };
    Record {
        home: Arc::new(Home {
            domain: "hcp.test".to_owned(),
            tenant: "europe".to_owned(),
            bucket: "finance".to_owned(),
        }),
        operation: Operation::Created,
        key: "Corporate/Employees/45_Jane_Doe.xls".to_owned(),
        version: 200,
        versions: vec![100, 200],
        stamp: Stamp {
            millis: 1_330_590_600_500,
            suffix: 1,
        },
        changed: ingested,
        ingested,
        size: 2000,
        object: Object {
            blob: Blob::default(),
            etag: String::new(),
            content_type: "application/vnd.ms-excel".to_owned(),
            metadata: BTreeMap::from([("city".to_owned(), "Bath Spa".to_owned())]),
            owner: "PDGrey".to_owned(),
            acl: Acl {
                grants: vec![grant("READ"), grant("WRITE_ACP")],
            },
        },
        hash: Some("SHA-256 9B6D4F".to_owned()),
    }
}

fn score(query: &str) -> Option<u32> {
    let expression = parse(query, "europe,pdgrey").unwrap();
    expression.score(&jane())
}

#[track_caller]
fn all_find(queries: &[&str]) {
    for query in queries {
        assert!(score(query).is_some(), "{query} finds nothing");
    }
}

#[track_caller]
fn none_finds(queries: &[&str]) {
    for query in queries {
        assert!(score(query).is_none(), "{query} finds something");
    }
}

#[track_caller]
fn all_are_refused(queries: &[&str]) {
    for query in queries {
        let refusal = parse(query, "europe,pdgrey").err();
        let status = refusal.map(|refusal| refusal.status.as_u16());
        assert_eq!(status, Some(400), "{query}");
    }
}

#[test]
fn properties_have_values() {
    all_find(&[
        "*:*",
        "namespace:\"finance.europe\"",
        "namespace:Finance.Europe",
        "utf8Name:45_Jane_Doe.xls",
        "size:2000",
        "contentType:application/vnd*",
        "hash:\"SHA-256 9B6D4F\"",
        "hashScheme:SHA-256",
        "hold:false",
        "index:1",
        "retention:0",
        "retentionString:\"Deletion Allowed\"",
        "version:100",
        "customMetadata:true",
        "customMetadataAnnotation:.metapairs",
        "ingestTime:1330590600",
        "owner:\"USER,Europe,pdgrey\"",
        "owner:USER",
        "changeTimeMilliseconds:1330590600500.01",
    ]);
    none_finds(&[
        "namespace:finance",
        "utf8Name:45_jane_doe.xls",
        "size:2001",
        "version:300",
        "owner:\"USER,europe,other\"",
        "owner:nobody",
        "retention:\"-1\"",
        "changeTimeMilliseconds:1330590600500.00",
        "ingestTimeString:2012-03-01T08:30:01",
        "hash:SHA-256",
    ]);
}

#[test]
fn ranges_take_in_their_ends_or_not() {
    all_find(&[
        "size:[2000 TO 2000]",
        "size:[* TO 2000]",
        "size:{1999 TO *}",
        "size:{1999 TO 2000]",
        "retention:[\"-2\" TO 5]",
        "ingestTimeString:[2012-03-01T08:00:00-0000 TO 2012-03-01T09:00:00-0000}",
        "changeTimeString:[* TO 2012-03-01T09:00:00}",
        "changeTimeMilliseconds:[0 TO 1330590600500.01]",
        "utf8Name:{3 TO 5}",
        "accessTime: [1312156800\n TO 1512243200]",
    ]);
    none_finds(&[
        "size:{2000 TO *}",
        "size:[* TO 2000}",
        "changeTimeMilliseconds:{1330590600500.01 TO *]",
        "ingestTimeString:[2012-03-01T09:00:00+0100 TO 2012-03-01T09:15:00+0100]",
        "size:[3000 TO 1000]",
    ]);
}

#[test]
fn paths_and_metadata_go_by_words() {
    all_find(&[
        "objectPath:\"/corporate/employees\"",
        "objectPath:\"Employees/45\"",
        "objectPath:/Corporate/*/45*",
        "Jane",
        "\"jane doe\"",
        "nowhere45",
        "Corp*",
        "customMetadataContent:\"city.Bath Spa.meta\"",
        "customMetadataContent:bat?",
        "spa",
    ]);
    none_finds(&[
        "objectPath:\"/employees/corporate\"",
        "objectPath:Corpor",
        "\"doe jane\"",
        "customMetadataContent:Jane",
        "\"Corp*\"",
        "Spas",
    ]);
}

#[test]
fn grants_have_letters_in_order() {
    all_find(&[
        "aclGrant:\"Rw\"",
        "aclGrant:\"*,USER,EUROPE,rsilver\"",
        "aclGrant:\"R*w\"",
        "aclGrant:\"*w,USER,europe,rsilver\"",
    ]);
    none_finds(&[
        "aclGrant:\"R\"",
        "aclGrant:\"wR\"",
        "aclGrant:\"*,USER\"",
        "aclGrant:\"*,GROUP,europe,all_users\"",
    ]);
}

#[test]
fn operators_are_those_of_lucene() {
    all_find(&[
        "-hold:true",
        "+utf8Name:45_Jane_Doe.xls namespace:other.europe",
        "+(retention:0 hold:true) -hold:true",
        "-namespace:\"other.europe\" retention:0 index:1",
        "hold:true OR size:2000",
        "size:2000 AND index:1",
        "size:2000 AND NOT hold:true",
        "*:* OR hold:true",
        "namespace:(other.europe finance.europe)",
        "customMetadataContent:(+bath -rome)",
        "+size:[1 TO *] +(hold:true (index:1 AND -shred:true))",
        "NOT size:1",
        "utf8Name:45\\_Jane*",
    ]);
    none_finds(&[
        "+hold:true size:2000",
        "size:2000 AND hold:true",
        "hold:true AND size:1 OR *:*",
        "-(size:2000 hold:true)",
        "size:2000 -index:true",
        "customMetadataContent:(+bath -spa)",
        "-size:2000",
        "hold:true shred:true",
    ]);
}

#[test]
fn what_meets_more_stands_higher() {
    assert_eq!(score("retention:0 hold:true shred:true"), Some(1));
    assert_eq!(score("retention:0 index:1 shred:false"), Some(3));
    assert_eq!(score("+size:2000 (index:1 retention:0)"), Some(3));
    assert_eq!(score("-hold:true"), Some(0));
}

#[test]
fn what_is_not_in_the_language_is_refused() {
    all_are_refused(&[
        "",
        "  ",
        "()",
        "(size:1",
        "size:1)",
        "colour:red",
        "urlName:x",
        "gid:0",
        "size:",
        "size:big",
        "size:-1",
        "retention:-1",
        "size:1*",
        "namespace:fin*",
        "hold:maybe",
        "hold:[false TO true]",
        "namespace:[a TO b]",
        "objectPath:[a TO b]",
        "size:[1 2]",
        "size:[1 TO 2",
        "size:[1 TO 2)",
        "size:[+1 TO 2]",
        "utf8Name:[a* TO b]",
        "[1 TO 2]",
        "utf8Name:*cipal",
        "utf8Name:*",
        "*cipal",
        "?rincipal",
        "\"open",
        "size:1 AND",
        "AND size:1",
        "(size:1 OR)",
        "++size:1",
        "end\\",
        "version:x",
        "owner:pdgrey",
        "aclGrant:\"Q\"",
        "ingestTimeString:yesterday",
    ]);
    let deep = format!("{}*:*{}", "(".repeat(5000), ")".repeat(5000));
    all_are_refused(&[&deep]);
}

proptest! {
    #[test]
    fn no_text_breaks_the_parser(query in "[ a-c:()\\[\\]{}\"*?+\\\\.0-9TO-]{0,40}") {
        if let Ok(expression) = parse(&query, "europe,pdgrey") {
            expression.score(&jane());
        }
    }

    #[test]
    fn ranges_agree_with_numbers(from in 0_i64..4000, to in 0_i64..4000) {
        let found = |query: String| score(&query).is_some();
        let both = found(format!("size:[{from} TO {to}]"));
        prop_assert_eq!(both, (from..=to).contains(&2000));
        let neither = found(format!("size:{{{from} TO {to}}}"));
        prop_assert_eq!(neither, from < 2000 && 2000 < to);
    }

    #[test]
    fn any_name_is_found_when_quoted(name in "[^/\\PC]{1,20}") {
        let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
        let expression = parse(&format!("utf8Name:\"{escaped}\""), "").unwrap();
        let record = Record { key: format!("a/{name}"), ..jane() };
        prop_assert!(expression.score(&record).is_some());
    }

    #[test]
    fn not_turns_an_answer_around(size in 1990_i64..2010, held in any::<bool>()) {
        let inner = format!("(+size:{size} hold:{held})");
        let found = score(&inner).is_some();
        prop_assert_eq!(score(&format!("-{inner}")).is_some(), !found);
        prop_assert_eq!(score(&format!("*:* AND NOT {inner}")).is_some(), !found);
    }
}
