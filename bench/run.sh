#!/usr/bin/env bash
# Builds what is measured, in release, and measures it. Arguments go to run.py.
set -euo pipefail
cd "$(dirname "$0")/.."
target="${CARGO_TARGET_DIR:-target}"
python="${PORTICO_VENV:-$HOME/.cache/portico/venv}/bin/python"
[[ " $* " == *" --help "* ]] && exec "$python" -B bench/run.py --help
scripts/setup.sh bench
cargo build --release -p portico -p hcp-simulator \
  --bin portico --bin hcp-simulator --example bare_proxy --example bare_reply \
  --example bench_origin ${LANCE:+--features portico/lance}
envoy="$(find "${PORTICO_BENCH_VENV:-$HOME/.cache/portico/bench-venv}" -path '*/envoy/_bin/envoy' 2>/dev/null | head -n 1)"
exec "$python" -B bench/run.py \
  --binaries "$target/release" --output "$target/bench.json" ${envoy:+--envoy "$envoy"} "$@"
