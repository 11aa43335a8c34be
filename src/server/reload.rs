//! SIGHUP: the configuration and the certificates are read again, and taken whole or not at all.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use portico_sdk::plugin::{Background, Built};
use portico_sdk::reload::{Change, Reloadable};
use portico_sdk::settings::{Section, Value};
use prometheus::{IntCounterVec, IntGauge, Opts, Registry};
use tokio::sync::Notify;

use crate::settings::{Faults, Settings, differences};
use crate::tls::{CertificateError, Fresh, Keeper};

/// Reads the configuration once more.
pub type Again = Box<dyn Fn() -> Result<Settings, Faults> + Send + Sync>;

/// Puts two tasks into the background: one looks at certificates now and then, the other reads
/// everything again when what is given here is notified.
pub(super) fn watch(
    settings: &Settings,
    built: &mut Built,
    steered: impl IntoIterator<Item = Reloadable>,
    keeper: Keeper,
    again: Option<Again>,
) -> Result<Arc<Notify>, prometheus::Error> {
    let (keeper, asked) = (Arc::new(keeper), Arc::new(Notify::new()));
    built.reloadable.extend(steered);
    let reloader = Reloader {
        again,
        standing: Mutex::new(settings.whole.clone()),
        reloadable: std::mem::take(&mut built.reloadable),
        keeper: Arc::clone(&keeper),
        metrics: ReloadMetrics::new(&built.services.metrics)?,
        asked: Arc::clone(&asked),
    };
    built.background.push(Background {
        name: "certificates",
        closes: false,
        start: Box::new(|| Box::pin(keeper.run())),
    });
    built.background.push(Background {
        name: "reload",
        closes: false,
        start: Box::new(|| Box::pin(reloader.run())),
    });
    Ok(asked)
}

/// What is told of it.
struct ReloadMetrics {
    outcomes: IntCounterVec,
    successful: IntGauge,
    at: IntGauge,
}

/// Why all stays as it is.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("{0}")]
    Faults(#[from] Faults),
    #[error(
        "these settings need a new process (portico run --upgrade, then SIGQUIT to this one): {0}"
    )]
    Fixed(String),
    #[error("a certificate cannot be used: {0}")]
    Certificate(#[from] CertificateError),
}

/// Everything that is new, and in order.
struct Prepared {
    standing: Option<Value>,
    changed: Vec<String>,
    changes: Vec<Change>,
    certificates: Vec<Fresh>,
}

/// Reads again when asked.
struct Reloader {
    /// `None`: there is no configuration to read, the certificates are all there is.
    again: Option<Again>,
    /// What holds now.
    standing: Mutex<Value>,
    reloadable: Vec<Reloadable>,
    keeper: Arc<Keeper>,
    metrics: ReloadMetrics,
    asked: Arc<Notify>,
}

impl Reloader {
    /// Never ends.
    async fn run(self) {
        loop {
            self.asked.notified().await;
            self.reload();
        }
    }

    fn reload(&self) {
        match self.prepare() {
            Ok(prepared) => self.take(prepared),
            Err(refusal) => {
                self.metrics.refused();
                let error = refusal.to_string();
                tracing::error!(error, "the new configuration is refused; the old one stays");
            }
        }
    }

    /// Does all that can fail.
    fn prepare(&self) -> Result<Prepared, Refusal> {
        let mut prepared = Prepared {
            standing: None,
            changed: Vec::new(),
            changes: Vec::new(),
            certificates: Vec::new(),
        };
        // First, because reading the settings would find a file that cannot be used in its own words.
        prepared.certificates = self.keeper.read_again()?;
        if let Some(again) = &self.again {
            self.prepare_settings(&again()?, &mut prepared)?;
        }
        Ok(prepared)
    }

    fn prepare_settings(&self, new: &Settings, prepared: &mut Prepared) -> Result<(), Refusal> {
        let changed = differences(&self.standing(), &new.whole);
        let fixed = changed.iter().filter(|name| !self.can_change(name));
        let fixed: Vec<_> = fixed.map(String::as_str).collect();
        if !fixed.is_empty() {
            return Err(Refusal::Fixed(fixed.join(", ")));
        }
        for one in &self.reloadable {
            let mut own = changed.iter().filter_map(|name| name.split_once('.'));
            let table = new.whole.get(&[one.section]);
            if let (true, Some(table)) = (own.any(|(name, _)| name == one.section), table) {
                let change = one.prepare(Section::new(one.section, table.clone()));
                let change = change.map_err(|faults| new.source.faults(faults))?;
                prepared.changes.push(change);
            }
        }
        prepared.changed = changed;
        prepared.standing = Some(new.whole.clone());
        Ok(())
    }

    fn can_change(&self, name: &str) -> bool {
        let Some((section, key)) = name.split_once('.') else {
            return false;
        };
        let mut all = self.reloadable.iter();
        all.any(|one| one.section == section && one.keys.contains(&key))
    }

    fn take(&self, prepared: Prepared) {
        for change in prepared.changes {
            change();
        }
        self.keeper.take(prepared.certificates);
        if let Some(standing) = prepared.standing {
            *self.standing() = standing;
        }
        self.metrics.taken();
        let changed = prepared.changed.join(", ");
        tracing::info!(changed, "the configuration has been read again");
    }

    fn standing(&self) -> MutexGuard<'_, Value> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReloadMetrics {
    /// The start counts as a success, not as a reload.
    fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let outcomes = Opts::new(
            "portico_reload_total",
            "Readings of the configuration at SIGHUP, and whether it could be used.",
        );
        let metrics = Self {
            outcomes: IntCounterVec::new(outcomes, &["outcome"])?,
            successful: IntGauge::new(
                "portico_reload_successful",
                "Whether the configuration was in order when it was last read (1) or not (0).",
            )?,
            at: IntGauge::new(
                "portico_reload_success_timestamp_seconds",
                "When the configuration was last read and used, in seconds since 1970.",
            )?,
        };
        for outcome in ["ok", "refused"] {
            metrics.outcomes.with_label_values(&[outcome]);
        }
        registry.register(Box::new(metrics.outcomes.clone()))?;
        registry.register(Box::new(metrics.successful.clone()))?;
        registry.register(Box::new(metrics.at.clone()))?;
        metrics.now();
        Ok(metrics)
    }

    fn taken(&self) {
        self.outcomes.with_label_values(&["ok"]).inc();
        self.now();
    }

    fn refused(&self) {
        self.outcomes.with_label_values(&["refused"]).inc();
        self.successful.set(0);
    }

    fn now(&self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let seconds = now.unwrap_or_default().as_secs();
        self.at.set(i64::try_from(seconds).unwrap_or(i64::MAX));
        self.successful.set(1);
    }
}
