#!/bin/bash
# usage: bench/place.sh [RUNS]
# Time of `portolan place` for 62 regions x 231 countries, every number of regions up to 12, by mean and by p95, two interactions and the
# session: the whole command with its JVM, and what it proves. Then the model against real transfers through a proxy that adds delay.
set -euo pipefail
cd "$(dirname "$0")/.."
runs="${1:-3}"
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
./portolan place --example > /dev/null   # builds, where that is needed
for run in $(seq "$runs"); do
  TIMEFORMAT="run $run: %R s on the wall, %U s of processor"
  time ./portolan place bench/place.yaml --output json > "$out/placement.json" 2> /dev/null
done
python3 - "$out/placement.json" <<'PY'
import json, sys
placement = json.load(open(sys.argv[1]))
print(len(placement["regions"]), "regions,", len(placement["places"]), "countries")
for lens in placement["lenses"]:
    steps = lens["frontier"]
    print(f'{lens["name"]}: {len(steps)} numbers of regions; mean proved for {sum(s["meanGap"] == 0 for s in steps)}'
          f' (largest gap {max(s["meanGap"] for s in steps):.2%}), p95 for {sum(s["byP95"]["gap"] == 0 for s in steps)}'
          f' (largest gap {max(s["byP95"]["gap"] for s in steps):.2%})')
PY
mvn -q -Dquick -pl it -am test -Dsurefire.failIfNoSpecifiedTests=false -Dtest=RealTransferTest -Dportolan.print=true \
  | grep -E "^(calls|upload) |ERROR|FAIL"
