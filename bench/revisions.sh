#!/usr/bin/env bash
# Revisions on a region node: time to apply with 1 and 5,000 extensions of three versions each, memory then, and requests failed
# while ten revisions a second are applied under load. usage: bench/revisions.sh [EXTENSIONS]
packages="wrk brotli gcc libc6-dev openssl python3"
. "$(dirname "$0")/common.sh"
exec python3 "$here/revisions.py" "$root" "$work" "${1:-5000}"
