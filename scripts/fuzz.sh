#!/usr/bin/env bash
# One fuzz target under libFuzzer: scripts/fuzz.sh TARGET [SECONDS [libFuzzer's options …]]
set -euo pipefail
cd "$(dirname "$0")/.."
target="${1:?which target? One of: $(cd fuzz/fuzz_targets && echo *.rs | sed 's/\.rs//g')}"
seconds="${2:-60}"
command -v cargo-fuzz >/dev/null || cargo install --quiet --locked cargo-fuzz

# A build of its own, because coverage is compiled into every crate.
export CARGO_TARGET_DIR="${PORTICO_FUZZ_DIR:-$HOME/.cache/portico/fuzz}"
export CARGO_PROFILE_RELEASE_LTO=off
corpus="$CARGO_TARGET_DIR/corpus/$target"
mkdir -p "$corpus"

# Without a sanitizer: `unsafe` is forbidden here, so there is nothing for one to find; runs are
# many times faster, and the stable toolchain does. Overflow and debug assertions are on.
exec cargo fuzz run --sanitizer none --debug-assertions --features libfuzzer \
  "$target" "$corpus" "fuzz/seeds/$target" -- -max_total_time="$seconds" -dict=fuzz/words.dict \
  -max_len=4096 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 "${@:3}"
