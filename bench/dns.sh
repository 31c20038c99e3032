#!/usr/bin/env bash
# A director against gdnsd, Knot and PowerDNS: one command.
# usage: bench/dns.sh [--rounds N] [--seconds S] [--only subnets,plain,fixed,many,swaps] [--options=FLAGS]
# Installs the peers (Debian packages, as root), builds, starts all servers, loads one at a time, prints a table.
packages="gdnsd knot knot-module-geoip pdns-server pdns-backend-geoip dnsperf brotli gcc libc6-dev openssl python3"
. "$(dirname "$0")/common.sh"
exec python3 "$here/dns.py" "$root" "$work" "$@"
