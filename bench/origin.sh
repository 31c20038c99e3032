#!/bin/bash
# usage: bench/origin.sh [--full] [CLIENTS] [ROUNDS]
# A node to which everything comes at once that a CDN carried, most of it not in memory and with two places to work at: how many requests a
# second, and what pages, files and what is fetched ahead wait. A third of the clients asks for each. --full: a node with the limits and the
# memory that every node has unless told otherwise, and a growing crowd, up to CLIENTS.
set -euo pipefail
cd "$(dirname "$0")/.."
full=false
if [ "${1:-}" = --full ]; then full=true; shift; fi
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
run() {
  mvn -q -Dquick -Dspotless.check.skip=true -pl region -am test -Dsurefire.failIfNoSpecifiedTests=false \
    -Dtest='OriginProtectionTest#row45Users*' -Dportolan.clients="$1" -Dportolan.rounds="$2" -Dportolan.fullSize=$full > "$log" || { cat "$log"; exit 1; }
  grep -ao 'origin with .*' "$log"
}
most="${1:-300}"
if $full; then
  for clients in $((most / 8)) $((most / 4)) $((most / 2)); do run "$clients" "${2:-20}"; done
fi
run "$most" "${2:-20}"
