import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VersionWatch } from '../../main/ts/boot/versions.js';
import type { VersionNews } from '../../main/ts/messages.js';
import { CHECK_MILLIS, UNSAVED_MILLIS } from '../../main/ts/order.js';

/** A page of 1.0, and a region that shows `now` and keeps 1.0 or not. */
function pageOf(region: { now: string; keeps: boolean; isGone?: boolean; isRevoked?: boolean }, path = '/orders') {
  const asked: string[] = [];
  const told: VersionNews[] = [];
  const reloads: number[] = [];
  const work: Promise<unknown>[] = [];
  const watch = new VersionWatch('orders', '1.0', {
    href: `https://own.test${path}?l=en&pin=1.0#there`,
    head: (url) => {
      asked.push(url);
      if (region.isGone) return Promise.reject(new TypeError());
      // As a node has it: only the extension's own page knows pins, and a revoked version with nothing in its place is gone.
      const pinned = new URL(url).searchParams.get('pin') === '1.0' && new URL(url).pathname === '/orders';
      if (region.isRevoked && !(pinned && region.keeps)) return Promise.resolve(new Response(null, { status: 410 }));
      return Promise.resolve(
        new Response(null, {
          headers: {
            'X-Portolan-Version': pinned && region.keeps ? '1.0' : region.now,
            ...(pinned ? { 'X-Portolan-Pin': region.keeps ? 'kept' : 'expired' } : {}),
          },
        }),
      );
    },
    after: (millis, call) => void setTimeout(call, millis),
    tell: (news, waitUntil) => {
      told.push(news);
      work.forEach(waitUntil);
    },
    reload: () => reloads.push(Date.now()),
  });
  return { watch, asked, told, reloads, work };
}

describe('version watch', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('says nothing while the version is the one to show', async () => {
    const { watch, asked, told, reloads } = pageOf({ now: '1.0', keeps: true });
    await watch.look();

    expect(asked).toEqual(['https://own.test/orders?l=en']);
    expect([told, reloads]).toEqual([[], []]);
  });

  it('tells of a new version once and leaves the page alone', async () => {
    const region = { now: '1.1', keeps: true };
    const { watch, told, reloads } = pageOf(region);
    await watch.look();
    await watch.look();
    region.now = '1.2';
    await watch.look();

    expect(told).toEqual(['1.1', '1.2'].map((next) => ({ portolan: 'version', route: 'orders', version: '1.0', next })));
    expect(reloads).toEqual([]);
  });

  it('looks by itself within a minute, again and again, and past failures', async () => {
    const region = { now: '1.1', keeps: true, isGone: true };
    const { watch, told } = pageOf(region);
    watch.start();
    await vi.advanceTimersByTimeAsync(CHECK_MILLIS);
    region.isGone = false;
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(CHECK_MILLIS);

    expect(told).toHaveLength(1);
    expect(CHECK_MILLIS).toBeLessThan(60_000);
  });

  it('loads a revoked version again at once when nothing is unsaved', async () => {
    const { watch, told, reloads } = pageOf({ now: '1.1', keeps: false });
    await watch.look();

    expect(told).toEqual([{ portolan: 'revoked', route: 'orders', version: '1.0', next: '1.1' }]);
    expect(reloads).toHaveLength(1);
    await watch.look();
    expect(told).toHaveLength(1);
  });

  it('loads a revoked version again that has nothing in its place', async () => {
    const { watch, told, reloads } = pageOf({ now: '1.0', keeps: false, isRevoked: true });
    await watch.look();

    expect(told).toEqual([{ portolan: 'revoked', route: 'orders', version: '1.0', next: '' }]);
    expect(reloads).toHaveLength(1);
  });

  it('does so too where the page was opened by another name', async () => {
    for (const region of [
      { now: '1.0', keeps: false, isRevoked: true },
      { now: '1.1', keeps: false },
    ]) {
      const { watch, asked, reloads } = pageOf(region, '/orders/beta');
      await watch.look();

      expect(asked).toEqual(['https://own.test/orders/beta?l=en', 'https://own.test/orders?l=en&pin=1.0']);
      expect(reloads).toHaveLength(1);
    }
  });

  it('leaves a page alone whose version is kept, though the one that its name means now was revoked', async () => {
    const { watch, told, reloads } = pageOf({ now: '1.1', keeps: true, isRevoked: true }, '/orders/beta');
    await watch.look();

    expect([told, reloads]).toEqual([[], []]);
  });

  it('loads a page again whose controllers have ended, though its version is kept', async () => {
    const { watch, told, reloads } = pageOf({ now: '1.1', keeps: true });
    await watch.callsEnded();

    expect(told).toEqual([{ portolan: 'revoked', route: 'orders', version: '1.0', next: '1.1' }]);
    expect(reloads).toHaveLength(1);
  });

  it('leaves a page alone that no other version replaces', async () => {
    const { watch, told, reloads } = pageOf({ now: '1.0', keeps: true });
    await watch.callsEnded();

    expect([told, reloads]).toEqual([[], []]);
  });

  it('waits for drafts that are being kept and for unsaved work', async () => {
    const { watch, work, reloads } = pageOf({ now: '1.1', keeps: false });
    work.push(new Promise((resolve) => setTimeout(resolve, 5000)));
    watch.markUnsaved(true);
    void watch.look();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(reloads).toEqual([]);

    watch.markUnsaved(false);
    await vi.advanceTimersByTimeAsync(0);
    expect(reloads).toHaveLength(1);
  });

  it('waits no longer than the grace, and not for what fails', async () => {
    const { watch, work, reloads } = pageOf({ now: '1.1', keeps: false });
    work.push(Promise.reject(new Error('storage is full')));
    watch.markUnsaved(true);
    void watch.look();
    await vi.advanceTimersByTimeAsync(UNSAVED_MILLIS - 1);
    expect(reloads).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);

    expect(reloads).toHaveLength(1);
  });
});
