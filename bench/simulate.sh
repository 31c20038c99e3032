#!/bin/bash
# usage: bench/simulate.sh [--rollouts N] [--seed S] [--storms N]
# The simulations of safe deployment, long: the executor and the embedded store under crashes (at least N rollouts, seeds from S on),
# then the pure rules (N storms for each of six seeds). A failure names the seed that repeats it.
set -euo pipefail
cd "$(dirname "$0")/.."
rollouts=10000 seed=1 storms=400
while [ $# -gt 0 ]; do
  case "$1" in
    --rollouts) rollouts=$2; shift 2 ;;
    --seed) seed=$2; shift 2 ;;
    --storms) storms=$2; shift 2 ;;
    *) sed -n '2,4p' "$0"; exit 1 ;;
  esac
done
time mvn -q -Dportolan.test.jvm="-Xmx1g -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED" -Dquick -pl control -am test -Dsurefire.failIfNoSpecifiedTests=false \
  -Dtest='ControlSimulationTest,ManyRolloutsTest' \
  -Dportolan.rollouts="$rollouts" -Dportolan.seed="$seed" -Dportolan.storms="$storms"
