//! The client against an endpoint that plays back answers.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Answer, CredentialsArgs, CredentialsError, obtain};

const TOKEN: &str = r#"{"access_token":"tOk1","token_type":"bearer"}"#;

/// Answers as many requests as it has answers, and says in the end what it was asked.
fn endpoint(answers: Vec<(u16, String)>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let work = move || answers.into_iter().map(|a| serve(&listener, &a)).collect();
    (address, std::thread::spawn(work))
}

fn serve(listener: &TcpListener, (status, body): &(u16, String)) -> String {
    let (mut stream, _) = listener.accept().unwrap();
    let asked = request(&stream);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nlocation: /else\r\nconnection: close"
    );
    write!(stream, "{head}\r\n\r\n{body}").unwrap();
    asked
}

fn request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut text).unwrap(), 0);
    }
    let lower = text.to_ascii_lowercase();
    let length = lower.split("content-length: ").nth(1);
    let length = length.map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    text + std::str::from_utf8(&body).unwrap()
}

fn keys(now: SystemTime, minutes: u64) -> String {
    let end = OffsetDateTime::from(now + Duration::from_mins(minutes));
    let end = end.format(&Rfc3339).unwrap();
    format!(
        r#"{{"access_key_id":"YW5u","secret_access_key":"sk","username":"ann","tenant":"t",
            "endpoint_url":null,"session_token":"st","expires_at":"{end}"}}"#
    )
}

fn both(now: SystemTime, minutes: u64) -> Vec<(u16, String)> {
    vec![(200, TOKEN.to_owned()), (200, keys(now, minutes))]
}

struct Scene {
    folder: TempDir,
    args: CredentialsArgs,
}

impl Scene {
    fn new(endpoint: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let password_file = folder.path().join("password");
        fs::write(&password_file, "pass word&\n").unwrap();
        fs::set_permissions(&password_file, Permissions::from_mode(0o600)).unwrap();
        let args = CredentialsArgs {
            endpoint: endpoint.to_owned(),
            user: "ann".to_owned(),
            tenant: Some("t".to_owned()),
            password_file,
            ca_file: None,
            no_cache: false,
        };
        Self { folder, args }
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache/portico")
    }

    fn obtain(&self, now: SystemTime) -> Result<Answer, CredentialsError> {
        super::install_crypto();
        obtain(&self.args, Some(self.cache()), now)
    }

    fn kept(&self) -> PathBuf {
        let mut files = fs::read_dir(self.cache()).unwrap();
        let file = files.next().unwrap().unwrap().path();
        assert!(files.next().is_none(), "a draft was left behind");
        file
    }
}

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_login_is_turned_into_what_aws_asks_for() {
    let now = SystemTime::now();
    let (address, asked) = endpoint(both(now, 60));
    let scene = Scene::new(&format!("{address}/"));
    let answer = scene.obtain(now).ok().unwrap();
    let json = serde_json::to_value(&answer).unwrap();
    assert_eq!(json["Version"], 1);
    assert_eq!(json["AccessKeyId"], "YW5u");
    assert_eq!(json["SecretAccessKey"], "sk");
    assert_eq!(json["SessionToken"], "st");
    assert!(json["Expiration"].as_str().unwrap().ends_with('Z'));
    let asked = asked.join().unwrap();
    assert!(asked[0].starts_with("POST /api/v1/auth/token HTTP/1.1\r\n"));
    let form = "grant_type=password&username=ann&password=pass+word%26&tenant=t";
    assert!(asked[0].ends_with(form), "{}", asked[0]);
    assert!(asked[1].starts_with("GET /api/v1/credentials HTTP/1.1\r\n"));
    assert!(asked[1].contains("authorization: Bearer tOk1\r\n"));
}

#[test]
fn kept_credentials_are_private_and_used_until_shortly_before_their_end() {
    let now = SystemTime::now();
    let (address, asked) = endpoint([both(now, 60), both(now, 90)].concat());
    let scene = Scene::new(&address);
    scene.obtain(now).ok().unwrap();
    assert_eq!((mode(&scene.kept()), mode(&scene.cache())), (0o600, 0o700));
    for minutes in [0, 43] {
        scene
            .obtain(now + Duration::from_mins(minutes))
            .ok()
            .unwrap();
    }
    scene.obtain(now + Duration::from_mins(44)).ok().unwrap();
    assert_eq!(asked.join().unwrap().len(), 4);
}

