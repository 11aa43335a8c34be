//! A configuration as people write it, right and wrong.

mod environment;
mod faults;
mod files;
mod redis;
mod upstream;

use std::path::PathBuf;

use portico_sdk::settings::{Duration, Fault, Secret};
use portico_sdk::{Entry, Plugin, Registry};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::{Faults, Settings, load};

/// Stands for the real plugin of that name, with the settings that old names lead to.
struct Auth;

#[derive(Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct AuthSettings {
    secrets: Vec<Secret>,
    token_lifetime: Duration,
    enabled: bool,
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            secrets: Vec::new(),
            token_lifetime: Duration::from_secs(60),
            enabled: true,
        }
    }
}

impl Plugin for Auth {
    const NAME: &'static str = "auth";
    type Settings = AuthSettings;

    fn install(_: AuthSettings, _: &mut Registry) -> Result<(), Fault> {
        Err(Fault::key("auth", "secrets", "too short"))
    }
}

struct S3;

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct S3Settings {
    access_key: Secret,
    secret_key: Secret,
}

impl Plugin for S3 {
    const NAME: &'static str = "s3";
    type Settings = S3Settings;

    fn install(_: S3Settings, _: &mut Registry) -> Result<(), Fault> {
        Ok(())
    }
}

/// A folder with a configuration, and the environment around it.
struct Story {
    folder: TempDir,
    conf: Option<PathBuf>,
    dotenv: Option<PathBuf>,
    variables: Vec<(String, String)>,
}

impl Story {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            conf: None,
            dotenv: None,
            variables: Vec::new(),
        }
    }

    /// A configuration that names a store, and more.
    fn with(toml: &str) -> Self {
        Self::new().toml(&format!("upstream.domain = 'hcp.example.com'\n{toml}"))
    }

    fn toml(mut self, text: &str) -> Self {
        self.conf = Some(self.write("portico.toml", text));
        self
    }

    fn dotenv(mut self, text: &str) -> Self {
        self.dotenv = Some(self.write(".env", text));
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn load(&self) -> Result<Settings, Faults> {
        let plugins = [Entry::of::<Auth>(), Entry::of::<S3>()];
        let variables = self.variables.iter().cloned();
        load(
            self.conf.as_deref(),
            variables,
            self.dotenv.as_deref(),
            &plugins,
        )
    }

    fn settings(&self) -> Settings {
        self.load().unwrap_or_else(|faults| panic!("{faults}"))
    }

    /// The faults, without the folder in front of the files.
    fn faults(&self) -> String {
        let folder = format!("{}/", self.folder.path().display());
        self.load().unwrap_err().to_string().replace(&folder, "")
    }
}

/// The plugin's settings as it would read them.
fn auth(settings: &Settings) -> AuthSettings {
    settings.sections["auth"].clone().read().unwrap()
}

fn s3(settings: &Settings) -> S3Settings {
    settings.sections["s3"].clone().read().unwrap()
}
