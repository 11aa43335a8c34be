//! Files: the data directory, and the configurations that are delivered.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::*;
use crate::settings::data_directory::{Candidates, temporary};
use crate::settings::{core_defaults, differing_defaults, missing_settings};

#[test]
fn the_first_place_that_can_be_written_to_holds_the_data() {
    let mut story = Story::with("");
    let root = story.folder.path().display().to_string();
    let blocked = story.write("file", "");
    story = story
        .variable(
            "STATE_DIRECTORY",
            &format!("{}/state:/other", blocked.display()),
        )
        .variable("XDG_STATE_HOME", &format!("{root}/xdg"))
        .variable("HOME", &format!("{root}/home"));
    let mut settings = story.settings();
    let found = settings.data_directory().unwrap();
    assert_eq!(found, Path::new(&root).join("xdg/portico"));
    assert!(found.is_dir());
    assert_eq!(std::fs::read_dir(&found).unwrap().count(), 0);
    assert!(settings.warnings.is_empty(), "{:?}", settings.warnings);
    let socket = settings.upgrade_socket().unwrap();
    assert_eq!(socket, found.join("upgrade.sock"));
}

#[test]
fn the_upgrade_socket_needs_no_data_directory_but_a_short_path() {
    let nowhere = "[process]\ndata_directory = '/dev/null/x'\n";
    let mut named = Story::with(&format!("{nowhere}upgrade_socket = '/run/p'\n")).settings();
    assert_eq!(named.upgrade_socket().unwrap(), Path::new("/run/p"));
    let long = "x".repeat(108);
    let mut long = Story::with(&format!("[process]\nupgrade_socket = '{long}'\n")).settings();
    let faults = long.upgrade_socket().unwrap_err().to_string();
    assert!(
        faults.contains("portico.toml:3:18: [process] upgrade_socket: expected a shorter path"),
        "{faults}"
    );
}

#[test]
fn relative_and_empty_places_are_passed_over() {
    let value = |name: &str| match name {
        "XDG_STATE_HOME" => Some("relative".to_owned()),
        "HOME" => Some(String::new()),
        _ => None,
    };
    assert_eq!(Candidates::new(value).names(), "/var/lib/portico");
}

#[test]
fn a_data_directory_that_cannot_be_made_is_a_fault_with_its_line() {
    let story = Story::with("[process]\ndata_directory = '/dev/null/x'\n");
    let faults = story.settings().data_directory().unwrap_err().to_string();
    assert!(
        faults.contains("portico.toml:3:18: [process] data_directory: "),
        "{faults}"
    );
}

#[test]
fn a_temporary_place_that_others_can_enter_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = temporary(folder.path()).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(temporary(folder.path()).unwrap(), path);
    std::fs::set_permissions(&path, Permissions::from_mode(0o770)).unwrap();
    assert!(temporary(folder.path()).is_err());
    let other = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(folder.path(), other.path().join("portico")).unwrap();
    assert!(temporary(other.path()).is_err());
}

#[test]
fn what_the_documentation_lacks_or_says_wrongly_is_found() {
    let table = |text: &str| text.parse::<toml::Table>().unwrap();
    let defaults = table("[a]\nx = 1\ny = '1m'\nz = []\n[a.b]\nw = true");
    let documented = table("[a]\nx = 2\nz = ['s']\n[c]\nv = 1");
    assert_eq!(missing_settings(&documented, &defaults), ["a.b.w", "a.y"]);
    let differing = differing_defaults(&documented, &defaults, &["a.z"]);
    assert_eq!(differing, ["a.x: documented 2, default 1"]);
}

#[test]
fn the_documentation_holds_every_setting_of_the_core() {
    let text = include_str!("../../../conf/portico.toml");
    let documented: toml::Table = text.parse().unwrap();
    let defaults = core_defaults().unwrap();
    assert_eq!(missing_settings(&documented, &defaults), [""; 0]);
    assert_eq!(differing_defaults(&documented, &defaults, &[]), [""; 0]);
}
