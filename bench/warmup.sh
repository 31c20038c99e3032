#!/usr/bin/env bash
# The first second of a node after it said that it is ready, with and without its warm-up. usage: bench/warmup.sh [ROUNDS]
packages="wrk brotli gcc libc6-dev openssl python3"
. "$(dirname "$0")/common.sh"
exec python3 "$here/warmup.py" "$root" "$work" "${1:-5}"
