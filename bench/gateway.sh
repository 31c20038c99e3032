#!/usr/bin/env bash
# The gateway of a region node against nginx and HAProxy as reverse proxies: one command.
# usage: bench/gateway.sh [--rounds N] [--seconds S] [--only CASE,CASE]
# Installs the peers (Debian packages, as root), builds, starts all servers over one backend, loads one at a time, prints tables.
packages="nginx-light libnginx-mod-http-brotli-static haproxy wrk gcc libc6-dev openssl python3 brotli"
. "$(dirname "$0")/common.sh"
exec python3 "$here/gateway.py" "$root" "$work" "$@"
