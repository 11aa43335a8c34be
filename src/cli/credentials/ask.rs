//! Asking Portico for keys: a login, then the credentials of that login.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use http::{StatusCode, Uri};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use super::{Answer, CredentialsArgs, CredentialsError, warn};

/// For each of the two requests, connection included.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes of an answer, far above what a token needs.
const LARGEST_ANSWER: u64 = 64 * 1024;

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct Keys {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expires_at: String,
}

/// Logs in and fetches the keys.
pub(super) fn ask(args: &CredentialsArgs) -> Result<Answer, CredentialsError> {
    let base = base(&args.endpoint)?;
    let password = password(&args.password_file)?;
    let agent = agent(args.ca_file.as_deref())?;
    let mut form = vec![
        ("grant_type", "password"),
        ("username", &args.user),
        ("password", password.expose_secret()),
    ];
    form.extend(args.tenant.as_deref().map(|tenant| ("tenant", tenant)));
    let address = format!("{base}/api/v1/auth/token");
    let token: Token = read(&address, agent.post(&address).send_form(form))?;
    let address = format!("{base}/api/v1/credentials");
    let bearer = format!("Bearer {}", token.access_token);
    let request = agent.get(&address).header("authorization", bearer);
    let keys: Keys = read(&address, request.call())?;
    Ok(Answer {
        version: 1,
        access_key_id: keys.access_key_id,
        secret_access_key: keys.secret_access_key,
        session_token: keys.session_token,
        expiration: keys.expires_at,
    })
}

fn base(endpoint: &str) -> Result<&str, CredentialsError> {
    let uri: Uri = endpoint.parse().map_err(|_| CredentialsError::Endpoint)?;
    let (scheme, host) = (uri.scheme_str(), uri.host().unwrap_or_default());
    let plain = uri.query().is_none() && !endpoint.contains('@');
    if !plain || host.is_empty() || !matches!(scheme, Some("http" | "https")) {
        return Err(CredentialsError::Endpoint);
    }
    if scheme == Some("http") && !matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
        warn("the password travels unencrypted; use https");
    }
    Ok(endpoint.trim_end_matches('/'))
}

fn password(path: &Path) -> Result<SecretString, CredentialsError> {
    let fault = |source| file_fault(path, source);
    let mut file = File::open(path).map_err(fault)?;
    let mode = file.metadata().map_err(fault)?.permissions().mode();
    if mode & 0o077 != 0 {
        let path = path.display();
        warn(&format!("others may read {path}; say `chmod 600 {path}`"));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(fault)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(CredentialsError::NoPassword(path.to_owned()));
    }
    Ok(SecretString::from(line))
}

fn file_fault(path: &Path, source: io::Error) -> CredentialsError {
    let path = path.to_owned();
    CredentialsError::File { path, source }
}

/// A client that follows no redirect: the password is for the endpoint alone.
fn agent(ca_file: Option<&Path>) -> Result<ureq::Agent, CredentialsError> {
    let roots = match ca_file {
        Some(path) => authorities(path)?,
        None => RootCerts::PlatformVerifier,
    };
    let config = ureq::Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .timeout_global(Some(TIMEOUT))
        .max_redirects(0)
        .http_status_as_error(false)
        .build();
    Ok(config.new_agent())
}

fn authorities(path: &Path) -> Result<RootCerts, CredentialsError> {
    let pem = fs::read(path).map_err(|source| file_fault(path, source))?;
    let certificates: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(CredentialsError::NoCertificate(path.to_owned()));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

fn read<T: for<'de> Deserialize<'de>>(
    address: &str,
    response: Result<http::Response<ureq::Body>, ureq::Error>,
) -> Result<T, CredentialsError> {
    let transport = |source| CredentialsError::Transport {
        address: address.to_owned(),
        source,
    };
    let mut response = response.map_err(transport)?;
    let body = response.body_mut().with_config().limit(LARGEST_ANSWER);
    let text = body.read_to_vec().map_err(transport)?;
    if response.status() != StatusCode::OK {
        return Err(CredentialsError::Refused {
            address: address.to_owned(),
            status: response.status(),
            words: words(&text),
        });
    }
    // The parser's own words may quote a token.
    serde_json::from_slice(&text).map_err(|_| CredentialsError::NotPortico(address.to_owned()))
}

/// The `detail` of a refusal, when it is a sentence, made safe for a terminal.
fn words(text: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        detail: String,
    }
    let Ok(refusal) = serde_json::from_slice::<Refusal>(text) else {
        return String::new();
    };
    let printable = refusal.detail.chars().filter(|c| !c.is_control());
    format!(": {}", printable.take(200).collect::<String>())
}
