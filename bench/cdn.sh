#!/bin/bash
# usage: bench/cdn.sh [ROUNDS] [--only FAULT,FAULT]
# Time until a small application works in Chromium with a CDN that fails in each way (or in those named, such as hang,refuse), less that with a
# healthy CDN: on a first visit, with nothing at all in the browser; on a later one with the worker, and nothing kept and nothing known (the
# worker's caches and the browser's own are emptied, the worker is stopped); and on the one after it with no file kept, when the worker has
# learnt. On its own, and in a frame of a portal of another site. Worlds, nginx and faults are those of CdnFaultsTest and FramesTest. Then,
# without --only and with twenty sessions open: how long until the breaker has taken a dead CDN from all regions, and until it is back by its ramp.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=20
only=
breaker=,CdnBreakerTest#row43*
while [ $# -gt 0 ]; do
  case "$1" in
    --only) only="${2:?--only wants faults}"; breaker=; shift 2 ;;
    *) rounds="$1"; shift ;;
  esac
done
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
mvn -q -Dquick -Dspotless.check.skip=true -pl it -am test -Dsurefire.failIfNoSpecifiedTests=false \
  -Dtest="CdnFaultsTest#row42AnyFault*,FramesTest#row42AnyFault*$breaker" -Dportolan.rounds="$rounds" -Dportolan.faults="$only" > "$log" \
  || { cat "$log"; exit 1; }
grep -ahoE '(a dead CDN was taken|it was back everywhere).*' "$log" || [ -z "$breaker" ]
python3 - "$log" <<'PY'
import collections, re, statistics, sys
places = collections.OrderedDict((('/probe', 'on its own'), ('/framed', 'in a frame of another site')))
runs = {place: collections.defaultdict(list) for place in places}
for line in open(sys.argv[1], errors='replace'):
    if found := re.match(r'([A-Z_0-9]+) +(/probe|/framed) +(\d+) +(\d+) +(\d+)$', line):
        runs[found[2]][found[1]].append(tuple(map(int, found.groups()[2:])))

def p95(column):
    column = sorted(column)
    # The smallest that 95 of 100 do not exceed.
    return column[-(-95 * len(column) // 100) - 1]

for place, name in places.items():
    healthy = list(zip(*runs[place].pop('NONE')))
    base = [statistics.median(column) for column in healthy]
    print('\n%s, healthy CDN, ms, p50 / p95: %s' % (name, ', '.join(
        '%s %d / %d' % (visit, statistics.median(column), p95(column))
        for visit, column in zip(('first', 'later', 'after'), healthy))))
    print('| ms added by the CDN %s: p50 / p95 of %d | first visit | later, nothing kept or known | after that |'
          % (name, len(next(iter(runs[place].values())))))
    print('|---|---|---|---|')
    for fault, times in runs[place].items():
        cells = ['%d / %d' % (statistics.median(column) - well, p95(column) - well) for well, column in zip(base, zip(*times))]
        print('| %s | %s |' % (fault.lower().replace('_', ' '), ' | '.join(cells)))
PY
