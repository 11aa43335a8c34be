//! Resources of namespaces.

use super::{Resource, delete, get, item, list, post, put, single};
use crate::mapi::fields::NONE;
use crate::mapi::fields::{STATISTICS, namespace, protocols, tenant};
use crate::mapi::who::{A, C, MA, MAC};
use crate::mapi::{chargeback, cors, namespaces, plain, repository, versioning};

const N: (&str, &str) = ("namespace", "name");
const CLASS: (&str, &str) = ("retentionClass", "name");

pub(super) const TABLE: &[Resource] = &[
    list(
        "tenants/{tenant}/namespaces",
        "namespaces",
        N,
        namespace::NAMESPACE,
        &[
            put(A.or_manager(), namespaces::create),
            get(MAC.or_manager(), namespaces::list),
        ],
    ),
    item(
        "tenants/{tenant}/namespaces/{namespace}",
        N,
        namespace::NAMESPACE,
        &[
            get(MAC.or_manager(), namespaces::read),
            post(A, namespaces::modify),
            delete(A.or_manager(), namespaces::remove),
        ],
    ),
    single(
        "tenants/{tenant}/namespaces/{namespace}/chargebackReport",
        "chargebackReport",
        NONE,
        &[get(MA.or_above(), chargeback::of_namespace)],
    ),
    single(
        "tenants/{tenant}/namespaces/{namespace}/statistics",
        "statistics",
        STATISTICS,
        &[get(MA, repository::of_namespace)],
    ),
    single(
        "tenants/{tenant}/namespaces/{namespace}/complianceSettings",
        "complianceSettings",
        namespace::COMPLIANCE,
        &[get(MAC, plain::read), post(C, plain::modify)],
    ),
    single(
        "tenants/{tenant}/namespaces/{namespace}/customMetadataIndexingSettings",
        "customMetadataIndexingSettings",
        namespace::INDEXING,
        &[get(MA, plain::read), post(A, plain::modify)],
    ),
    single(
        "tenants/{tenant}/namespaces/{namespace}/permissions",
        "permissions",
        namespace::PERMISSIONS,
        &[get(MAC, plain::read), post(A, plain::overwrite)],
    ),
    single(
        "tenants/{tenant}/namespaces/{namespace}/protocols",
        "protocols",
        protocols::ALL,
        &[get(MA, plain::read), post(A, plain::modify)],
    ),
    single(
        "tenants/{tenant}/namespaces/{namespace}/protocols/http",
        "httpProtocol",
        protocols::HTTP,
        &[get(MA, plain::read), post(A, namespaces::modify_http)],
    ),
    single(
        "tenants/{tenant}/namespaces/{namespace}/protocols/nfs",
        "nfsProtocol",
        protocols::NFS,
        &[get(MA, plain::read), post(A, plain::modify)],
    ),
    single(
        "tenants/{tenant}/namespaces/{namespace}/protocols/cifs",
        "cifsProtocol",
        protocols::CIFS,
        &[get(MA, plain::read), post(A, plain::modify)],
    ),
    single(
        "tenants/{tenant}/namespaces/{namespace}/protocols/smtp",
        "smtpProtocol",
        protocols::SMTP,
        &[get(MA, plain::read), post(A, plain::modify)],
    ),
    single(
        "tenants/{tenant}/namespaces/{namespace}/replicationCollisionSettings",
        "replicationCollisionSettings",
        namespace::COLLISIONS,
        &[get(MA, plain::read), post(A, plain::modify)],
    ),
    single(
        "tenants/{tenant}/namespaces/{namespace}/versioningSettings",
        "versioningSettings",
        namespace::VERSIONING,
        &[
            get(MA.or_manager(), versioning::read),
            post(A.or_manager(), versioning::modify),
            delete(A.or_manager(), versioning::reset),
        ],
    ),
    single(
        "tenants/{tenant}/namespaces/{namespace}/cors",
        "cors",
        tenant::CORS,
        &[
            put(A, cors::replace),
            get(MA, cors::read),
            delete(A, cors::remove),
        ],
    ),
    list(
        "tenants/{tenant}/namespaces/{namespace}/retentionClasses",
        "retentionClasses",
        CLASS,
        namespace::RETENTION_CLASS,
        &[put(C, plain::create), get(MAC, plain::list)],
    ),
    item(
        "tenants/{tenant}/namespaces/{namespace}/retentionClasses/{class}",
        CLASS,
        namespace::RETENTION_CLASS,
        &[
            get(MAC, plain::read),
            post(C, plain::modify),
            delete(C, namespaces::remove_class),
        ],
    ),
];
