#!/usr/bin/env bash
# Unit, property and story tests, what operators rely on, then the real clients over three stores and on
# the day of the switch.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/scope.sh
target="${CARGO_TARGET_DIR:-$HOME/.cache/portico/target}"
python="${PORTICO_VENV:-$HOME/.cache/portico/venv}/bin/python"

# What every process logs is looked through at the end.
PORTICO_TEST_LOGS=$(mktemp -d)
export PORTICO_TEST_LOGS
trap 'rm -r "$PORTICO_TEST_LOGS"' EXIT

cargo nextest run "${house[@]}" --no-fail-fast
cargo test --quiet "${house[@]}" --doc

# The clients drive the binaries that the stories above have built.
cargo build --quiet "${house[@]}" --bins
if [[ -n ${LANCE:-} ]]; then
  # Apart from the others: fifty programs of stories, each with Lance inside, would fill a disk. It leaves
  # the binary with Lance behind; `cargo build` would make one with other features of all its crates.
  cargo nextest run "${lance[@]}" --lib --test lance --no-fail-fast
fi
clients() {
  "$python" tests/clients/run.py --portico "$target/debug/portico" --simulator "$target/debug/hcp-simulator" "$@"
}
# What operators rely on: rules and alerts, then all of it over a running house.
promtool check config conf/prometheus/prometheus.yml
promtool check rules conf/prometheus/recording.yml conf/prometheus/alerts.yml
promtool test rules conf/prometheus/tests/alerts.yml
"$python" -m pytest -q tests/operations --portico "$target/debug/portico" --simulator "$target/debug/hcp-simulator"
clients --behind hcp9 --https
clients --behind hcp10
clients --behind generic --https
# Whatever the document of the API tells, asked for rightly and wrongly; no other story beside it.
clients --behind hcp10 -m alone
# What compares times, one story after the other.
[[ -z ${LANCE:-} ]] || clients --behind hcp9 --https -m timed -n 0
# The day of the switch: HCP's own names and keys lead to Portico, and nobody has logged in.
clients --behind hcp10 --https --way passthrough -m 'not large and not door'
# The other ways in, for what every client does.
round='comes_back or written or wrong_secret or tenants or sigv2'
clients --behind hcp9 --https --way keyring -k "$round"
clients --behind generic --way keys -k "$round"
# Nothing of all that was logged opens a door.
scripts/leaks.sh "$PORTICO_TEST_LOGS"
