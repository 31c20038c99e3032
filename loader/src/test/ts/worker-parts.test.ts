import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KEPT_PAGES } from '../../main/ts/order.js';
import { answer, partOf } from '../../main/ts/worker/answer.js';
import { hedged } from '../../main/ts/worker/hedge.js';
import { Kept } from '../../main/ts/worker/kept.js';
import { Manifests } from '../../main/ts/worker/manifests.js';
import { page } from '../../main/ts/worker/pages.js';
import { targetOf } from '../../main/ts/worker/targets.js';
import { bytesOf, gives, hangs, MemoryCaches, refuses, settled, sha256, worldOf } from './world.js';

const keptIn = (caches: MemoryCaches, limits?: { bytes: number; files: number; trimEvery: number }): Kept =>
  new Kept(caches as unknown as CacheStorage, limits);

describe('targets', () => {
  const cases: [string, string, string, object][] = [
    ['GET', 'no-cors', '/orders/Content/1.0/js/app.js', { kind: 'asset', route: 'orders', version: '1.0', file: 'js/app.js' }],
    ['GET', 'cors', '/orders/Content/1.0/a%20b%2Fc.js', { kind: 'asset', route: 'orders', version: '1.0', file: 'a b/c.js' }],
    ['GET', 'navigate', '/orders', { kind: 'page' }],
    ['GET', 'navigate', '/orders/', { kind: 'page' }],
    ['GET', 'navigate', '/orders/stage1', { kind: 'page' }],
    ['GET', 'navigate', '/orders/Content/1.0/', { kind: 'page' }],
    ['GET', 'navigate', '/orders/Content/1.0/doc.html', { kind: 'asset', route: 'orders', version: '1.0', file: 'doc.html' }],
    ['HEAD', 'cors', '/orders/Content/1.0/app.js', { kind: 'other' }],
    ['POST', 'no-cors', '/orders/telemetry', { kind: 'telling' }],
    ['GET', 'cors', '/orders/telemetry', { kind: 'telling' }],
    ['PUT', 'cors', '/orders/telemetry', { kind: 'other' }],
    ['GET', 'navigate', '/orders/telemetry', { kind: 'other' }],
    ['POST', 'cors', '/api/telemetry', { kind: 'other' }],
    ['POST', 'cors', '/orders/telemetry/x', { kind: 'other' }],
    ['GET', 'cors', '/-/page.js', { kind: 'teller' }],
    ['GET', 'cors', '/-/worker.js', { kind: 'other' }],
    ['GET', 'cors', '/orders/api/items', { kind: 'other' }],
    ['GET', 'cors', '/orders/@1.0/api/items', { kind: 'other' }],
    ['GET', 'navigate', '/orders/api', { kind: 'other' }],
    ['GET', 'navigate', '/orders/-/manifest/1.0', { kind: 'other' }],
    ['GET', 'cors', '/orders', { kind: 'other' }],
    ['GET', 'cors', '/CDN/orders/Content/1.0/app.js', { kind: 'other' }],
    ['GET', 'navigate', '/-/revision', { kind: 'other' }],
    ['GET', 'navigate', '/healthz', { kind: 'other' }],
    ['GET', 'navigate', '/', { kind: 'other' }],
    ['GET', 'cors', '/orders/Content/1.0/%E0%A4%A', { kind: 'other' }],
  ];
  it.each(cases)('%s %s %s', (method, mode, path, expected) => {
    expect(targetOf(method, mode, path)).toEqual(expected);
  });
});

describe('answer', () => {
  const file = { hash: 'ab', sizeBytes: 10, type: 'text/javascript' };
  const bytes = bytesOf('0123456789');

  it('is made of the bytes, with type and length of the manifest', async () => {
    const whole = answer(file, bytes, null);

    expect(whole.status).toBe(200);
    expect(whole.headers.get('Content-Type')).toBe('text/javascript');
    expect(whole.headers.get('Content-Length')).toBe('10');
    expect(await whole.text()).toBe('0123456789');
  });

  const ranges: [string, string | null, number][] = [
    ['bytes=0-3', '0123', 206],
    ['bytes=7-', '789', 206],
    ['bytes=-2', '89', 206],
    ['bytes=5-100', '56789', 206],
    ['bytes=-100', '0123456789', 206],
    ['bytes=10-', null, 416],
    ['bytes=-0', null, 416],
    ['bytes=3-1', '0123456789', 200],
    ['bytes=0-1,4-5', '0123456789', 200],
    ['items=0-1', '0123456789', 200],
  ];
  it.each(ranges)('takes %s', async (range, expected, status) => {
    const part = answer(file, bytes, range);

    expect(part.status).toBe(status);
    expect(await part.text()).toBe(expected ?? '');
    if (status === 416) expect(part.headers.get('Content-Range')).toBe('bytes */10');
  });

  it('has no range in an empty file', () => {
    expect(partOf('bytes=0-', 0)).toBe('none');
  });
});