#[test]
fn credentials_that_others_may_read_are_not_used() {
    let now = SystemTime::now();
    let (address, asked) = endpoint([both(now, 60), both(now, 60)].concat());
    let scene = Scene::new(&address);
    scene.obtain(now).ok().unwrap();
    fs::set_permissions(scene.kept(), Permissions::from_mode(0o644)).unwrap();
    scene.obtain(now).ok().unwrap();
    assert_eq!(mode(&scene.kept()), 0o600);
    assert_eq!(asked.join().unwrap().len(), 4);
}

#[test]
fn a_new_password_asks_for_new_credentials() {
    let now = SystemTime::now();
    let (address, asked) = endpoint([both(now, 60), both(now, 60)].concat());
    let scene = Scene::new(&address);
    scene.obtain(now).ok().unwrap();
    let file = fs::File::options()
        .write(true)
        .open(&scene.args.password_file);
    let later = SystemTime::now() + Duration::from_secs(5);
    file.unwrap().set_modified(later).unwrap();
    scene.obtain(now).ok().unwrap();
    assert_eq!(asked.join().unwrap().len(), 4);
}

#[test]
fn another_user_is_not_given_the_kept_credentials() {
    let now = SystemTime::now();
    let (address, asked) = endpoint([both(now, 60), both(now, 60)].concat());
    let mut scene = Scene::new(&address);
    scene.obtain(now).ok().unwrap();
    scene.args.tenant = None;
    scene.args.user = "tann".to_owned();
    scene.obtain(now).ok().unwrap();
    assert_eq!(asked.join().unwrap().len(), 4);
}

fn refusal(answers: Vec<(u16, String)>) -> String {
    let (address, asked) = endpoint(answers);
    let scene = Scene::new(&address);
    let error = scene.obtain(SystemTime::now()).err().unwrap();
    asked.join().unwrap();
    assert!(!scene.cache().exists());
    let shown = format!("{error} {error:?}");
    assert!(
        !shown.contains("pass word") && !shown.contains("tOk1"),
        "{shown}"
    );
    error.to_string()
}

#[test]
fn refusals_are_told_in_the_words_of_the_endpoint() {
    let text = refusal(vec![(403, r#"{"detail":"No\u001b users"}"#.to_owned())]);
    assert!(text.ends_with("answered 403 Forbidden: No users"), "{text}");
    let text = refusal(vec![(422, r#"{"detail":[{"msg":"x"}]}"#.to_owned())]);
    assert!(
        text.ends_with("answered 422 Unprocessable Entity"),
        "{text}"
    );
    let text = refusal(vec![(200, "<html>tOk1".to_owned())]);
    assert!(text.ends_with("something else than Portico does"), "{text}");
    let old = r#"{"access_key_id":"a","secret_access_key":"b"}"#;
    let text = refusal(vec![(200, TOKEN.to_owned()), (200, old.to_owned())]);
    assert!(text.ends_with("something else than Portico does"), "{text}");
}

#[test]
fn the_password_follows_no_redirect() {
    for status in [301, 307, 308] {
        let text = refusal(vec![(status, String::new())]);
        assert!(text.contains(&status.to_string()), "{text}");
    }
}

#[test]
fn odd_endpoints_and_empty_files_are_refused_before_anything_is_sent() {
    let now = SystemTime::now();
    for endpoint in [
        "portico",
        "ftp://portico",
        "https://u:p@portico",
        "https://portico/?a",
    ] {
        let error = Scene::new(endpoint).obtain(now).err().unwrap();
        assert!(matches!(error, CredentialsError::Endpoint), "{error}");
    }
    let mut scene = Scene::new("http://127.0.0.1:9");
    scene.args.ca_file = Some(scene.args.password_file.clone());
    let error = scene.obtain(now).err().unwrap();
    assert!(
        matches!(error, CredentialsError::NoCertificate(_)),
        "{error}"
    );
    fs::write(&scene.args.password_file, "\n").unwrap();
    let error = scene.obtain(now).err().unwrap();
    assert!(matches!(error, CredentialsError::NoPassword(_)), "{error}");
}
