//! Counting: files, folders and bytes below a prefix.

use std::time::Duration;

use async_trait::async_trait;
use portico_aws::{Listing, page};
use portico_sdk::rights::Asked;
use portico_sdk::s3::Operation;
use portico_sdk::{Error, Reason};
use serde::{Deserialize, Serialize};

use crate::job::Report;
use crate::kind::{Halt, Kind};
use crate::work::Work;

/// What is counted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CountOrder {
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    pub(crate) delimiter: Option<String>,
}

/// Which page comes next.
#[derive(Serialize, Deserialize)]
struct Place {
    token: Option<String>,
}

/// Counts, page by page. Files are the report's `done` without its `folders`.
pub(crate) struct CountKind {
    pub(crate) kept: Duration,
}

impl CountKind {
    pub(crate) const NAME: &'static str = "count";
}

#[async_trait]
impl Kind for CountKind {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn kept(&self) -> Duration {
        self.kept
    }

    async fn run(&self, work: &Work) -> Result<(), Halt> {
        let order: CountOrder = work.order()?;
        let asked = Asked::bucket(Operation::ListObjectsV2, &order.bucket).prefix(&order.prefix);
        work.caller().may(&asked)?;
        let token = work.checkpoint::<Place>().and_then(|place| place.token);
        let resumed = token.is_some();
        match count(work, &order, token).await {
            // A store may forget what its tokens mean.
            Err(Halt::Failed(error)) if resumed && is_forgotten(&error) => {
                work.tell(|report| *report = Report::default());
                count(work, &order, None).await
            }
            other => other,
        }
    }
}

/// Whether the store does not know the place any more where a listing was interrupted.
pub(super) fn is_forgotten(error: &Error) -> bool {
    matches!(
        error.reason(),
        Reason::InvalidArgument | Reason::InvalidRequest
    )
}

async fn count(work: &Work, order: &CountOrder, mut token: Option<String>) -> Result<(), Halt> {
    let store = work.store()?;
    let label = format!("prefix '{}'", order.prefix);
    let listing = Listing {
        bucket: &order.bucket,
        prefix: &order.prefix,
        delimiter: order.delimiter.as_deref(),
        most: Some(work.page()),
        label: &label,
    };
    let rights = work.caller().rights.clone();
    loop {
        let next = work
            .patiently(|| page(&store, &listing, token.clone()))
            .await?;
        let open = |key: &str| {
            rights
                .as_ref()
                .is_none_or(|may| may.read(&order.bucket, key))
        };
        let entries = next.entries.iter().filter(|entry| open(&entry.key));
        let prefixes = next.prefixes.iter().filter(|prefix| open(prefix)).count();
        let mut page = Report::default();
        for entry in entries {
            page.done += 1;
            page.folders += u64::from(entry.key.ends_with('/'));
            page.bytes += entry.size;
        }
        let prefixes = u64::try_from(prefixes).unwrap_or(u64::MAX);
        work.tell(|report| {
            report.done += page.done + prefixes;
            report.folders += page.folders + prefixes;
            report.bytes += page.bytes;
        });
        token = next.next;
        if token.is_none() {
            return Ok(());
        }
        let place = Place {
            token: token.clone(),
        };
        work.save_sometimes(&place).await?;
    }
}
