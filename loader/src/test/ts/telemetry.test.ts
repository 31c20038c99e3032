import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Batch } from '../../main/ts/telemetry/batch.js';
import { Counts } from '../../main/ts/telemetry/counts.js';
import type { LoadAction, Said } from '../../main/ts/telemetry/said.js';
import { Sender, type Place } from '../../main/ts/telemetry/sender.js';
import { loadsOf } from '../../main/ts/telemetry/shell.js';
import { numbers } from './world.js';

const NODE = 'https://orders.ext.test/orders/telemetry';

const said = (action: LoadAction, more: Partial<Said> = {}): Said => ({
  event: 'BladeLoaded',
  action,
  name: 'Orders',
  state: '',
  millis: 0,
  message: '',
  ...more,
});

interface Told {
  token: string;
  test: boolean;
  events: (Said & { count: number })[];
  sources: { source: string; fetched: number; failed: Record<string, number> }[];
  dropped: number;
}

/** A node that gives tokens and takes beacons, as it is told to, and a browser before it. */
function world() {
  let clock = 0;
  let number = 0;
  const state = { every: 1, refuses: 0, answers: true, beacons: true };
  const asked: string[] = [];
  const told: Told[] = [];
  const sent: Told[] = [];
  const place: Place = {
    fetch: (url, init) => {
      asked.push(`${init.method ?? 'GET'} ${url}`);
      if (!state.answers) return Promise.reject(new TypeError('Failed to fetch'));
      if (init.method !== 'POST') {
        return Promise.resolve(Response.json({ token: `t${++number}`, every: state.every, expiresInSeconds: 900 }));
      }
      if (state.refuses > 0) {
        const status = state.refuses;
        state.refuses = 0;
        return Promise.resolve(new Response('', { status }));
      }
      told.push(JSON.parse(String(init.body)) as Told);
      return Promise.resolve(new Response(null, { status: 204 }));
    },
    beacon: (_, body) => {
      if (state.beacons) sent.push(JSON.parse(body) as Told);
      return state.beacons;
    },
    now: () => clock,
  };
  return { place, state, asked, told, sent, pass: (millis: number) => (clock += millis) };
}

const sum = (batches: Told[], choose: (entry: Said & { count: number }) => boolean): number =>
  batches.flatMap((each) => each.events.filter(choose)).reduce((all, each) => all + each.count, 0);

describe('batch', () => {
  it('row 3.10: stays small and keeps every count, whatever a page does', () => {
    const random = numbers(1);
    for (let run = 0; run < 50; run++) {
      const batch = new Batch(random);
      const names = 1 + Math.floor(random() * 60);
      const counts = new Map<string, number>();
      const events = 600 + Math.floor(random() * 600);
      for (let i = 0; i < events; i++) {
        const name = `blade${Math.floor(random() * names)}`;
        counts.set(name, (counts.get(name) ?? 0) + 1);
        batch.add(said('complete', { name, millis: i }));
      }
      const { events: entries, dropped } = batch.take(false);
      expect(entries.length).toBeLessThanOrEqual(100);
      expect(dropped).toBe(0);
      for (const [name, count] of counts) {
        expect(entries.filter((each) => each.name === name).reduce((all, each) => all + each.count, 0)).toBe(count);
      }
    }
  });

  it('takes a duration at random for those that stand together', () => {
    const random = numbers(2);
    let total = 0;
    for (let run = 0; run < 200; run++) {
      const batch = new Batch(random);
      for (let i = 1; i <= 100; i++) batch.add(said('complete', { millis: i }));
      const { events } = batch.take(false);
      total += events.reduce((all, each) => all + each.count * each.millis, 0) / 100;
    }
    expect(total / 200).toBeGreaterThan(45);
    expect(total / 200).toBeLessThan(56);
  });

  it('counts what it has no room for', () => {
    const batch = new Batch();
    for (let i = 0; i < 250; i++) batch.add(said('start', { name: `n${i}` }));
    const { events, dropped } = batch.take(false);
    expect(events).toHaveLength(100);
    expect(dropped).toBe(150);
  });

  it('sends what a node takes as a name', () => {
    const batch = new Batch();
    batch.add(said('errored', { name: `a\n${'b'.repeat(200)}`, message: 'x'.repeat(500), state: 'ErrorUnrecoverable', millis: -3.7 }));
    const [entry] = batch.take(false).events;
    expect(entry?.name).toMatch(/^a b{126}$/);
    expect(entry?.message).toHaveLength(200);
    expect(entry?.millis).toBe(0);
  });

  it('puts the counts of a source together', () => {
    const counts = new Counts();
    counts.got('orders', 'own', 10, 40);
    counts.got('orders', 'own', 5, 9999);
    counts.failed('orders', 'https://cdn.test', 'hash');
    counts.got('maps', 'own', 1, 1);
    const batch = new Batch();
    counts.take('orders').forEach((each) => batch.addSource(each));
    counts.got('orders', 'own', 1, 60);
    counts.take('orders').forEach((each) => batch.addSource(each));

    expect(counts.take('orders')).toEqual([]);
    expect(batch.take(false).sources).toEqual([
      { source: 'own', fetched: 3, bytes: 16, millis: [1, 1, 0, 0, 0, 0, 1], failed: {} },
      { source: 'https://cdn.test', fetched: 0, bytes: 0, millis: [0, 0, 0, 0, 0, 0, 0], failed: { hash: 1 } },
    ]);
  });
});

