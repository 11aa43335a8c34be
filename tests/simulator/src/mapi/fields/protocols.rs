//! Properties of the protocols of a namespace.

use super::IP_SETTINGS;
use crate::mapi::field::{Field, choice, flag, text, whole};

/// All at once: the default namespace has these, and others answer them too.
pub(crate) const ALL: &[Field] = &[
    flag("httpEnabled"),
    flag("httpsEnabled"),
    flag("cifsEnabled"),
    flag("nfsEnabled"),
    flag("smtpEnabled"),
    IP_SETTINGS,
];

pub(crate) const HTTP: &[Field] = &[
    flag("hs3Enabled"),
    flag("hs3RequiresAuthentication"),
    flag("httpActiveDirectorySSOEnabled"),
    flag("httpEnabled"),
    flag("httpsEnabled"),
    IP_SETTINGS,
    flag("restEnabled"),
    flag("restRequiresAuthentication"),
    flag("hswiftEnabled"),
    flag("hswiftRequiresAuthentication"),
    flag("webdavBasicAuthEnabled"),
    text("webdavBasicAuthPassword").write_only(),
    text("webdavBasicAuthUsername"),
    flag("webdavCustomMetadata"),
    flag("webdavEnabled"),
];

pub(crate) const NFS: &[Field] = &[flag("enabled"), whole("gid"), whole("uid"), IP_SETTINGS];

pub(crate) const CIFS: &[Field] = &[
    flag("enabled"),
    choice("caseForcing", &["UPPER", "LOWER", "DISABLED"]),
    flag("caseSensitive"),
    flag("requiresAuthentication"),
    IP_SETTINGS,
];

pub(crate) const SMTP: &[Field] = &[
    flag("enabled"),
    choice("emailFormat", &[".eml", ".mbox"]),
    text("emailLocation"),
    flag("separateAttachments"),
    IP_SETTINGS,
];
