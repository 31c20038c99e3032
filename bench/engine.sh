#!/usr/bin/env bash
# usage: bench/engine.sh [--extensions N] [--regions N] [--at-rest N] [--samples N] [--only rollouts|atRest]
# Figures of the control plane: N rollouts at once; one rollout and one rollback at a time until the last acknowledgement; its CPU and
# what it writes at rest. The control plane is one process, the replicas of all regions another, over real HTTP on this machine.
set -euo pipefail
cd "$(dirname "$0")/.."
extensions=1000 regions=60 rest=5000 samples=60 only=''
while [ $# -gt 0 ]; do
  case "$1" in
    --extensions) extensions=$2; shift 2 ;;
    --regions) regions=$2; shift 2 ;;
    --at-rest) rest=$2; shift 2 ;;
    --samples) samples=$2; shift 2 ;;
    --only) only="#$2"; shift 2 ;;
    *) sed -n '2,4p' "$0"; exit 1 ;;
  esac
done
uptime
mvn -q -Dquick -pl control -am test -Dsurefire.failIfNoSpecifiedTests=false -Dtest="ControlBench$only" \
  -Dportolan.test.jvm='-Xmx2g -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED' \
  -Dportolan.bench=engine -Dportolan.bench.extensions="$extensions" -Dportolan.bench.regions="$regions" \
  -Dportolan.bench.at-rest="$rest" -Dportolan.bench.samples="$samples" | grep '^bench:'
uptime
