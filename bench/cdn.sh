#!/bin/bash
# usage: bench/cdn.sh [ROUNDS]
# Time until a small application works in Chromium with a CDN that fails in each way, less that with a healthy CDN: on a first visit, on
# the next one with nothing kept, and on the one after it, when the browser has learnt. Worlds, nginx and faults are those of CdnTest.
# Then, with twenty sessions open: how long until the breaker has taken a dead CDN from all regions, and until it is back by its ramp.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds="${1:-20}"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
mvn -q -Dquick -Dspotless.check.skip=true -pl it -am test -Dsurefire.failIfNoSpecifiedTests=false \
  -Dtest='CdnTest#row42AnyFault*,CdnBreakerTest#row43*' -Dportolan.rounds="$rounds" > "$log" || { cat "$log"; exit 1; }
grep -ahoE '(a dead CDN was taken|it was back everywhere).*' "$log"
python3 - "$log" <<'PY'
import collections, re, statistics, sys
runs = collections.defaultdict(list)
for line in open(sys.argv[1], errors='replace'):
    if found := re.match(r'([A-Z_0-9]+) +/probe +(\d+) +(\d+) +(\d+)$', line):
        runs[found[1]].append(tuple(map(int, found.groups()[1:])))
healthy = [statistics.median(column) for column in zip(*runs.pop('NONE'))]
print('healthy CDN, median ms: first %d, later %d, after %d' % tuple(healthy))
print('| ms added by the CDN: p50 / p95 of %d | first visit | later, nothing kept | after that |' % len(next(iter(runs.values()))))
print('|---|---|---|---|')
for fault, times in runs.items():
    cells = []
    for base, column in zip(healthy, zip(*times)):
        column = sorted(column)
        # The smallest that 95 of 100 do not exceed.
        p95 = column[-(-95 * len(column) // 100) - 1]
        cells.append('%d / %d' % (statistics.median(column) - base, p95 - base))
    print('| %s | %s |' % (fault.lower().replace('_', ' '), ' | '.join(cells)))
PY
