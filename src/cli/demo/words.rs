//! What the demo says once everything answers: a line for scripts, or words with commands to paste.

use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use portico_sdk::route::Listener;
use serde_json::json;

use super::{Account, base, sample};
use crate::server::Bound;

/// Waits for the door to answer, in a thread of its own, and then speaks.
pub(super) fn announce_when_ready(json: bool, addresses: &[Bound], accounts: &[Account; 2]) {
    let text = if json {
        line(addresses, accounts)
    } else {
        words(addresses, &accounts[0])
    };
    let readiness = format!("{}/readiness", base(addresses, Listener::Api));
    let sockets: Vec<_> = addresses.iter().map(|bound| bound.address).collect();
    thread::spawn(move || {
        let answers = || {
            sockets
                .iter()
                .all(|address| TcpStream::connect(address).is_ok())
                && ureq::get(&readiness).call().is_ok()
        };
        while !answers() {
            thread::sleep(Duration::from_millis(50));
        }
        say(&text);
    });
}

#[expect(clippy::print_stdout, reason = "a command line talks to its user")]
fn say(text: &str) {
    println!("{text}");
}

/// One line of JSON; `ca` is absent because the demo's listeners speak plain HTTP.
fn line(addresses: &[Bound], [first, second]: &[Account; 2]) -> String {
    json!({
        "api": base(addresses, Listener::Api),
        "s3": base(addresses, Listener::S3),
        "admin": base(addresses, Listener::Admin),
        "tenant": first.tenant,
        "user": first.user,
        "password": first.password,
        "other": { "tenant": second.tenant, "user": second.user, "password": second.password },
    })
    .to_string()
}

fn words(addresses: &[Bound], account: &Account) -> String {
    let (api, s3) = (
        base(addresses, Listener::Api),
        base(addresses, Listener::S3),
    );
    let admin = base(addresses, Listener::Admin);
    let Account {
        tenant,
        user,
        password,
    } = account;
    let bucket = sample::BUCKET;
    format!(
        r#"
Portico stands in front of a simulated HCP. Ctrl-C ends it and forgets everything.

  S3 door   {s3}
  REST API  {api}
  admin     {admin}/metrics
  tenant    {tenant}
  user      {user}
  password  {password}

Paste these into another terminal.

# 1. log in, and put S3 credentials into the environment (curl, jq)
TOKEN=$(curl -s {api}/api/v1/auth/token -d username={user} -d password={password} -d tenant={tenant} | jq -r .access_token)
eval $(curl -s {api}/api/v1/credentials -H "Authorization: Bearer $TOKEN" | jq -r '"export AWS_ACCESS_KEY_ID=\(.access_key_id) AWS_SECRET_ACCESS_KEY=\(.secret_access_key) AWS_SESSION_TOKEN=\(.session_token) AWS_DEFAULT_REGION=us-east-1"')

# 2. aws-cli
aws --endpoint-url {s3} s3 ls --recursive s3://{bucket}/

# 3. boto3
python3 -c 'import boto3; print(boto3.client("s3", endpoint_url="{s3}").get_object(Bucket="{bucket}", Key="readme.txt")["Body"].read().decode())'

# 4. rclone
rclone ls ":s3,provider=Other,env_auth,endpoint='{s3}':{bucket}"

# 5. a link for someone without an account
curl -s "$(python3 -c 'import boto3; from botocore.config import Config; print(boto3.client("s3", endpoint_url="{s3}", config=Config(signature_version="s3v4")).generate_presigned_url("get_object", {{"Bucket": "{bucket}", "Key": "readme.txt"}}))')"
"#
    )
}
