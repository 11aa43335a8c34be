//! Objects of one bucket, as their reader may see them.

use std::error::Error as StdError;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use http_body_util::BodyExt as _;
use portico_aws::{failure, moment};
use portico_sdk::rights::Rights;
use portico_sdk::{Error, Reason};
use portico_zip::{Known, Object, Source};

/// The source of an archive.
#[derive(Clone)]
pub(crate) struct Objects {
    store: Client,
    bucket: String,
    rights: Option<Arc<Rights>>,
}

impl Objects {
    pub(crate) fn new(store: Client, bucket: String, rights: Option<Arc<Rights>>) -> Self {
        Self {
            store,
            bucket,
            rights,
        }
    }
}

impl Source for Objects {
    async fn open(&self, key: &str, e_tag: Option<&str>, from: u64) -> Result<Object, Error> {
        let label = format!("object '{key}'");
        if self
            .rights
            .as_ref()
            .is_some_and(|may| !may.read(&self.bucket, key))
        {
            let words = format!("{label}: {}", Reason::AccessDenied.row().message);
            return Err(Error::with_message(Reason::AccessDenied, words));
        }
        let range = (from > 0).then(|| format!("bytes={from}-"));
        let asked = self.store.get_object().bucket(&self.bucket).key(key);
        let asked = asked
            .set_if_match(e_tag.map(str::to_owned))
            .set_range(range);
        let object = asked.send().await.map_err(|error| failure(error, &label))?;
        let known = known(&object, from);
        let body = object.body.into_inner();
        let body = body.map_err(broken).boxed_unsync();
        Ok(Object { known, body })
    }
}

fn known(object: &GetObjectOutput, from: u64) -> Known {
    // Of a part, only the range tells how large the whole is: `bytes 5-9/10`.
    let whole = object
        .content_range()
        .and_then(|range| range.rsplit_once('/')?.1.parse().ok());
    let length = object
        .content_length()
        .and_then(|length| u64::try_from(length).ok());
    Known {
        size: whole.or(length.filter(|_| from == 0)),
        e_tag: object.e_tag().map(str::to_owned),
        modified: object.last_modified().and_then(moment),
        media: object.content_type().map(str::to_owned),
    }
}

/// A body that breaks off can be asked for again.
fn broken(cause: Box<dyn StdError + Send + Sync>) -> Error {
    Error::new(Reason::UpstreamFailed).because(cause)
}
