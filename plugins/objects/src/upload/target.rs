//! Where an upload goes to: one object of the store.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use portico_aws::failure;
use portico_sdk::{Error, Reason};

use crate::labels;

/// The object that is written.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) store: Client,
    pub(super) bucket: String,
    pub(super) key: String,
    /// Its type, if anybody named one.
    pub(super) media: Option<String>,
}

impl Target {
    pub(super) fn label(&self) -> String {
        labels::object(&self.key)
    }

    /// The object in one piece.
    pub(super) async fn put(&self, data: Bytes) -> Result<(), Error> {
        let put = self.store.put_object().bucket(&self.bucket).key(&self.key);
        let put = put.set_content_type(self.media.clone());
        let done = put.body(ByteStream::from(data)).send().await;
        done.map(drop)
            .map_err(|error| failure(error, &self.label()))
    }

    /// The id of a new upload in parts.
    pub(super) async fn begin(&self) -> Result<String, Error> {
        let create = self.store.create_multipart_upload();
        let create = create.bucket(&self.bucket).key(&self.key);
        let made = create
            .set_content_type(self.media.clone())
            .send()
            .await
            .map_err(|error| failure(error, &self.label()))?;
        let id = made.upload_id;
        id.ok_or_else(|| Error::new(Reason::UpstreamFailed).because("an upload without an id"))
    }

    pub(super) async fn part(
        &self,
        upload: &str,
        number: i32,
        data: Bytes,
    ) -> Result<CompletedPart, Error> {
        let part = self.store.upload_part().bucket(&self.bucket).key(&self.key);
        let part = part.upload_id(upload).part_number(number);
        let done = part.body(ByteStream::from(data)).send().await;
        let done = done.map_err(|error| failure(error, &labels::part(&self.key, number)))?;
        let part = CompletedPart::builder().part_number(number);
        Ok(part.set_e_tag(done.e_tag).build())
    }

    pub(super) async fn complete(
        &self,
        upload: &str,
        parts: Vec<CompletedPart>,
    ) -> Result<(), Error> {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts));
        let complete = self.store.complete_multipart_upload();
        let complete = complete.bucket(&self.bucket).key(&self.key);
        let complete = complete.upload_id(upload).multipart_upload(parts.build());
        let done = complete.send().await;
        done.map(drop)
            .map_err(|error| failure(error, &self.label()))
    }

    pub(super) async fn abort(&self, upload: &str) -> Result<(), Error> {
        let abort = self.store.abort_multipart_upload();
        let abort = abort.bucket(&self.bucket).key(&self.key);
        let done = abort.upload_id(upload).send().await;
        done.map(drop)
            .map_err(|error| failure(error, &self.label()))
    }
}