describe('a browser that asks no CDN though there is one', () => {
  it('says so with every source', () => {
    const counts = new Counts();
    const batch = new Batch();
    counts.got('orders', 'own', 10, 40);
    counts.take('orders').forEach((each) => batch.addSource(each));
    counts.got('orders', 'own', 5, 40);
    counts.failed('orders', 'none', 'unreachable');
    counts.take('orders', true).forEach((each) => batch.addSource(each));

    expect(batch.take(false).sources.map(({ source, dark }) => [source, dark])).toEqual([
      ['own', true],
      ['none', true],
    ]);
  });
});

describe('sender', () => {
  const senderOf = (place: Place, batch: Batch) => new Sender(NODE, { version: '1.0' }, true, batch, place);

  it('gets a token once and shows it, and says that it is a test', async () => {
    const { place, asked, told } = world();
    const batch = new Batch();
    const sender = senderOf(place, batch);
    batch.add(said('start'));
    await sender.send();
    batch.add(said('complete'));
    await sender.send();
    await sender.send();

    expect(asked).toEqual([`GET ${NODE}?version=1.0`, `POST ${NODE}`, `POST ${NODE}`]);
    expect(told.map((each) => [each.token, each.test, each.events.length])).toEqual([
      ['t1', true, 1],
      ['t1', true, 1],
    ]);
  });

  it('gets another token when its own is refused or ends, and loses nothing', async () => {
    const { place, state, told, pass } = world();
    const batch = new Batch();
    const sender = senderOf(place, batch);
    batch.add(said('start'));
    state.refuses = 403;
    expect(await sender.send()).toBe(true);
    pass(15 * 60_000);
    batch.add(said('complete'));
    expect(await sender.send()).toBe(true);

    expect(told.map((each) => each.token)).toEqual(['t2', 't3']);
    expect(sum(told, () => true)).toBe(2);
  });

  it('understands the worker, which says in words what nobody should read in a console', async () => {
    const { place, told, pass } = world();
    const answering = place.fetch;
    let refused: number | undefined = 403;
    place.fetch = (url, init) => {
      if (refused === undefined || init.method !== 'POST') return answering(url, init);
      const answer = Response.json({ refused });
      refused = refused === 403 ? 0 : undefined;
      return Promise.resolve(answer);
    };
    const batch = new Batch();
    const sender = senderOf(place, batch);
    batch.add(said('start'));
    expect(await sender.send(), 'refused, then nobody there').toBe(false);
    pass(30_000);
    expect(await sender.send()).toBe(true);
    expect(told.map((each) => each.token)).toEqual(['t2']);
    expect(sum(told, () => true)).toBe(1);
  });

  it('leaves a node alone that does not take it, longer each time, and tells all of it later', async () => {
    const { place, state, told, asked, pass } = world();
    const batch = new Batch();
    const sender = senderOf(place, batch);
    state.answers = false;
    batch.add(said('start'));
    expect(await sender.send()).toBe(false);
    const tries = asked.length;
    pass(29_000);
    expect(await sender.send()).toBe(false);
    expect(asked).toHaveLength(tries);
    pass(1000);
    expect(await sender.send()).toBe(false);
    expect(asked.length).toBeGreaterThan(tries);
    state.answers = true;
    pass(59_000);
    expect(await sender.send()).toBe(false);
    pass(1000);
    batch.add(said('complete'));
    expect(await sender.send()).toBe(true);

    expect(sum(told, () => true)).toBe(2);
  });

  it('keeps what is refused for its rate and drops what is refused for its form', async () => {
    for (const [status, kept] of [
      [429, 1],
      [503, 1],
      [400, 0],
      [413, 0],
    ] as const) {
      const { place, state, told, pass } = world();
      const batch = new Batch();
      const sender = senderOf(place, batch);
      batch.add(said('start'));
      state.refuses = status;
      expect(await sender.send()).toBe(false);
      pass(30_000);
      await sender.send();
      expect(sum(told, () => true), String(status)).toBe(kept);
    }
  });

  it('keeps quiet where nobody wants to be told', async () => {
    const { place, told, sent, asked } = world();
    place.fetch = (url, init) => {
      asked.push(`${init.method ?? 'GET'} ${url}`);
      return Promise.resolve(Response.json({ token: '', every: 0, expiresInSeconds: 900 }));
    };
    const batch = new Batch();
    const sender = senderOf(place, batch);
    batch.add(said('start'));
    expect(await sender.send()).toBe(false);
    expect(await sender.send()).toBe(false);
    sender.last();

    expect(asked).toEqual([`GET ${NODE}?version=1.0`]);
    expect([...told, ...sent]).toEqual([]);
  });

  it('tells failures only where it speaks for nobody', async () => {
    const { place, state, told } = world();
    state.every = 0;
    const batch = new Batch();
    const sender = senderOf(place, batch);
    batch.add(said('start'));
    batch.addSource({ source: 'own', fetched: 1, bytes: 1, millis: [1, 0, 0, 0, 0, 0, 0], failed: {} });
    await sender.send();
    expect(told).toEqual([]);
    batch.add(said('errored', { state: 'ErrorUnrecoverable' }));
    batch.addSource({ source: 'https://cdn.test', fetched: 1, bytes: 1, millis: [], failed: { status: 1 } });
    await sender.send();
    expect(told[0]?.events.map((each) => each.action)).toEqual(['errored']);
    expect(told[0]?.sources.map((each) => each.source)).toEqual(['https://cdn.test']);
  });

  it('sends no more at once than a node reads', async () => {
    const { place, told } = world();
    const batch = new Batch();
    const sender = senderOf(place, batch);
    for (let i = 0; i < 100; i++) {
      batch.add(said('errored', { name: `${i} ${'ü'.repeat(100)}`, state: 'ErrorUnrecoverable', message: '€'.repeat(200) }));
    }
    await sender.send();

    expect(told.length).toBeGreaterThan(2);
    for (const each of told) expect(new TextEncoder().encode(JSON.stringify(each)).length).toBeLessThanOrEqual(16 << 10);
    expect(sum(told, () => true)).toBe(100);
  });

  it('hands over what is left when the page goes, and fetches where beacons are not taken', async () => {
    const { place, state, told, sent } = world();
    const batch = new Batch();
    const sender = senderOf(place, batch);
    batch.add(said('start'));
    sender.last();
    expect(sent, 'there is no token yet').toEqual([]);
    await sender.prepare();
    sender.last();
    expect(sum(sent, () => true)).toBe(1);
    state.beacons = false;
    batch.add(said('cancel'));
    sender.last();
    await vi.waitFor(() => expect(sum(told, (each) => each.action === 'cancel')).toBe(1));
  });
});

