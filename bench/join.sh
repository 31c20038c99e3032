#!/usr/bin/env bash
# How long a new region takes to get everything and to serve it: one command.
# usage: bench/join.sh [--extensions N] [--megabytes N]     (200 of 20 MB; the world takes five times the content on disk)
# Builds, starts a world of two regions (a process each), publishes the extensions and rolls them out, adds a third region, and prints the
# time from when its node asked to join to each of its states, and the bytes on its disk.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
extensions=200 megabytes=20
while [ $# -gt 0 ]; do
  case "$1" in
    --extensions) extensions=$2; shift 2 ;;
    --megabytes) megabytes=$2; shift 2 ;;
    *) sed -n '2,5p' "$0"; exit 1 ;;
  esac
done
base="${PORT_BASE:-9000}"
folder="$(mktemp -d)"
"$root/portolan" --help > /dev/null # builds where a source is newer
"$root/portolan" dev --regions westcentralus,westeurope --data "$folder/world" --port-base "$base" --processes > "$folder/dev.log" 2>&1 &
world=$!
trap 'kill "$world" 2> /dev/null || true; wait "$world" 2> /dev/null || true; rm -rf "$folder"' EXIT
python3 "$root/bench/join.py" publish "$base" "$extensions" "$megabytes"
"$root/portolan" dev add-region japaneast --data "$folder/world"
python3 "$root/bench/join.py" watch "$base"
du -sb "$folder/world/regions/japaneast/blobs" | awk '{print "content on its disk:", $1, "bytes"}'
