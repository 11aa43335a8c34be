#!/usr/bin/env bash
# Looks through what processes under test have logged (the folder that PORTICO_TEST_LOGS named) for
# whatever opens a door: the passwords, tokens and keys of the suites, and anything of their form.
set -euo pipefail
folder="${1:?the folder with the logs}"
files=$(find "$folder" -name '*.log' | wc -l)
if [ "$files" -eq 0 ]; then
  echo "no logs in $folder: nothing was looked at" >&2
  exit 1
fi
md5() { printf %s "$1" | md5sum | cut -d' ' -f1; }
known=(
  'lovelace-in-research' 'lovelace-in-archive' "$(md5 lovelace-in-research)" "$(md5 lovelace-in-archive)"
  'first password' 'system password' "$(md5 'first password')" "$(md5 'second password')" "$(md5 'system password')"
  'the secret of AKSTORY' 'a secret of the stories' 'second password' 'the token of whoever runs the house'
)
forms=(
  'Signature=[0-9a-f]{64}'                        # Version 4, in a header or a link
  '[?&]Signature=[A-Za-z0-9%/+]{20}'              # Version 2
  'AWS [A-Za-z0-9=+/]+:[A-Za-z0-9+/]{27}='        # Version 2 in a header
  'HCP [A-Za-z0-9+/=]+:[0-9a-f]{32}'              # HCP's own
  '\beyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}'   # tokens
  'argon2id\$v='                                  # hashes of passwords
  'password=[^&"\\[R ]'
)
found=0
look() {
  local hits
  # The line itself may hold the secret: only its place is told.
  hits=$(grep -r --include='*.log' "$1" -nH -e "$2" "$folder" | cut -d: -f1,2) || true
  if [ -n "$hits" ]; then
    head -20 <<<"$hits"
    echo "^ hold something of the form: $2" >&2
    found=1
  fi
}
for text in "${known[@]}"; do look -F "$text"; done
for form in "${forms[@]}"; do look -E "$form"; done
[ "$found" -eq 0 ] && echo "$files logs, and nothing in them that opens a door"
exit "$found"
