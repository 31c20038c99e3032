#!/bin/bash
# usage: bench/one-file.sh [--files N]
# Bytes and blobs that a region fetches for a version of N files (default 1,000), and for the next one, in which one file differs.
set -euo pipefail
cd "$(dirname "$0")/.."
files=1000
while [ $# -gt 0 ]; do
  case "$1" in
    --files) files=$2; shift 2 ;;
    *) sed -n '2,3p' "$0"; exit 1 ;;
  esac
done
mvn -q -Dquick -pl it -am test -Dsurefire.failIfNoSpecifiedTests=false -Dtest=OneFileChangeTest -Dportolan.bench.files="$files" |
  grep '^bench:'
