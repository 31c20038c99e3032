#!/bin/bash
# usage: bench/routing.sh [--networks N] [--subsets N] [--seed S]
# Routing quality on the real matrix of round-trip times (regret of each layer of the latency map), then time and memory of a map of N
# networks (default 400,000). Needs nothing but the build; the figures of quality do not depend on the machine.
set -euo pipefail
cd "$(dirname "$0")/.."
networks=400000 subsets=500 seed=1
while [ $# -gt 0 ]; do
  case "$1" in
    --networks) networks=$2; shift 2 ;;
    --subsets) subsets=$2; shift 2 ;;
    --seed) seed=$2; shift 2 ;;
    *) sed -n '2,4p' "$0"; exit 1 ;;
  esac
done
if [ "${BENCH_BUILD:-}" != never ]; then
  mvn -q -Dquick -DskipTests -pl control -am test-compile
fi
java="${JDK25_HOME:+$JDK25_HOME/bin/}java"
path=control/target/test-classes:control/target/classes:planner/target/test-classes:planner/target/classes
path=$path:protocol/target/classes:model/target/classes
echo "## Routing quality"
"$java" -Dportolan.subsets="$subsets" -Dportolan.seed="$seed" -cp "$path" io.portolan.control.RoutingQuality
echo
echo "## A map of $networks networks, 54 regions"
"$java" -Xmx2g -cp "$path" io.portolan.planner.routing.LatencyMapBench "$networks"