describe('marks', () => {
  let handlers: Map<string, () => void>;

  beforeEach(() => {
    vi.resetModules();
    handlers = new Map();
    vi.stubGlobal('addEventListener', (name: string, handler: () => void) => handlers.set(name, handler));
  });
  afterEach(() => vi.unstubAllGlobals());

  it('says what becomes of blades and parts, once each, also before anybody listens', async () => {
    const { blade, part, listen } = await import('../../main/ts/boot/marks.js');
    const heard: string[] = [];
    const orders = blade('Orders');
    orders.loaded();
    listen((each) => heard.push(`${each.event} ${each.action} ${each.name} ${each.state}${each.message}`));
    orders.ready();
    orders.ready();
    orders.failed('ErrorUnrecoverable');
    const list = part('List');
    list.failed('ErrorLoadingControl', ' no control');
    list.ready();
    const whole = blade('Whole');
    whole.ready();
    blade('Late');
    part('Left').cancel();
    handlers.get('pagehide')?.();
    handlers.get('pagehide')?.();

    expect(heard).toEqual([
      'BladeLoaded start Orders ',
      'BladeFullReady start Orders ',
      'BladeLoaded complete Orders ',
      'BladeFullReady complete Orders ',
      'PartLoaded start List ',
      'PartLoaded errored List ErrorLoadingControl no control',
      'BladeLoaded start Whole ',
      'BladeFullReady start Whole ',
      'BladeLoaded complete Whole ',
      'BladeFullReady complete Whole ',
      'BladeLoaded start Late ',
      'BladeFullReady start Late ',
      'PartLoaded start Left ',
      'PartLoaded cancel Left ',
      'BladeLoaded cancel Late ',
      'BladeFullReady cancel Late ',
    ]);
  });
});

