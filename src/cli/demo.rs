//! `portico demo`: Portico in front of a simulated HCP with sample data, for looking around and
//! for scripts.

mod sample;
mod words;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use hcp_simulator::{Simulator, SimulatorError};
use portico_sdk::route::Listener;
use rand::Rng as _;
use rand::distr::Alphanumeric;

use crate::house;
use crate::server::{Bound, Handover, Portico, StartError};
use crate::settings::{self, Faults};

/// The arguments of `portico demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Print one line of JSON once everything answers, instead of words.
    #[arg(long)]
    json: bool,
    /// The port of the S3 door; the API and admin listeners take the next two. 0: free ports.
    #[arg(long, default_value_t = 9000)]
    port: u16,
    /// The HCP release to simulate.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u16).range(9..=10))]
    release: u16,
}

/// The demo cannot start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The simulated HCP.
    #[error("the simulated HCP does not start")]
    Simulator(#[from] SimulatorError),
    /// The generated settings.
    #[error(transparent)]
    Settings(#[from] Faults),
    /// The process.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Files and runtimes.
    #[error("the demo needs a temporary folder and a runtime")]
    Io(#[from] std::io::Error),
}

/// Who may log in to the demo.
struct Account {
    tenant: &'static str,
    user: &'static str,
    password: String,
}

/// Serves until a signal ends it.
pub(super) fn run(args: &DemoArgs) -> Result<(), DemoError> {
    let accounts = [account("research", "ada"), account("archive", "ben")];
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let store = runtime.block_on(store(args, &accounts, folder.path()))?;
    let mut settings = settings::load(
        None,
        environment(args, &store, folder.path()),
        None,
        crate::roster::ROSTER,
    )?;
    let built = house::build(&mut settings)?;
    let handover = Handover {
        socket: settings.upgrade_socket()?,
        take: false,
    };
    let portico = Portico::new(&settings, built, &handover, None)?;
    words::announce_when_ready(args.json, portico.addresses(), &accounts);
    portico.run();
    // The listeners are closed by now: nobody asks the store any more.
    runtime.block_on(store.shutdown())?;
    Ok(())
}

fn account(tenant: &'static str, user: &'static str) -> Account {
    Account {
        tenant,
        user,
        password: random(16),
    }
}

/// The file of the simulated HCP's certificate authority.
fn authority(folder: &Path) -> PathBuf {
    folder.join("store-ca.pem")
}

/// Letters and digits from the system's source of randomness.
fn random(length: usize) -> String {
    let letters = rand::rng().sample_iter(Alphanumeric).take(length);
    letters.map(char::from).collect()
}

async fn store(
    args: &DemoArgs,
    accounts: &[Account],
    folder: &Path,
) -> Result<Simulator, DemoError> {
    let release = if args.release == 9 {
        hcp_simulator::Release::V9
    } else {
        hcp_simulator::Release::V10
    };
    let mut builder = Simulator::builder()
        .domain(sample::DOMAIN)
        .release(release)
        .ca_file(authority(folder));
    for account in accounts {
        builder = builder.user(account.tenant, account.user, &account.password);
    }
    let store = builder.start().await?;
    for account in accounts {
        sample::fill(&store, account.tenant, account.user).await?;
    }
    Ok(store)
}

/// The demo's settings, in the form that the environment has: the same way in as everyone's.
fn environment(args: &DemoArgs, store: &Simulator, folder: &Path) -> Vec<(String, String)> {
    let listen = |nth: u16| {
        SocketAddr::from((
            [127, 0, 0, 1],
            if args.port == 0 { 0 } else { args.port + nth },
        ))
    };
    let mut settings = vec![
        ("PROCESS__DATA_DIRECTORY", folder.display().to_string()),
        ("LISTENERS__S3__ADDRESS", listen(0).to_string()),
        ("LISTENERS__API__ADDRESS", listen(1).to_string()),
        ("LISTENERS__ADMIN__ADDRESS", listen(2).to_string()),
        ("UPSTREAM__DOMAIN", sample::DOMAIN.to_owned()),
        ("UPSTREAM__HCP_RELEASE", args.release.to_string()),
        (
            "UPSTREAM__S3_ADDRESSES",
            format!("[\"{}\"]", store.data_address()),
        ),
        (
            "UPSTREAM__MAPI_ADDRESSES",
            format!("[\"{}\"]", store.mapi_address()),
        ),
        ("UPSTREAM__CA_FILE", authority(folder).display().to_string()),
        ("AUTH__SECRETS", format!("[\"{}\"]", random(48))),
        ("TELEMETRY__LOG_LEVEL", "warn,portico=info".to_owned()),
    ];
    if args.port != 0 {
        // HCP's own names lead nowhere here. Of a free port nobody knows the number yet.
        let door = format!("http://{}", listen(0));
        settings.push(("AUTH__PUBLIC_S3_URL", door));
    }
    let settings = settings.into_iter();
    settings
        .map(|(name, value)| (format!("PORTICO__{name}"), value))
        .collect()
}

/// The base URL of a listener.
fn base(addresses: &[Bound], listener: Listener) -> String {
    let bound = addresses.iter().find(|bound| bound.listener == listener);
    bound
        .map(|bound| format!("http://{}", bound.address))
        .unwrap_or_default()
}
