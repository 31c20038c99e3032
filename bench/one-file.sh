#!/usr/bin/env bash
# usage: bench/one-file.sh [FILES]
# Bytes and blobs that a region fetches from the store when one of 1,000 files of a bundle changes: six real region nodes over HTTP.
set -euo pipefail
cd "$(dirname "$0")/.."
mvn -q -Dquick -pl it -am test -Dsurefire.failIfNoSpecifiedTests=false -Dtest=OneFileBench \
  -Dportolan.bench=one-file -Dportolan.bench.files="${1:-1000}" | grep '^bench:'
