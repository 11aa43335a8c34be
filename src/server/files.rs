//! How many files may be open: every connection is one.

/// Files that are no connections: logs, libraries, sockets that listen.
pub(super) const OWN: usize = 256;

/// Raises the soft limit to the hard one, and says how many it is now.
pub(super) fn raise() -> usize {
    let limit = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        tracing::warn!(%error, "the limit of open files stays as it is");
        rlimit::Resource::NOFILE.get_soft().unwrap_or(1024)
    });
    usize::try_from(limit).unwrap_or(usize::MAX)
}
