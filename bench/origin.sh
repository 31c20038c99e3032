#!/bin/bash
# usage: bench/origin.sh [CLIENTS] [ROUNDS]
# A node to which everything comes at once that a CDN carried, most of it not in memory and with two places to work at: how many requests a
# second, and what pages, files and what is fetched ahead wait. A third of the clients asks for each.
set -euo pipefail
cd "$(dirname "$0")/.."
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
mvn -q -Dquick -Dspotless.check.skip=true -pl region -am test -Dsurefire.failIfNoSpecifiedTests=false \
  -Dtest='OriginProtectionTest#row45Users*' -Dportolan.clients="${1:-300}" -Dportolan.rounds="${2:-20}" > "$log" || { cat "$log"; exit 1; }
grep -ao 'origin with .*' "$log"