describe('loads of a portal', () => {
  const ORDERS = { extension: 'Contoso_Orders', route: 'orders', bases: ['https://dead.test', 'https://orders.ext.test'] };
  let leave: (() => void) | undefined;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('addEventListener', (_: string, handler: () => void) => (leave = handler));
    vi.stubGlobal('removeEventListener', () => (leave = undefined));
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('are told to the region that gave the page, with those that did not', async () => {
    const { place, told, asked, pass } = world();
    const load = loadsOf(place, false).begin(ORDERS, 's1', 0);
    pass(3000);
    load.failed('FirstResponseNotReceived');
    pass(500);
    await load.end({ action: 'complete', base: 'https://orders.ext.test', version: '1.0' });

    expect(asked[0]).toBe(`GET ${NODE}?version=1.0&sessionId=s1`);
    expect(told[0]?.events.map((each) => [each.action, each.state, each.millis])).toEqual([
      ['start', '', 0],
      ['errored', 'FirstResponseNotReceived', 3000],
      ['complete', '', 3500],
    ]);
  });

  it('are told to whoever takes it when no region gave the page', async () => {
    const { place, told, asked } = world();
    const answering = place.fetch;
    place.fetch = (url, init) => (url.startsWith('https://dead') ? Promise.reject(new TypeError()) : answering(url, init));
    const load = loadsOf(place, false).begin(ORDERS, undefined, 0);
    load.failed('FirstResponseNotReceived');
    load.failed('MaxRetryAttemptsExceeded');
    await load.end({ action: 'cancel' });

    expect(asked).toEqual([`GET ${NODE}?version=`, `POST ${NODE}`]);
    expect(told[0]?.events.map((each) => [each.action, each.state])).toEqual([
      ['start', ''],
      ['errored', 'FirstResponseNotReceived'],
      ['errored', 'MaxRetryAttemptsExceeded'],
      ['cancel', ''],
    ]);
  });

  it('that a user leaves are cancelled', async () => {
    const { place, sent } = world();
    loadsOf(place, false).begin({ ...ORDERS, bases: ['https://orders.ext.test'] }, undefined, 0);
    await vi.advanceTimersByTimeAsync(1000);
    leave?.();

    expect(sent[0]?.events.map((each) => each.action)).toEqual(['start', 'cancel']);
  });
});
