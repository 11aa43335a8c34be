#!/usr/bin/env bash
# Builds what is measured, in release, and measures it. Arguments go to run.py.
set -euo pipefail
cd "$(dirname "$0")/.."
target="${CARGO_TARGET_DIR:-target}"
cargo build --release --bin portico --example bare_proxy --example bench_origin
exec "${PORTICO_VENV:-$HOME/.cache/portico/venv}/bin/python" -B bench/run.py \
  --binaries "$target/release" --output "$target/bench.json" "$@"
