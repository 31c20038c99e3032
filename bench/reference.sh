#!/bin/bash
# usage: bench/reference.sh [ROUNDS]
# How fast the pages of the reference set load, are ready in full and get their calls answered in Chromium, from region nodes and, in turns
# with them, from a plain nginx with the same files, on a first visit and on three later ones, the last with the worker ended before. Row X.5.
set -euo pipefail
cd "$(dirname "$0")/.."
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
mvn -q -Dquick -Dspotless.check.skip=true -pl it -am test -Dsurefire.failIfNoSpecifiedTests=false \
  -Dtest='ReferencePagesTest' -Dportolan.rounds="${1:-20}" -Dportolan.all=true > "$log" || { cat "$log"; exit 1; }
python3 - "$log" <<'PY'
import collections, re, statistics, sys
cells = collections.defaultdict(list)
regions = collections.defaultdict(list)
for line in open(sys.argv[1], errors='replace'):
    found = re.match(r'X\.5 (\S+) (\S+) (\S+) (\S+) (\S+) ?(\S*)$', line.strip())
    if not found:
        continue
    page, server, visit, load, ready, calls = found.groups()
    kind = 'plain' if server == 'plain' else 'ours'
    cells[page, visit, 'load', kind].append(float(load))
    cells[page, visit, 'ready', kind].append(float(ready))
    calls = [float(call) for call in calls.split(',') if call]
    cells[page, visit, 'call', kind] += calls
    if kind == 'ours' and calls:
        regions[server, 'load'].append(float(load))
        regions[server, 'ready'].append(float(ready))
        regions[server, 'call'] += calls

def p95(values):
    values = sorted(values)
    # The smallest that 95 of 100 do not exceed.
    return values[-(-95 * len(values) // 100) - 1]

def text(values):
    return '%.1f / %.1f' % (statistics.median(values), p95(values))

print('| page, visit | | plain nginx, ms: p50 / p95 | ours | median to plain\'s |')
print('|---|---|---|---|---|')
for page, visit, what, kind in list(cells):
    ours, plain = cells[page, visit, what, 'ours'], cells[page, visit, what, 'plain']
    if kind != 'plain' or not ours:
        continue
    print('| %s, %s (%d) | %s | %s | %s | %.2f |' % (
        page, visit, len(ours), what, text(plain), text(ours), statistics.median(ours) / statistics.median(plain)))
print()
print('| region | load, first and later | ready | call |')
print('|---|---|---|---|')
for region in dict.fromkeys(region for region, _ in regions):
    print('| %s | %s | %s | %s |' % (region, *(text(regions[region, what]) for what in ('load', 'ready', 'call'))))
PY
