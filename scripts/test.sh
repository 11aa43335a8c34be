#!/usr/bin/env bash
# Unit, property and story tests, then the real clients over three stores.
set -euo pipefail
cd "$(dirname "$0")/.."
features=simulator,sample
target="${CARGO_TARGET_DIR:-$HOME/.cache/portico/target}"
python="${PORTICO_VENV:-$HOME/.cache/portico/venv}/bin/python"

cargo nextest run --workspace --features "$features" --no-fail-fast
cargo test --quiet --workspace --doc --features "$features"

# The clients drive the binaries that the stories above have built.
cargo build --quiet --workspace --bins --features "$features"
for run in "hcp9 --https" "hcp10" "generic --https"; do
  # shellcheck disable=SC2086 # the words are meant to be split
  "$python" tests/clients/run.py --behind $run \
    --portico "$target/debug/portico" --simulator "$target/debug/hcp-simulator"
done
