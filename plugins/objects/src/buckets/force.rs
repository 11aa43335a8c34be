//! A bucket deleted with everything in it, as far as the store lets go of it.

use std::time::Duration;

use http::Method;
use portico_aws::KeyFault;
use portico_hcp::{Call, Path};
use portico_sdk::{Error, Reason};
use serde_json::{Value, json};

use crate::ask::Ask;
use crate::desk::Desk;
use crate::sweep::{Sweep, Tally};

/// How often a bucket is tried that HCP says is not empty.
const ROUNDS: u32 = 3;
/// The pause between: HCP prunes in the background.
const PAUSE: Duration = Duration::from_secs(2);
/// Failures that a refusal names.
const NAMED: usize = 5;

/// Deletes all versions, all objects, the markers of those, and the bucket.
pub(super) async fn delete(ask: &Ask) -> Result<(), Error> {
    // What stays now is tried again: folders of HCP go when nothing is in them any more.
    versions(ask).await?;
    let mut sweep = Sweep::new(ask)?;
    sweep.prefix("", &ask.label()).await?;
    let mut left = named(&sweep.finish().await?);
    left.extend(versions(ask).await?);
    match super::delete::bucket(ask).await {
        Err(error) if error.reason() == Reason::Conflict => persist(ask, error, &left).await,
        other => other,
    }
}

/// Deletes every version and delete marker, page by page, and names what stays.
async fn versions(ask: &Ask) -> Result<Vec<String>, Error> {
    let mut sweep = Sweep::new(ask)?;
    sweep.versions().await?;
    Ok(named(&sweep.finish().await?))
}

fn named(tally: &Tally) -> Vec<String> {
    let words = |error: &KeyFault| format!("{}: {} {}", error.key, error.code, error.message);
    tally.errors.iter().take(NAMED).map(words).collect()
}

/// HCP refuses a bucket that has records of deletions. Its management makes it forget them, and
/// may delete what S3 may not.
async fn persist(ask: &Ask, refused: Error, left: &[String]) -> Result<(), Error> {
    let desk = &*ask.desk;
    if desk.hcp.is_none() || ask.caller.tenant.is_none() {
        return Err(refused);
    }
    let forget = json!({"keepDeletionRecords": false, "prune": true, "pruneDays": 0});
    // What HCP does not let be set here may not be in the way.
    drop(manage(ask, desk, Method::POST, "/versioningSettings", Some(forget)).await);
    let unindexed = json!({"searchEnabled": false});
    drop(manage(ask, desk, Method::POST, "", Some(unindexed)).await);
    for round in 0..ROUNDS {
        if round > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        match super::delete::bucket(ask).await {
            Err(error) if error.reason() == Reason::Conflict => {}
            // Somebody else, or a round before this one, was successful after all.
            Err(error) if error.reason() == Reason::NotFound => return Ok(()),
            other => return other,
        }
        if manage(ask, desk, Method::DELETE, "", None).await.is_ok() {
            return Ok(());
        }
    }
    Err(stays(ask, left))
}

/// Asks HCP's management about the namespace behind the bucket.
async fn manage(
    ask: &Ask,
    desk: &Desk,
    method: Method,
    below: &'static str,
    document: Option<Value>,
) -> Result<(), Error> {
    let (Some(hcp), Some(tenant)) = (&desk.hcp, &ask.caller.tenant) else {
        return Err(Error::new(Reason::NotImplemented));
    };
    let unnamed = |error| Error::new(Reason::InvalidBucketName).because(error);
    let path = Path::default().fixed("/tenants").segment(tenant.as_str());
    let path = path.map_err(unnamed)?.fixed("/namespaces");
    let path = path.segment(&ask.bucket).map_err(unnamed)?.fixed(below);
    let call = Call::management(&ask.caller, method, path);
    let call = match document {
        Some(document) => call.with_json(document),
        None => call,
    };
    let done = hcp.json(call).await;
    done.map(drop)
        .map_err(|failure| failure.into_error(&ask.label()))
}

fn stays(ask: &Ask, left: &[String]) -> Error {
    let why = if left.is_empty() {
        "HCP is still cleaning up internal deletion records. Please try again in a few minutes."
            .to_owned()
    } else {
        let left: Vec<_> = left.iter().take(NAMED).map(String::as_str).collect();
        format!("Some objects failed to delete: {}", left.join("; "))
    };
    let words = format!("{}: Could not delete bucket. {why}", ask.label());
    Error::with_message(Reason::Conflict, words)
}
