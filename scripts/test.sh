#!/usr/bin/env bash
# Unit, property and story tests, then the real clients.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo nextest run --workspace --features simulator,sample --no-fail-fast
cargo test --quiet --workspace --doc
