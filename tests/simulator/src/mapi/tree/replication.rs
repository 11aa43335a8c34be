//! Resources of replication.

use super::{Resource, delete, get, item, list, post, put, single};
use crate::mapi::fields::{NONE, replication};
use crate::mapi::who::{A, MA};
use crate::mapi::{links, plain};

const LINK: (&str, &str) = ("link", "name");
const CERTIFICATE: (&str, &str) = ("certificate", "id");
const CONTENT: (&str, &str) = ("tenant", "name");
const DIRECTORY: (&str, &str) = ("defaultNamespaceDirectory", "name");
const CHAINED: (&str, &str) = ("chainedLink", "name");

pub(super) const TABLE: &[Resource] = &[
    single(
        "services/replication",
        "replicationService",
        replication::SERVICE,
        &[get(MA, plain::read), post(A, links::service)],
    ),
    list(
        "services/replication/certificates",
        "certificates",
        CERTIFICATE,
        NONE,
        &[
            get(MA, links::certificates),
            put(A, links::add_certificate).raw(),
        ],
    ),
    single(
        "services/replication/certificates/server",
        "certificate",
        NONE,
        &[get(MA, links::server_certificate)],
    ),
    item(
        "services/replication/certificates/{certificate}",
        CERTIFICATE,
        NONE,
        &[get(MA, links::certificate), delete(A, plain::remove)],
    ),
    list(
        "services/replication/links",
        "links",
        LINK,
        replication::LINK,
        &[get(MA, plain::list), put(A, links::create)],
    ),
    item(
        "services/replication/links/{link}",
        LINK,
        replication::LINK,
        &[
            get(MA, links::read),
            post(A, links::modify),
            delete(A, plain::remove),
        ],
    ),
    single(
        "services/replication/links/{link}/content",
        "content",
        NONE,
        &[get(MA, links::content)],
    ),
    list(
        "services/replication/links/{link}/content/tenants",
        "tenants",
        CONTENT,
        NONE,
        &[get(MA, links::list)],
    ),
    item(
        "services/replication/links/{link}/content/tenants/{item}",
        CONTENT,
        NONE,
        &[
            put(A, links::add_tenant),
            get(MA, links::read),
            post(A, links::pause),
            delete(A, links::remove),
        ],
    ),
    list(
        "services/replication/links/{link}/content/defaultNamespaceDirectories",
        "defaultNamespaceDirectories",
        DIRECTORY,
        NONE,
        &[get(MA, links::list)],
    ),
    item(
        "services/replication/links/{link}/content/defaultNamespaceDirectories/{item}",
        DIRECTORY,
        NONE,
        &[put(A, links::add), delete(A, links::remove)],
    ),
    list(
        "services/replication/links/{link}/content/chainedLinks",
        "chainedLinks",
        CHAINED,
        NONE,
        &[get(MA, links::list)],
    ),
    item(
        "services/replication/links/{link}/content/chainedLinks/{item}",
        CHAINED,
        NONE,
        &[put(A, links::add_chained), delete(A, links::remove)],
    ),
    single(
        "services/replication/links/{link}/localCandidates",
        "content",
        NONE,
        &[get(MA, links::candidates)],
    ),
    list(
        "services/replication/links/{link}/localCandidates/tenants",
        "tenants",
        CONTENT,
        NONE,
        &[get(MA, links::candidates_of_kind)],
    ),
    list(
        "services/replication/links/{link}/localCandidates/chainedLinks",
        "chainedLinks",
        CHAINED,
        NONE,
        &[get(MA, links::candidates_of_kind)],
    ),
    list(
        "services/replication/links/{link}/localCandidates/defaultNamespaceDirectories",
        "defaultNamespaceDirectories",
        DIRECTORY,
        NONE,
        &[get(MA, links::candidates_of_kind)],
    ),
    single(
        "services/replication/links/{link}/remoteCandidates",
        "content",
        NONE,
        &[get(MA, links::candidates)],
    ),
    list(
        "services/replication/links/{link}/remoteCandidates/tenants",
        "tenants",
        CONTENT,
        NONE,
        &[get(MA, links::candidates_of_kind)],
    ),
    list(
        "services/replication/links/{link}/remoteCandidates/chainedLinks",
        "chainedLinks",
        CHAINED,
        NONE,
        &[get(MA, links::candidates_of_kind)],
    ),
    list(
        "services/replication/links/{link}/remoteCandidates/defaultNamespaceDirectories",
        "defaultNamespaceDirectories",
        DIRECTORY,
        NONE,
        &[get(MA, links::candidates_of_kind)],
    ),
    single(
        "services/replication/links/{link}/schedule",
        "schedule",
        replication::SCHEDULE,
        &[get(MA, links::read), post(A, links::schedule)],
    ),
];
