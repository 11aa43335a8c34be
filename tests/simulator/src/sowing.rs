//! Objects in any number and of any size that nobody has sent: they take neither memory nor disk.

use md5::{Digest as _, Md5};
use serde::Deserialize;

use crate::front::Front;
use crate::s3::seed;
use crate::simulator::SimulatorError;
use crate::store::Blob;

/// Objects to be there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sowing {
    /// Whose they are.
    pub tenant: String,
    /// Where they are.
    pub bucket: String,
    /// The key of one; what the keys of several begin with.
    pub key: String,
    /// Bytes of each; nothing compresses them.
    pub size: u64,
    /// How many. With a number their keys end with `000/000000` and so on, a hundred in each folder.
    #[serde(default)]
    pub count: Option<u32>,
}

impl Sowing {
    pub(crate) fn sow(&self, front: &Front) -> Result<(), SimulatorError> {
        let branch = front.branches.get(&self.tenant);
        let no_tenant = || SimulatorError::NoSuchTenant(self.tenant.clone());
        let branch = branch.ok_or_else(no_tenant)?;
        let store = &branch.api.tenant;
        // Equal bytes have equal tags, as they would if anybody had hashed them.
        let tag = hex::encode(Md5::digest(self.size.to_be_bytes()));
        let mut state = store.state();
        let state = &mut *state;
        let bucket = state.buckets.get_mut(&self.bucket.to_ascii_lowercase());
        let no_bucket = || SimulatorError::NoSuchBucket(self.bucket.clone());
        let bucket = bucket.ok_or_else(no_bucket)?;
        for key in self.keys() {
            let object = seed(Blob::noise(self.size), tag.clone(), &bucket.owner);
            let stored = bucket.put(&key, object, store.rules, &state.ids);
            stored.map_err(|error| SimulatorError::Refused {
                key,
                reason: error.to_string(),
            })?;
        }
        Ok(())
    }

    fn keys(&self) -> Vec<String> {
        let Some(count) = self.count else {
            return vec![self.key.clone()];
        };
        let key = |number: u32| format!("{}{:03}/{number:06}", self.key, number / 100);
        (0..count).map(key).collect()
    }
}
