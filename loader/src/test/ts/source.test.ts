import { describe, expect, it } from 'vitest';
import { DEMOTED_MILLIS } from '../../main/ts/order.js';
import { cdnsOf, Ranking, type Source } from '../../main/ts/worker/source.js';

const CDN: Source = { kind: 'cdn', base: 'https://cdn.test' };
const OWN: Source = { kind: 'own', base: 'https://own.test' };
const REGION: Source = { kind: 'region', base: 'https://region.test' };

function ranking() {
  const clock = { now: 1_000_000 };
  const saved: string[] = [];
  return { clock, saved, ranks: new Ranking([CDN, OWN, REGION], () => clock.now, (text) => saved.push(text)) };
}

describe('CDNs by share', () => {
  const given = { cdns: ['a', 'b', 'c'], shares: [25, 0] };

  it('asks a CDN in its share of runs only, one without a share always', () => {
    expect(cdnsOf(given, 24.9)).toEqual(['a', 'c']);
    expect(cdnsOf(given, 25)).toEqual(['c']);
    expect(cdnsOf(given, 0)).toEqual(['a', 'c']);
  });
});

describe('ranking', () => {
  it('has the order of the settings', () => {
    expect(ranking().ranks.ranked()).toEqual([CDN, OWN, REGION]);
  });

  it('leaves the CDNs out where they are not wanted', () => {
    expect(ranking().ranks.ranked(false)).toEqual([OWN, REGION]);
  });

  it('lets one request try a failed source again after a while, and the others only when that one succeeded', () => {
    const { ranks, clock } = ranking();
    ranks.failed(CDN, 'unreachable');
    expect(ranks.ranked()).toEqual([OWN, REGION, CDN]);

    clock.now += DEMOTED_MILLIS;
    expect(ranks.ranked()).toEqual([CDN, OWN, REGION]);
    expect(ranks.ranked()).toEqual([OWN, REGION, CDN]);

    ranks.succeeded(CDN);
    expect(ranks.ranked()).toEqual([CDN, OWN, REGION]);
  });

  it('waits twice as long after each failed try', () => {
    const { ranks, clock } = ranking();
    ranks.failed(CDN, 'unreachable');
    clock.now += DEMOTED_MILLIS;
    ranks.ranked();
    expect(ranks.failed(CDN, 'unreachable')).toBe(false);

    clock.now += DEMOTED_MILLIS;
    expect(ranks.ranked()[0]).toEqual(OWN);
    clock.now += DEMOTED_MILLIS;
    expect(ranks.ranked()[0]).toEqual(CDN);
  });

  it('gives the try to another request when the first went elsewhere', () => {
    const { ranks, clock } = ranking();
    ranks.failed(CDN, 'stalled');
    clock.now += DEMOTED_MILLIS;
    ranks.ranked();
    ranks.left(CDN);

    expect(ranks.ranked()[0]).toEqual(CDN);
  });

  it('does not hold a missing version against a region', () => {
    const { ranks } = ranking();
    for (let i = 0; i < 5; i++) ranks.failed(OWN, 'status', 404);

    expect(ranks.ranked()[1]).toEqual(OWN);
  });

  it('remembers across a restart of the worker', () => {
    const { ranks, saved, clock } = ranking();
    ranks.failed(CDN, 'unreachable');

    const next = new Ranking([CDN, OWN, REGION], () => clock.now);
    next.restore(saved.at(-1) as string);

    expect(next.ranked()).toEqual([OWN, REGION, CDN]);
  });
});
