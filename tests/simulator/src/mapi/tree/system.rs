//! Resources of the system.

use super::{Resource, get, item, list, post, put, single};
use crate::mapi::fields::{NONE, system};
use crate::mapi::who::{A, AV, MA, MASV};
use crate::mapi::{download, plain, repository};

const LICENSE: (&str, &str) = ("license", "serialNumber");

pub(super) const TABLE: &[Resource] = &[
    single(
        "network",
        "networkSettings",
        system::NETWORK,
        &[get(MA, plain::read), post(A, plain::modify)],
    ),
    list(
        "storage/licenses",
        "licenses",
        LICENSE,
        NONE,
        &[
            get(MA, repository::licenses),
            put(A, repository::add_license).raw(),
        ],
    ),
    item(
        "storage/licenses/{license}",
        LICENSE,
        NONE,
        &[get(MA, repository::license)],
    ),
    single(
        "nodes/statistics",
        "nodeStatistics",
        NONE,
        &[get(MA, repository::nodes)],
    ),
    single(
        "services/statistics",
        "serviceStatistics",
        NONE,
        &[get(MA, repository::services)],
    ),
    single(
        "logs",
        "logDownloadStatus",
        NONE,
        &[get(MASV, download::status), post(AV, download::act)],
    ),
    list(
        "logs/prepare",
        "",
        ("", ""),
        system::LOG_PREPARE,
        &[post(AV, download::prepare)],
    ),
    single(
        "logs/download",
        "logDownload",
        system::LOG_DOWNLOAD,
        &[post(AV, download::fetch)],
    ),
    single(
        "healthCheckReport",
        "healthCheckDownloadStatus",
        NONE,
        &[get(AV, download::status), post(AV, download::act)],
    ),
    single(
        "healthCheckReport/prepare",
        "healthCheckPrepare",
        system::HEALTH_PREPARE,
        &[post(AV, download::prepare)],
    ),
    single(
        "healthCheckReport/download",
        "healthCheckDownload",
        system::HEALTH_DOWNLOAD,
        &[post(AV, download::fetch)],
    ),
    single(
        "healthCheckReport/cancel",
        "",
        NONE,
        &[post(AV, download::cancel)],
    ),
    single(
        "supportaccesscredentials",
        "supportAccessCredentials",
        NONE,
        &[
            get(MASV, plain::read),
            put(AV, repository::add_credentials).raw(),
        ],
    ),
];
