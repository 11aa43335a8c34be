//! The simulator as a program: arguments in, one line of JSON out, then it serves.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use hcp_simulator::{Assumptions, Builder, Release, Simulator, SimulatorError};
use tokio::signal::unix::{SignalKind, signal};

/// A Hitachi Content Platform that runs on loopback.
#[derive(Parser)]
#[command(version)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
struct Arguments {
    /// The domain under which tenants live.
    #[arg(long, default_value = "hcp.test")]
    domain: String,
    /// The HCP release to behave like.
    #[arg(long, default_value = "9", value_parser = ["9", "10"])]
    release: String,
    /// A tenant; may be given several times.
    #[arg(long = "tenant", value_name = "TENANT")]
    tenants: Vec<String>,
    /// A user; may be given several times.
    #[arg(long = "user", value_name = "TENANT/USER:PASSWORD", value_parser = parse_user)]
    users: Vec<(String, String, String)>,
    /// A system-level user, who may also search all tenants; may be given several times.
    #[arg(long = "system-user", value_name = "USER:PASSWORD", value_parser = parse_login)]
    system_users: Vec<(String, String)>,
    /// How the Management API is where no public source says how HCP is: JSON, as the control
    /// listener shows it at /assumptions.
    #[arg(long, value_name = "JSON", value_parser = parse_assumptions)]
    assume: Option<Assumptions>,
    /// The tenant of requests to an address instead of a host name.
    #[arg(long, value_name = "TENANT")]
    default_tenant: Option<String>,
    /// Where to write the certificate authority (PEM).
    #[arg(long, value_name = "PATH")]
    ca_file: Option<PathBuf>,
    /// Port for S3 over HTTPS; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    data_port: u16,
    /// Port for S3 over plain HTTP; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    plain_port: u16,
    /// Port for the Management API over HTTPS; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    mapi_port: u16,
    /// Port of the control listener; none unless given, 0 takes a free one.
    #[arg(long)]
    control_port: Option<u16>,
    /// How many seconds behind the present operation queries end.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    query_horizon: u64,
    /// Keep everything in this folder instead of in memory.
    #[arg(long, value_name = "PATH")]
    dir: Option<PathBuf>,
    /// Answer 409 to a PUT over an object of an unversioned bucket.
    #[arg(long)]
    no_unversioned_overwrite: bool,
    /// Do not make folder objects.
    #[arg(long)]
    no_folders: bool,
    /// Heed `If-None-Match: *` of PUT.
    #[arg(long)]
    conditional_writes: bool,
    /// Log as JSON.
    #[arg(long)]
    json: bool,
}

fn parse_user(text: &str) -> Result<(String, String, String), String> {
    let (tenant, rest) = text
        .split_once('/')
        .ok_or("there is no '/' after the tenant")?;
    let (name, password) = parse_login(rest)?;
    Ok((tenant.to_owned(), name, password))
}

fn parse_login(text: &str) -> Result<(String, String), String> {
    let (name, password) = text
        .split_once(':')
        .ok_or("there is no ':' after the user")?;
    Ok((name.to_owned(), password.to_owned()))
}

fn parse_assumptions(text: &str) -> Result<Assumptions, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

impl Arguments {
    fn builder(self) -> Builder {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let release = if self.release == "10" {
            Release::V10
        } else {
            Release::V9
        };
        let mut builder = Simulator::builder()
            .domain(self.domain)
            .release(release)
            .unversioned_overwrite(!self.no_unversioned_overwrite)
            .folders(!self.no_folders)
            .conditional_writes(self.conditional_writes)
            .query_horizon(Duration::from_secs(self.query_horizon))
            .data_address(at(self.data_port))
            .plain_address(at(self.plain_port))
            .mapi_address(at(self.mapi_port));
        for tenant in &self.tenants {
            builder = builder.tenant(tenant);
        }
        for (tenant, name, password) in &self.users {
            builder = builder.user(tenant, name, password);
        }
        for (name, password) in &self.system_users {
            builder = builder.system_user(name, password);
        }
        if let Some(assumptions) = self.assume {
            builder = builder.assumptions(assumptions);
        }
        if let Some(tenant) = &self.default_tenant {
            builder = builder.default_tenant(tenant);
        }
        if let Some(port) = self.control_port {
            builder = builder.control_address(at(port));
        }
        if let Some(path) = self.ca_file {
            builder = builder.ca_file(path);
        }
        match self.dir {
            Some(folder) => builder.folder(folder),
            None => builder,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log(arguments.json);
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the simulator ends");
            ExitCode::FAILURE
        }
    }
}

/// Logs go to standard error: standard output is for the addresses.
fn log(json: bool) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| "warn,s3s=off".into());
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if json {
        log.json().init();
    } else {
        log.init();
    }
}

async fn run(arguments: Arguments) -> Result<(), SimulatorError> {
    let ca_file = arguments.ca_file.clone();
    let mut terminate = signal(SignalKind::terminate())?;
    let simulator = arguments.builder().start().await?;
    announce(&simulator, ca_file.as_ref());
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    simulator.shutdown().await
}

/// One line, so that whoever started this program knows where to go.
#[expect(clippy::print_stdout, reason = "this line is the program's output")]
fn announce(simulator: &Simulator, ca_file: Option<&PathBuf>) {
    let line = serde_json::json!({
        "domain": simulator.domain(),
        "data": simulator.data_address(),
        "plain": simulator.plain_address(),
        "mapi": simulator.mapi_address(),
        "control": simulator.control_address(),
        "ca": ca_file,
    });
    println!("{line}");
}
