#!/usr/bin/env bash
# Names the costliest functions of one workload, in a release build. Arguments go to profiler.py.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/portico/target}"
target="$CARGO_TARGET_DIR"
tools=(perf:linux-perf llvm-symbolizer:llvm wrk:wrk)
[[ " $* " == *" --instructions "* ]] && tools=(callgrind_control:valgrind)
for tool in "${tools[@]}"; do
  command -v "${tool%%:*}" >/dev/null || { echo "profile: please install ${tool#*:}" >&2; exit 1; }
done
cargo build --release --bin portico --example bare_proxy --example bench_origin
exec "${PORTICO_VENV:-$HOME/.cache/portico/venv}/bin/python" -B bench/profiler.py \
  --binaries "$target/release" "$@"
