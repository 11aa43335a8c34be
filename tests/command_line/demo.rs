//! `portico demo` for scripts, and `portico credentials` against it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::process::{Ended, Place, Process, agent, get};

/// A demo on free ports.
struct Demo {
    process: Process,
    line: Value,
    // Its folder goes with it.
    _place: Place,
}

impl Demo {
    fn start() -> Self {
        Self::of(Place::empty())
    }

    fn of(place: Place) -> Self {
        let mut process = place.start(&["demo", "--json", "--port", "0"]);
        let line = process.line_with("\"password\"");
        let line: Value = serde_json::from_str(&line).unwrap();
        Self {
            process,
            line,
            _place: place,
        }
    }

    fn text(&self, key: &str) -> &str {
        let value = &self.line[key];
        value
            .as_str()
            .unwrap_or_else(|| panic!("no {key} in {}", self.line))
    }

    fn token(&self, account: &Value) -> String {
        let field = |key: &str| account[key].as_str().unwrap().to_owned();
        let form = [
            ("username", field("user")),
            ("password", field("password")),
            ("tenant", field("tenant")),
        ];
        let url = format!("{}/api/v1/auth/token", self.text("api"));
        let form = form.iter().map(|(name, value)| (*name, value.as_str()));
        let mut answer = agent().post(url).send_form(form).unwrap();
        assert_eq!(answer.status(), 200);
        let text = answer.body_mut().read_to_string().unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// What the S3 door has under a path for one of the accounts.
    fn object(&self, account: &Value, path: &str) -> String {
        let bearer = format!("Bearer {}", self.token(account));
        let request = agent().get(format!("{}{path}", self.text("s3")));
        let mut answer = request.header("authorization", bearer).call().unwrap();
        assert_eq!(answer.status(), 200);
        answer.body_mut().read_to_string().unwrap()
    }
}

#[test]
fn one_line_of_json_says_everything_once_everything_answers() {
    let demo = Demo::start();
    assert_eq!(demo.process.out.lines().count(), 1, "{}", demo.process.out);
    get(&format!("{}/readiness", demo.text("api")));
    get(&format!("{}/metrics", demo.text("admin")));
    for account in [&demo.line, &demo.line["other"]] {
        let tenant = account["tenant"].as_str().unwrap();
        let readme = demo.object(account, "/samples/readme.txt");
        assert!(
            readme.contains(&format!("the tenant `{tenant}`")),
            "{readme}"
        );
    }
    assert_ne!(demo.line["tenant"], demo.line["other"]["tenant"]);
    assert_ne!(demo.line["password"], demo.line["other"]["password"]);
}

#[test]
fn it_stays_until_sigterm_and_then_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::of(Place::empty().with("TMPDIR", folder.path().to_str().unwrap()));
    assert!(folder.path().read_dir().unwrap().count() > 0);
    assert_eq!(demo.process.children(), [0_u32; 0]);
    demo.process.signal("TERM");
    // Ends only when nobody holds its pipes any more: neither it nor a child of it.
    let ended = demo.process.ended();
    ended.assert_code(0);
    assert!(ended.after < Duration::from_secs(10), "{:?}", ended.after);
    let left: Vec<_> = folder.path().read_dir().unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

/// A folder with a password file, and the arguments that name it.
struct Scene<'a> {
    demo: &'a Demo,
    place: Place,
}

impl<'a> Scene<'a> {
    fn new(demo: &'a Demo) -> Self {
        let place = Place::empty();
        let cache = place.path().join("cache").display().to_string();
        let place = place.with("XDG_CACHE_HOME", &cache);
        let file = place.file("password", &format!("{}\n", demo.text("password")));
        fs::set_permissions(file, Permissions::from_mode(0o600)).unwrap();
        Self { demo, place }
    }

    fn credentials(&self, more: &[&str]) -> Ended {
        let arguments = [
            "credentials",
            "--endpoint",
            self.demo.text("api"),
            "--tenant",
            self.demo.text("tenant"),
            "--user",
            self.demo.text("user"),
            "--password-file",
            "password",
        ];
        self.place.run(&[&arguments, more].concat())
    }

    fn cache(&self) -> PathBuf {
        self.place.path().join("cache/portico")
    }
}

fn answer(ended: &Ended) -> Value {
    ended.assert_code(0);
    assert_eq!(
        ended.said, ended.out,
        "something was said beside the answer"
    );
    serde_json::from_str(&ended.out).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn credentials_are_handed_out_as_aws_wants_them_and_kept_in_private() {
    let demo = Demo::start();
    let scene = Scene::new(&demo);
    let first = answer(&scene.credentials(&[]));
    assert_eq!(first["Version"], 1);
    for key in [
        "AccessKeyId",
        "SecretAccessKey",
        "SessionToken",
        "Expiration",
    ] {
        assert!(!first[key].as_str().unwrap().is_empty(), "{key}");
    }
    let files: Vec<_> = fs::read_dir(scene.cache()).unwrap().collect();
    let [Ok(file)] = &files[..] else {
        panic!("{files:?}");
    };
    assert_eq!((mode(&file.path()), mode(&scene.cache())), (0o600, 0o700));
    // Every token is another, so the same one can only have been kept.
    assert_eq!(answer(&scene.credentials(&[])), first);
    assert_ne!(answer(&scene.credentials(&["--no-cache"])), first);
}

#[test]
fn a_login_that_cannot_be_made_says_why_and_prints_nothing() {
    let demo = Demo::start();
    let scene = Scene::new(&demo);
    fs::remove_file(scene.place.path().join("password")).unwrap();
    let ended = scene.credentials(&[]);
    ended.assert_code(1);
    ended.assert_says("cannot read password");
    assert_eq!(ended.out, "");
    assert!(!scene.cache().exists());
}
