#!/usr/bin/env bash
# Installs what is missing. `setup.sh build` stops at what a build needs; `setup.sh bench` installs
# what `make bench` measures beside Portico and nothing else needs.
set -euo pipefail
cd "$(dirname "$0")/.."
scope="${1:-all}"

say() { printf 'setup: %s\n' "$*" >&2; }

# package:program-or-file that shows it is there
build_packages=(clang:clang mold:mold cmake:cmake pkg-config:pkg-config libssl-dev:/usr/include/openssl/ssl.h perl:perl curl:curl)
[[ -z ${LANCE:-} ]] || build_packages+=(protobuf-compiler:protoc libprotobuf-dev:/usr/include/google/protobuf/empty.proto)
test_packages=(s3cmd:s3cmd s3fs:s3fs chromium:chromium redis-server:redis-server nginx-light:/usr/sbin/nginx wrk:wrk openssl:openssl jq:jq unzip:unzip p7zip-full:7z prometheus:promtool python3:python3 python3-venv:/usr/share/doc/python3-venv)

missing() {
  local entry thing
  for entry in "$@"; do
    thing="${entry#*:}"
    if [[ $thing == /* ]]; then [[ -e $thing ]] || echo "${entry%%:*}"; else command -v "$thing" >/dev/null || echo "${entry%%:*}"; fi
  done
}

packages() {
  local wanted
  mapfile -t wanted < <(missing "$@")
  ((${#wanted[@]})) || return 0
  local as_root=()
  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || { say "please install: ${wanted[*]}"; exit 1; }
    as_root=(sudo)
  fi
  command -v apt-get >/dev/null || { say "please install: ${wanted[*]}"; exit 1; }
  say "installing ${wanted[*]}"
  # Stories start a Prometheus of their own. `systemctl unmask prometheus` is for who wants it as a service.
  if [[ " ${wanted[*]} " == *" prometheus "* ]] && command -v systemctl >/dev/null; then
    "${as_root[@]}" systemctl --quiet mask prometheus.service || true
  fi
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
}

cargo_tool() {
  command -v "$1" >/dev/null || { say "installing $1"; cargo install --quiet --locked "$1"; }
}

# venv with what is named in a list, which is kept in it to see when it changes. `|| return`: a caller
# that goes on without it switches `set -e` off in here.
python_packages() {
  local venv="$1" list="$2" stamp="$1/.requirements"
  cmp -s "$list" "$stamp" 2>/dev/null && return 0
  say "installing $list into $venv"
  [[ -x $venv/bin/python ]] || python3 -m venv "$venv" || return
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$list" || return
  cp "$list" "$stamp"
}

if [[ $scope == bench ]]; then
  python_packages "${PORTICO_BENCH_VENV:-$HOME/.cache/portico/bench-venv}" bench/requirements.txt \
    || say "what is named in bench/requirements.txt does not take part"
  exit 0
fi

packages "${build_packages[@]}"
command -v cargo >/dev/null || { say "a Rust toolchain is needed; see the README"; exit 1; }
[[ $scope == build ]] && exit 0
packages "${test_packages[@]}"
cargo_tool cargo-nextest
cargo_tool cargo-deny
python_packages "${PORTICO_VENV:-$HOME/.cache/portico/venv}" tests/clients/requirements.txt