describe('kept', () => {
  it('finds a file by what it is, whatever version it came with', async () => {
    const kept = keptIn(new MemoryCaches());
    await kept.keepFile('aa', bytesOf('one'), () => false);

    expect(new TextDecoder().decode(await kept.file('aa', 3))).toBe('one');
    expect(await kept.file('bb', 3)).toBeUndefined();
    expect(await kept.file('aa', 4)).toBeUndefined();
  });

  it('stays within its bounds, and removes what no manifest names first', async () => {
    const kept = keptIn(new MemoryCaches(), { bytes: 100, files: 3, trimEvery: 1 });
    const inUse = (hash: string): boolean => hash === 'a0';
    for (let i = 0; i < 6; i++) await kept.keepFile(`a${i}`, bytesOf('x'.repeat(10)), inUse);

    const left = await Promise.all([0, 1, 2, 3, 4, 5].map((i) => kept.file(`a${i}`, 10)));
    expect(left.map((bytes) => bytes !== undefined)).toEqual([true, false, false, false, true, true]);
  });

  it('stays within them also where each run of the worker keeps little', async () => {
    const caches = new MemoryCaches();
    for (let i = 0; i < 20; i++) {
      const run = keptIn(caches, { bytes: 100, files: 3, trimEvery: 50 });
      await run.keepFile(`a${i}`, bytesOf('x'.repeat(10)), () => false);
    }

    expect(caches.named.get('portolan-1-files')?.size).toBe(3);
  });

  it('stays within them also where a few files are large', async () => {
    const caches = new MemoryCaches();
    const kept = keptIn(caches, { bytes: 100, files: 50, trimEvery: 50 });
    for (let i = 0; i < 20; i++) await kept.keepFile(`a${i}`, bytesOf('x'.repeat(25)), () => false);

    expect(caches.named.get('portolan-1-files')?.size).toBe(4);
  });

  it('does not keep a file that would push everything else out', async () => {
    const kept = keptIn(new MemoryCaches(), { bytes: 100, files: 3, trimEvery: 1 });
    await kept.keepFile('aa', bytesOf('x'.repeat(26)), () => true);

    expect(await kept.file('aa', 26)).toBeUndefined();
  });

  it('makes room when the browser refuses to keep more', async () => {
    const caches = new MemoryCaches();
    const kept = keptIn(caches, { bytes: 100, files: 4, trimEvery: 1000 });
    for (let i = 0; i < 4; i++) await kept.keepFile(`a${i}`, bytesOf('x'.repeat(20)), () => false);
    caches.full = true;
    await kept.keepFile('bb', bytesOf('y'), () => false);

    expect(await kept.file('a0', 20)).toBeUndefined();
    expect(await kept.file('a3', 20)).toBeDefined();
  });

  it('reads as empty where storage is switched off', async () => {
    const off = new Kept({ open: () => Promise.reject(new DOMException('denied', 'SecurityError')) } as unknown as CacheStorage);
    await off.keepFile('aa', bytesOf('one'), () => false);
    await off.keepState('sources', '[]');

    expect(await off.file('aa', 3)).toBeUndefined();
    expect(await off.state('sources')).toBeUndefined();
  });

  it('keeps the pages used last', async () => {
    const kept = keptIn(new MemoryCaches());
    for (let i = 0; i <= KEPT_PAGES; i++) {
      await kept.keepPage(`https://own.test/page${i}`, new Response(String(i)));
      await kept.keepPage('https://own.test/page0', new Response('0'));
    }

    expect(await kept.page('https://own.test/page0')).toBeDefined();
    expect(await kept.page('https://own.test/page1')).toBeUndefined();
  });
});

