#!/usr/bin/env bash
# Formatting, lints and dependency policy; nothing is changed.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/scope.sh
set -x
cargo fmt --all --check
cargo clippy "${all[@]}" --all-targets -- -D warnings
# The core knows no plugin: it must compile without any.
cargo check --quiet --lib --no-default-features --features openssl
# The engine's other TLS is kept compiling.
cargo check --quiet --lib --no-default-features --features rustls
# Without Lance: its crates would be checked once more, with other features than for tests.
RUSTDOCFLAGS="-D warnings" cargo doc --quiet "${house[@]}" --no-deps
cargo deny --log-level error check bans licenses sources
for script in scripts/*.sh bench/*.sh .ci/run; do bash -n "$script"; done
"${PORTICO_VENV:-$HOME/.cache/portico/venv}/bin/ruff" check bench tests
"${PORTICO_VENV:-$HOME/.cache/portico/venv}/bin/ruff" format --check bench tests
