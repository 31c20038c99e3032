#!/usr/bin/env bash
# A region node against nginx and h2o: one command. usage: bench/http.sh [--rounds N] [--seconds S] [--only CASE,CASE]
# Installs the peers (Debian packages, as root), builds, starts all servers, loads one at a time, prints a table.
packages="nginx-light libnginx-mod-http-brotli-static h2o wrk nghttp2-client brotli gcc libc6-dev openssl python3"
. "$(dirname "$0")/common.sh"
exec python3 "$here/compare.py" "$root" "$work" "$@"
