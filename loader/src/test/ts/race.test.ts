import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BUSY_TRIES, GIVE_UP_MILLIS, HEDGE_MILLIS } from '../../main/ts/order.js';
import { patiently } from '../../main/ts/worker/patience.js';
import { AllFailed, race } from '../../main/ts/worker/race.js';
import { Ranking, type Source } from '../../main/ts/worker/source.js';
import { type Answers, gives, hangs, refuses, sends, settled, sha256, worldOf } from './world.js';

const PATH = '/orders/Content/1.0/app.js';
const FILE = 'export const orders = 42; // '.padEnd(4000, 'x');
const CDN: Source = { kind: 'cdn', base: 'https://cdn.test/CDN' };
const OTHER_CDN: Source = { kind: 'cdn', base: 'https://other-cdn.test' };
const OWN: Source = { kind: 'own', base: 'https://own.test' };
const REGION: Source = { kind: 'region', base: 'https://region.test' };
const ALL = [CDN, OTHER_CDN, OWN, REGION];

function run(places: { cdn?: Answers; other?: Answers; own?: Answers; region?: Answers }, ranking?: Ranking) {
  const right = gives(FILE);
  const world = worldOf({
    [CDN.base]: places.cdn ?? right,
    [OTHER_CDN.base]: places.other ?? right,
    [OWN.base]: places.own ?? right,
    [REGION.base]: places.region ?? right,
  });
  const ranks = ranking ?? new Ranking(ALL, () => Date.now());
  const notices: string[] = [];
  const wanted = { path: PATH, hash: sha256(FILE), sizeBytes: FILE.length };
  const result = race(wanted, ranks.ranked(), ranks, world, (source, cause) => notices.push(`${source.base} ${cause}`));
  return { world, ranks, notices, result, asked: () => world.asked.map(({ url }) => url.slice(0, url.indexOf('/', 8))) };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('race', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('asks the best source alone while it is well', async () => {
    const { world, result, notices } = run({});

    expect(text(await settled(result))).toBe(FILE);
    expect(world.asked).toEqual([{ url: CDN.base + PATH, at: 0 }]);
    expect(notices).toEqual([]);
  });

  const faults: [string, Answers, string, number][] = [
    ['refused', refuses, 'unreachable', 0],
    ['an error status', gives('down', { status: 503 }), 'status', 0],
    ['no head at all', hangs, 'stalled', HEDGE_MILLIS],
    ['a head and no body', sends([], 0, 'hang'), 'stalled', HEDGE_MILLIS],
    ['a body that hangs', sends([FILE.slice(0, 100)], 5, 'hang'), 'stalled', HEDGE_MILLIS + 20],
    ['a reset in mid-body', sends([FILE.slice(0, 100)], 5, 'reset'), 'unreachable', 20],
    ['1 KB/s', sends(FILE.match(/.{1,100}/g) as string[], 100), 'stalled', 1300],
  ];
  it.each(faults)('goes on with the next source after %s, which is remembered', async (_, fault, cause, within) => {
    const first = run({ cdn: fault });

    expect(text(await settled(first.result))).toBe(FILE);
    expect(first.asked()).toEqual(['https://cdn.test', 'https://other-cdn.test']);
    expect(first.world.asked[1]?.at).toBeLessThanOrEqual(within);
    expect(first.notices).toEqual([`${CDN.base} ${cause}`]);
    expect(first.ranks.ranked()).toEqual([OTHER_CDN, OWN, REGION, CDN]);

    const second = run({ cdn: fault }, first.ranks);
    await settled(second.result);
    expect(second.asked()).toEqual(['https://other-cdn.test']);
  });

  const busy = gives('busy', { status: 503, headers: { 'Retry-After': '2' } });

  it('leaves a busy source alone for as long as it asks, and no longer', async () => {
    const first = run({ cdn: busy });
    expect(text(await settled(first.result))).toBe(FILE);
    expect(first.ranks.ranked()).toEqual([OTHER_CDN, OWN, REGION, CDN]);

    vi.setSystemTime(Date.now() + 2000);

    expect(first.ranks.ranked()[0]).toBe(CDN);
  });

  it('comes again where all sources are busy, after the time they ask for', async () => {
    let free = false;
    const sometimes: Answers = (...asked) => (free ? gives(FILE) : busy)(...asked);
    const ranks = new Ranking(ALL, () => Date.now());
    const world = worldOf(Object.fromEntries(ALL.map(({ base }) => [base, sometimes])));
    const wanted = { path: PATH, hash: sha256(FILE), sizeBytes: FILE.length };
    const began = Date.now();
    const result = patiently(() => race(wanted, ranks.ranked(), ranks, world, () => {}), world, () => 0.5);
    await vi.advanceTimersByTimeAsync(2400);
    expect(world.asked).toHaveLength(4);
    free = true;

    expect(text(await settled(result))).toBe(FILE);
    expect(Date.now() - began).toBeGreaterThanOrEqual(2500);
    expect(world.asked).toHaveLength(5);
  });

  it('gives up in the end where all sources stay busy', async () => {
    const ranks = new Ranking(ALL, () => Date.now());
    const world = worldOf(Object.fromEntries(ALL.map(({ base }) => [base, busy])));
    const wanted = { path: PATH, hash: sha256(FILE), sizeBytes: FILE.length };

    const result = patiently(() => race(wanted, ranks.ranked(), ranks, world, () => {}), world, () => 0);

    await expect(settled(result)).rejects.toBeInstanceOf(AllFailed);
    expect(world.asked).toHaveLength(4 * (1 + BUSY_TRIES));
  });

  const wrong: [string, Answers, string][] = [
    ['wrong bytes of the right length', gives(FILE.replace('42', '43')), 'hash'],
    ['a page instead', gives('<html>sorry', { headers: { 'Content-Type': 'text/html' } }), 'size'],
    ['a longer body', gives(`${FILE}x`), 'size'],
    ['a truncated body', gives(FILE.slice(1)), 'size'],
    ['not found', gives('', { status: 404 }), 'status'],
  ];
  it.each(wrong)('never uses %s, and gives a CDN up at the second such file', async (_, fault, cause) => {
    const first = run({ cdn: fault });

    expect(text(await settled(first.result))).toBe(FILE);
    expect(first.notices).toEqual([]);
    expect(first.ranks.ranked()[0]).toBe(CDN);

    const second = run({ cdn: fault }, first.ranks);
    expect(text(await settled(second.result))).toBe(FILE);
    expect(second.notices).toEqual([`${CDN.base} ${cause}`]);
    expect(second.ranks.ranked()).toEqual([OTHER_CDN, OWN, REGION, CDN]);
  });

  it('goes on to another region when the CDNs and the own one are gone', async () => {
    const { result, asked } = run({ cdn: hangs, other: refuses, own: refuses });

    expect(text(await settled(result))).toBe(FILE);
    expect(asked()).toEqual(['https://cdn.test', 'https://other-cdn.test', 'https://own.test', 'https://region.test']);
  });

  it('does not ask twice for a large file that comes slowly but steadily', async () => {
    const pieces = FILE.match(/.{1,400}/g) as string[];
    const { result, asked } = run({ cdn: sends(pieces, 15) });

    expect(text(await settled(result))).toBe(FILE);
    expect(asked()).toEqual(['https://cdn.test']);
  });

  it('takes a late answer of the first source when the others fail', async () => {
    const { result, ranks } = run({ cdn: sends([FILE], 2000), other: refuses, own: refuses, region: refuses });

    expect(text(await settled(result))).toBe(FILE);
    expect(ranks.isFailed(CDN)).toBe(false);
    expect(ranks.isFailed(OWN)).toBe(true);
  });

  it('fails when every source fails', async () => {
    const { result } = run({ cdn: refuses, other: refuses, own: refuses, region: gives('x', { status: 500 }) });

    await expect(settled(result)).rejects.toBeInstanceOf(AllFailed);
  });

  it('goes on for as long as something comes, over whatever line', async () => {
    const pieces = FILE.match(/.{1,40}/g) as string[];
    const slow = sends(pieces, 1000);
    const { result } = run({ cdn: slow, other: hangs, own: hangs, region: hangs });

    expect(text(await settled(result, 2 * pieces.length * 1000))).toBe(FILE);
    expect(pieces.length * 1000).toBeGreaterThan(GIVE_UP_MILLIS);
  });

  it('ends after a bound when what came at first comes no more', async () => {
    const { result } = run({ cdn: sends(['x'], 1000, 'hang'), other: hangs, own: hangs, region: hangs });

    await expect(settled(result, 2 * GIVE_UP_MILLIS)).rejects.toBeInstanceOf(AllFailed);
  });

  it('ends after a bound when everything hangs', async () => {
    const { result } = run({ cdn: hangs, other: hangs, own: hangs, region: hangs });

    await expect(settled(result)).rejects.toBeInstanceOf(AllFailed);
  });

  it('ends the transfers that lost', async () => {
    let aborted = false;
    const { result } = run({
      cdn: (url, signal) => {
        signal?.addEventListener('abort', () => (aborted = true));
        return hangs(url, signal);
      },
    });

    await settled(result);
    expect(aborted).toBe(true);
  });
});
