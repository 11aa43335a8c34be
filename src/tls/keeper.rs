//! Looks after the certificates while the process runs: new files are taken, broken ones are not.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry};

use super::{CertificateError, Certificates, Fresh, Pair};

/// A certificate that ends sooner is warned of at the start.
const SOON: Duration = Duration::from_hours(14 * 24);

/// What is told of certificates.
#[derive(Clone)]
pub struct CertificateMetrics {
    expires: IntGaugeVec,
    reloads: IntCounterVec,
}

impl CertificateMetrics {
    /// Registers the metrics.
    ///
    /// # Errors
    /// They are registered already.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let expires = IntGaugeVec::new(
            Opts::new(
                "portico_certificate_expiry_timestamp_seconds",
                "When a listener's certificate ends, in seconds since 1970",
            ),
            &["listener", "certificate"],
        )?;
        let reloads = IntCounterVec::new(
            Opts::new(
                "portico_certificate_reloads_total",
                "Changed certificate files, and whether they could be used",
            ),
            &["listener", "outcome"],
        )?;
        registry.register(Box::new(expires.clone()))?;
        registry.register(Box::new(reloads.clone()))?;
        Ok(Self { expires, reloads })
    }

    /// Notes when certificates end, and warns of those that do soon.
    pub fn note(&self, certificates: &Certificates, pairs: &[Pair]) {
        let listener = certificates.listener().label();
        for outcome in ["ok", "failed"] {
            // Prometheus sees no increase in what is 1 when it first appears.
            self.reloads.with_label_values(&[listener, outcome]);
        }
        for pair in pairs {
            let file = pair.files.certificate.as_str();
            self.expires
                .with_label_values(&[listener, file])
                .set(pair.expires);
            if ends_within(pair.expires, SOON) {
                tracing::warn!(listener, file, "this certificate ends within two weeks");
            }
        }
    }

    fn count(&self, certificates: &Certificates, outcome: &str) {
        let labels = [certificates.listener().label(), outcome];
        self.reloads.with_label_values(&labels).inc();
    }
}

fn ends_within(expires: i64, time: Duration) -> bool {
    let limit = SystemTime::now() + time;
    let limit = limit.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(expires).unwrap_or_default() < limit.as_secs()
}

/// Looks at the files again and again.
pub struct Keeper {
    /// Of every listener with TLS.
    pub certificates: Vec<Arc<Certificates>>,
    /// Where it is told.
    pub metrics: CertificateMetrics,
    /// How often to look; zero: only when asked ([`Keeper::read_again`]).
    pub every: Duration,
}

impl Keeper {
    /// Never ends, unless it is never to look by itself.
    pub async fn run(self: Arc<Self>) {
        while !self.every.is_zero() {
            tokio::time::sleep(self.every).await;
            for certificates in &self.certificates {
                // What is wrong has been told, and tells itself in the metrics.
                if let Ok(Some(fresh)) = self.read(certificates) {
                    self.take([fresh]);
                }
            }
        }
    }

    /// Reads all files that have changed, of every listener, and uses none of them yet.
    ///
    /// # Errors
    /// The first that cannot be used.
    pub fn read_again(&self) -> Result<Vec<Fresh>, CertificateError> {
        let all = self.certificates.iter();
        let read = all.filter_map(|certificates| self.read(certificates).transpose());
        read.collect()
    }

    /// Uses what was read.
    pub fn take(&self, fresh: impl IntoIterator<Item = Fresh>) {
        for fresh in fresh {
            let (certificates, pairs) = fresh.take();
            let listener = certificates.listener().label();
            self.metrics.note(&certificates, &pairs);
            self.metrics.count(&certificates, "ok");
            tracing::info!(listener, "new certificates are used");
        }
    }

    fn read(&self, certificates: &Arc<Certificates>) -> Result<Option<Fresh>, CertificateError> {
        certificates.read_again().inspect_err(|error| {
            let listener = certificates.listener().label();
            self.metrics.count(certificates, "failed");
            tracing::error!(listener, %error, "new certificates cannot be used; the old ones stay");
        })
    }
}
