//! Arrows point down only: the roster to the plugins, the plugins to the SDK, the engine nowhere
//! but in the core.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cargo_metadata::{Dependency, Metadata, MetadataCommand, Package};

/// Crates under `plugins/` that are no plugins, which plugins may use.
const LIBRARIES: [&str; 8] = [
    "portico-sdk",
    "portico-sigv4",
    "portico-sigv2",
    "portico-clients",
    "portico-hcp",
    "portico-aws",
    "portico-redis",
    "portico-zip",
];

const ROOT: &str = "portico";

/// Not written in one piece, so that this file is no hit of its own search.
const ENGINE: &str = concat!("pin", "gora");

fn metadata() -> Metadata {
    let mut command = MetadataCommand::new();
    let command = command.manifest_path(folder().join("Cargo.toml"));
    let options = ["--offline", "--locked"].map(str::to_owned);
    command.no_deps().other_options(options).exec().unwrap()
}

fn folder() -> &'static Path {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        // Asked at run time: a build folder shared by two clones would keep the path of the other.
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap().into()
    });
    &FOLDER
}

/// Packages in `plugins/` whose name passes.
fn in_plugins(metadata: &Metadata, wanted: impl Fn(&str) -> bool) -> Vec<&Package> {
    let plugins = folder().join("plugins");
    let inside = |package: &&Package| package.manifest_path.as_std_path().starts_with(&plugins);
    let packages = metadata.packages.iter().filter(inside);
    packages.filter(|package| wanted(&package.name)).collect()
}

/// Packages of this workspace that a package depends on, in tests and build scripts too.
fn own<'a>(metadata: &Metadata, package: &'a Package) -> Vec<&'a str> {
    let members: BTreeSet<_> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    let names = package.dependencies.iter().map(|d| d.name.as_str());
    names.filter(|name| members.contains(name)).collect()
}

fn engine(package: &Package) -> Vec<&Dependency> {
    let dependencies = package.dependencies.iter();
    dependencies
        .filter(|dependency| dependency.name.starts_with(ENGINE))
        .collect()
}

#[test]
fn a_plugin_depends_on_the_sdk_and_the_plain_libraries_alone() {
    let metadata = metadata();
    let plugins = in_plugins(&metadata, |name| !LIBRARIES.contains(&name));
    assert!(plugins.len() >= 4, "{}", plugins.len());
    for plugin in plugins {
        let own = own(&metadata, plugin);
        assert!(own.contains(&"portico-sdk"), "{}: {own:?}", plugin.name);
        let others: Vec<_> = own
            .into_iter()
            .filter(|name| !LIBRARIES.contains(name))
            .collect();
        assert!(others.is_empty(), "{} depends on {others:?}", plugin.name);
    }
}

#[test]
fn the_libraries_know_no_plugin_and_the_sdk_knows_nobody() {
    let metadata = metadata();
    let libraries = in_plugins(&metadata, |name| LIBRARIES.contains(&name));
    assert_eq!(libraries.len(), LIBRARIES.len());
    for library in libraries {
        let known = own(&metadata, library).into_iter();
        // A library's own tests may switch on features of the SDK and of itself. The older
        // signature borrows the words of the newer one, and HCP is asked over the one transport.
        let lower = match library.name.as_str() {
            "portico-sigv2" => "portico-sigv4",
            "portico-hcp" | "portico-aws" => "portico-clients",
            own => own,
        };
        let below = |name: &&str| ["portico-sdk", lower, &library.name].contains(name);
        let others: Vec<_> = known.filter(|name| !below(name)).collect();
        assert!(others.is_empty(), "{} depends on {others:?}", library.name);
        if library.name.as_str() == "portico-sdk" {
            assert!(own(&metadata, library).is_empty());
        }
    }
}

#[test]
fn only_the_root_knows_the_engine_in_one_exact_version() {
    let metadata = metadata();
    for package in &metadata.packages {
        let found = engine(package);
        if package.name.as_str() != ROOT {
            assert!(found.is_empty(), "{}: {found:?}", package.name);
            continue;
        }
        assert!(!found.is_empty());
        for dependency in found {
            let version = dependency.req.to_string();
            let patch = version.strip_prefix("=0.9.").unwrap_or_default();
            assert!(
                patch.parse::<u32>().is_ok(),
                "{}: {version}",
                dependency.name
            );
        }
    }
}

#[test]
fn only_the_core_and_the_examples_import_the_engine() {
    let mut read = 0;
    for place in ["plugins", "tests"] {
        for (path, text) in sources(&folder().join(place)) {
            let hits = code(&text, &[&format!("{ENGINE}::"), &format!("{ENGINE}_")]);
            assert!(hits.is_empty(), "{}: {hits:?}", path.display());
            read += 1;
        }
    }
    assert!(read > 50, "{read} files");
    let core = sources(&folder().join("src")).into_iter();
    let imports = core.filter(|(_, text)| !code(text, &[&format!("{ENGINE}::")]).is_empty());
    assert!(imports.count() > 0, "the search finds nothing at all");
}

#[test]
fn only_the_roster_names_plugins() {
    let metadata = metadata();
    let plugins = in_plugins(&metadata, |name| !LIBRARIES.contains(&name));
    let names: Vec<_> = plugins.iter().map(|p| p.name.replace('-', "_")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    for (path, text) in sources(&folder().join("src")) {
        let hits = code(&text, &names);
        let roster = path.ends_with("src/roster.rs");
        assert_eq!(!hits.is_empty(), roster, "{}: {hits:?}", path.display());
    }
}

/// Lines that hold one of the words, without comments.
fn code<'a>(text: &'a str, words: &[&str]) -> Vec<&'a str> {
    let lines = text.lines().map(str::trim_start);
    lines
        .filter(|line| !line.starts_with("//"))
        .filter(|line| words.iter().any(|word| line.contains(word)))
        .collect()
}

/// Every Rust file below a folder.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}