describe('with time', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const after = (millis: number, call: () => void): (() => void) => {
    const timer = setTimeout(call, millis);
    return () => clearTimeout(timer);
  };

  describe('hedged', () => {
    it('makes no second try after a success', async () => {
      let second = 0;
      const tries = [
        () => Promise.resolve('first'),
        () => {
          second++;
          return Promise.resolve('second');
        },
      ];

      expect(await settled(hedged(tries, 500, after))).toBe('first');
      await vi.advanceTimersByTimeAsync(5000);
      expect(second).toBe(0);
    });

    it('fails with the error of the one that was wanted', async () => {
      const tries = [1, 2, 3].map((i) => () => Promise.reject(new Error(String(i))));

      await expect(settled(hedged(tries, 500, after))).rejects.toThrow('1');
    });
  });

  describe('manifests', () => {
    const text = JSON.stringify({ files: [{ path: 'app.js', hash: 'aa', sizeBytes: 3, type: 'text/javascript', sri: '' }] });
    const tagged = { headers: { ETag: `"${sha256(text)}"` } };
    const manifestsOf = (places: Parameters<typeof worldOf>[0], caches = new MemoryCaches()) => {
      const world = worldOf(places);
      return { world, manifests: new Manifests(keptIn(caches), () => Object.keys(places), world) };
    };

    it('come from another region when the own one hangs, lies or is gone', async () => {
      for (const own of [hangs, refuses, gives('{"files":[]}', tagged), gives('', { status: 503 })]) {
        const { manifests } = manifestsOf({ 'https://own.test': own, 'https://region.test': gives(text, tagged) });

        expect((await settled(manifests.of('orders', '1.0'))).get('app.js')?.hash).toBe('aa');
      }
    });

    it.each([
      ['by the node, as their tag says behind the hash', `"${sha256(text)}-gzip"`],
      ['by a proxy, which makes their tag a weak one', `W/"${sha256(text)}"`],
    ])('may come compressed %s', async (_, tag) => {
      const coded = { headers: { ETag: tag } };
      const { manifests } = manifestsOf({ 'https://own.test': gives(text, coded) });

      expect((await settled(manifests.of('orders', '1.0'))).get('app.js')?.hash).toBe('aa');
    });

    it('must be the one that the page named', async () => {
      const { manifests } = manifestsOf({ 'https://own.test': gives(text, tagged) });
      manifests.expect('orders', '1.0', sha256('another'));

      await expect(settled(manifests.of('orders', '1.0'))).rejects.toThrow('hash');
    });

    it('are asked for once, and not at all when kept', async () => {
      const caches = new MemoryCaches();
      const first = manifestsOf({ 'https://own.test': gives(text, tagged) }, caches);
      await settled(Promise.all([first.manifests.of('orders', '1.0'), first.manifests.of('orders', '1.0')]));
      expect(first.world.asked).toHaveLength(1);

      const later = manifestsOf({ 'https://own.test': refuses }, caches);
      expect((await settled(later.manifests.of('orders', '1.0'))).size).toBe(1);
      expect(later.manifests.names('aa')).toBe(true);
    });

    it('are asked for again after a failure', async () => {
      let up = false;
      const { manifests } = manifestsOf({ 'https://own.test': (...of) => (up ? gives(text, tagged) : refuses)(...of) });
      await expect(settled(manifests.of('orders', '1.0'))).rejects.toThrow();
      up = true;

      expect((await settled(manifests.of('orders', '1.0'))).size).toBe(1);
    });
  });

  describe('pages', () => {
    const REGIONS = ['https://region.test', 'https://far.test'];
    const open = (own: () => Promise<Response>, caches: MemoryCaches, region = gives('region'), far = gives('far')) => {
      const world = worldOf({ 'https://region.test': region, 'https://far.test': far });
      const request = new Request('https://own.test/orders?trustedAuthority=portal.test');
      return settled(page(request, own, REGIONS, keptIn(caches), world));
    };
    const bodyOf = async (response: Promise<Response>): Promise<string> => (await response).text();

    it('come from the own region while it is well', async () => {
      expect(await bodyOf(open(() => Promise.resolve(new Response('own')), new MemoryCaches()))).toBe('own');
    });

    it('come from another region when the own one is gone, hangs or is unwell', async () => {
      const bad = [
        () => Promise.reject(new TypeError()),
        () => new Promise<Response>(() => {}),
        () => Promise.resolve(new Response('x', { status: 503 })),
      ];
      for (const own of bad) expect(await bodyOf(open(own, new MemoryCaches()))).toBe('region');
    });

    it('that are not found are not looked for elsewhere', async () => {
      const answered = await open(() => Promise.resolve(new Response('none', { status: 404 })), new MemoryCaches());

      expect(answered.status).toBe(404);
    });

    it('are those seen last when no region can be reached, and say so when there is none', async () => {
      const caches = new MemoryCaches();
      const gone = () => Promise.reject(new TypeError());
      const before = await open(gone, caches, refuses, refuses);
      expect(before.status).toBe(503);
      expect(await before.text()).toContain('No region can be reached');

      await open(() => Promise.resolve(new Response('own')), caches);
      expect(await bodyOf(open(gone, caches, refuses, refuses))).toBe('own');
    });

    it('are those seen last also when the regions say nothing at all', async () => {
      const caches = new MemoryCaches();
      await open(() => Promise.resolve(new Response('own')), caches);
      const silent = () => new Promise<Response>(() => {});

      expect(await bodyOf(open(silent, caches, hangs, hangs))).toBe('own');
    });

    it('that must not be stored are not kept', async () => {
      const caches = new MemoryCaches();
      await open(() => Promise.resolve(new Response('own', { headers: { 'Cache-Control': 'no-store' } })), caches);

      expect((await open(() => Promise.reject(new TypeError()), caches, refuses, refuses)).status).toBe(503);
    });

    it('are the own refusal when others are gone too', async () => {
      const own = () => Promise.resolve(new Response('starting', { status: 503 }));

      expect(await bodyOf(open(own, new MemoryCaches(), refuses, refuses))).toBe('starting');
    });
  });
});
