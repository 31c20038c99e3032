#!/usr/bin/env bash
# usage: bench/engine.sh [--extensions N] [--regions N] [--at-rest N] [--samples N] [--only rollouts|atRest] [--limit SECONDS]
# Figures of the control plane: N rollouts at once; one rollout and one rollback at a time until the last acknowledgement; its CPU and
# what it writes at rest. The control plane is one process, the replicas of all regions another, over real HTTP on this machine; that
# one may take 8 GiB (each replica has the documents of all extensions; with 2 GiB and all 60 cold none followed in time).
# All of it, building too, takes at most --limit (300): what is not done by then is in the closing table as MISSING, and the exit code is 1.
set -euo pipefail
cd "$(dirname "$0")/.."
extensions=1000 regions=60 rest=5000 samples=60 only='' limit=300
while [ $# -gt 0 ]; do
  case "$1" in
    --extensions) extensions=$2; shift 2 ;;
    --regions) regions=$2; shift 2 ;;
    --at-rest) rest=$2; shift 2 ;;
    --samples) samples=$2; shift 2 ;;
    --only) only=$2; shift 2 ;;
    --limit) limit=$2; shift 2 ;;
    *) sed -n '2,6p' "$0"; exit 1 ;;
  esac
done
began=$SECONDS
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

left() { echo $((limit - (SECONDS - began))); }

# one PART SECONDS: everything that Maven says is shown, and kept for the closing table
one() {
  local seconds=$2 most
  most=$(left)
  if [ "$seconds" -lt 20 ] || [ "$most" -lt 20 ]; then
    echo "bench: MISSING: $1: no time left of $limit s" | tee -a "$work/log"
    return
  fi
  timeout --kill-after=5 "$most" mvn -q -Dquick -pl control -am test -Dsurefire.failIfNoSpecifiedTests=false \
    -Dtest="ControlBench#$1" -Dportolan.test.jvm='-Xmx8g -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED' \
    -Dportolan.bench=engine -Dportolan.bench.extensions="$extensions" -Dportolan.bench.regions="$regions" \
    -Dportolan.bench.at-rest="$rest" -Dportolan.bench.samples="$samples" -Dportolan.bench.seconds="$seconds" 2>&1 |
    tee -a "$work/log" || { failed=1; echo "bench: MISSING: what is left of $1: it failed or was ended, see above" | tee -a "$work/log"; }
}

uptime
timeout --kill-after=5 "$limit" mvn -q -Dquick -pl control -am test-compile || {
  echo "bench: MISSING: everything: the build failed or took more than $limit s"
  exit 1
}
case "$only" in
  '')
    # Each part takes some seconds beside its own time: a JVM starts, and Maven looks whether all is built.
    one rollouts $((($(left) - 60) * 3 / 5))
    one atRest $(($(left) - 30))
    ;;
  rollouts | atRest) one "$only" $(($(left) - 30)) ;;
  *) sed -n '2,6p' "$0"; exit 1 ;;
esac
uptime
echo
echo "== figures: $extensions extensions ($rest at rest), $regions regions, $((SECONDS - began)) of at most $limit s =="
grep '^bench:' "$work/log" | sed 's/^bench: /  /' || echo '  MISSING: all of them'
if [ "$failed" = 1 ] || ! grep -q '^bench:' "$work/log" || grep -q '^bench:.*MISSING' "$work/log"; then
  exit 1
fi
