//! What the plugins agree on about credentials that HCP has accepted lately.

mod accounts;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::credential::AccessKeys;
use crate::tenant::Tenant;

pub use accounts::Accounts;

/// HCP's derived keys by tenant and access key, learnt only from an authenticated 2xx of HCP
/// itself: never from a generic store, a preflight or a cache.
///
/// Faults of what it is kept in cost a miss and never an error.
#[async_trait]
pub trait Keyring: Send + Sync {
    /// The secrets that HCP has accepted for this access key, the latest first; the signature
    /// decides which one it was made with.
    async fn secrets(&self, tenant: &Tenant, access_key: &str) -> Vec<SecretString>;

    /// Notes that HCP has just accepted these keys. Cheap when it knows them already.
    fn learn(&self, tenant: &Tenant, keys: &AccessKeys);

    /// Forgets one pair of keys, which HCP has just refused.
    fn forget(&self, tenant: &Tenant, keys: &AccessKeys);

    /// Forgets every secret of an access key: its password was changed.
    fn forget_all(&self, tenant: &Tenant, access_key: &str);

    /// Forgets every secret of these accounts: HCP's management has touched their passwords.
    fn forget_accounts(&self, accounts: &Accounts);
}
