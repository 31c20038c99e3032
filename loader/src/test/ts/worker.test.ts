import { afterEach, describe, expect, it, vi } from 'vitest';
import { bytesOf, gives, MemoryCaches, refuses, sha256, type Answers } from './world.js';

const OWN = 'https://own.test';
const CDN = 'https://cdn.test/CDN';
const REGION = 'https://region.test';
const FILE = 'export const orders = 42;';
const MANIFEST = JSON.stringify({
  files: [{ path: 'app.js', hash: sha256(FILE), sizeBytes: FILE.length, type: 'text/javascript' }],
});

type Handler = (event: object) => void;

/** The real worker in a world of stubs: what a browser gives it, and places by address. */
async function worker(
  places: Record<string, Answers>,
  page = `${OWN}/orders`,
  shares = [100],
  browserCache: Record<string, string> = {},
) {
  vi.resetModules();
  const handlers = new Map<string, Handler>();
  const asked: string[] = [];
  const notices: object[] = [];
  const preloads: boolean[] = [];
  const fetched = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = input instanceof Request ? input.url : String(input);
    if (init?.cache === 'only-if-cached') {
      const there = browserCache[url];
      return there === undefined ? Promise.reject(new TypeError('Failed to fetch')) : Promise.resolve(new Response(there));
    }
    asked.push(url);
    const base = Object.keys(places)
      .filter((each) => url.startsWith(each))
      .sort((a, b) => b.length - a.length)[0] as string;
    return (places[base] as Answers)(url, init?.signal);
  };
  vi.stubGlobal('self', {
    location: new URL(`${OWN}/-/worker.js`),
    portolanSources: { cdns: [CDN], shares, regions: [OWN, REGION] },
    addEventListener: (name: string, handler: Handler) => handlers.set(name, handler),
    skipWaiting: () => Promise.resolve(),
    registration: { navigationPreload: { enable: () => Promise.resolve(void preloads.push(true)) } },
    clients: {
      matchAll: () => Promise.resolve([{ url: page, postMessage: (message: object) => notices.push(message) }]),
      claim: () => Promise.resolve(),
    },
  });
  vi.stubGlobal('caches', new MemoryCaches());
  vi.stubGlobal('fetch', fetched);
  await import('../../main/ts/worker/worker.js');

  /** What the page gets, or undefined where the browser is left to it. */
  const get = async (
    path: string,
    init: RequestInit = {},
    mode = 'cors',
    preloadResponse: Promise<Response | undefined> = Promise.resolve(undefined),
  ): Promise<Response | undefined> => {
    const request = new Request(OWN + path, init);
    // A navigation cannot be made by hand.
    Object.defineProperty(request, 'mode', { value: mode });
    let answered: Promise<Response> | undefined;
    handlers.get('fetch')?.({
      request,
      preloadResponse,
      respondWith: (response: Promise<Response>) => (answered = response),
      waitUntil: () => {},
    });
    return answered;
  };
  return { get, asked, notices, handlers, preloads };
}

const own = (url: string): Promise<Response> =>
  Promise.resolve(new Response(url.includes('/-/manifest/') ? MANIFEST : FILE));

describe('worker', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('answers an asset with the bytes of the CDN, under the address that was asked for', async () => {
    const { get, asked } = await worker({ [OWN]: own, [CDN]: gives(FILE, { headers: { 'Content-Type': 'text/plain' } }) });

    const response = await get('/orders/Content/1.0/app.js');

    expect(await response?.text()).toBe(FILE);
    expect(response?.headers.get('Content-Type')).toBe('text/javascript');
    expect(response?.url).toBe('');
    expect(asked).toEqual([`${OWN}/orders/-/manifest/1.0`, `${CDN}/orders/Content/1.0/app.js`]);
  });

  it('asks for a file of the same content once, whatever version it belongs to', async () => {
    const { get, asked } = await worker({ [OWN]: own, [CDN]: gives(FILE) });

    await get('/orders/Content/1.0/app.js');
    await vi.waitFor(async () => expect((await (await caches.open('portolan-1-files')).keys()).length).toBe(1));
    const later = await get('/orders/Content/2.0/app.js');

    expect(await later?.text()).toBe(FILE);
    expect(asked.filter((url) => url.startsWith(CDN))).toHaveLength(1);
  });

  it('takes what a page loaded without a worker from the cache of the browser, and asks nobody', async () => {
    const path = '/orders/Content/1.0/app.js';
    const { get, asked } = await worker({ [OWN]: own, [CDN]: refuses }, undefined, undefined, { [path]: FILE });

    expect(await (await get(path))?.text()).toBe(FILE);

    expect(asked).toEqual([`${OWN}/orders/-/manifest/1.0`]);
    // And keeps it by what it is: the next version has the same file under another address.
    await vi.waitFor(async () => expect((await (await caches.open('portolan-1-files')).keys()).length).toBe(1));
    expect(await (await get('/orders/Content/2.0/app.js'))?.text()).toBe(FILE);
    expect(asked.filter((url) => url.includes('/Content/'))).toEqual([]);
  });

  it.each([['of another version', 'export const orders = 41;'], ['cut off', FILE.slice(0, 5)]])(
    'uses nothing from the cache of the browser that is %s',
    async (_, there) => {
      const path = '/orders/Content/1.0/app.js';
      const { get, asked } = await worker({ [OWN]: own, [CDN]: gives(FILE) }, undefined, undefined, { [path]: there });

      expect(await (await get(path))?.text()).toBe(FILE);
      expect(asked).toContain(CDN + path);
    },
  );

  it('uses the page that the browser asked for while it started the worker', async () => {
    const { get, asked, handlers, preloads } = await worker({ [OWN]: own, [REGION]: gives('from the next region') });
    const waited: Promise<unknown>[] = [];
    handlers.get('activate')?.({ waitUntil: (until: Promise<unknown>) => waited.push(until) });
    await Promise.all(waited);
    expect(preloads).toEqual([true]);

    const response = await get('/orders', {}, 'navigate', Promise.resolve(new Response('page')));

    expect(await response?.text()).toBe('page');
    expect(asked).toEqual([]);
    const other = await get('/healthz', {}, 'navigate', Promise.resolve(new Response('healthy')));
    expect(await other?.text()).toBe('healthy');
    const again = await get('/healthz', {}, 'navigate', Promise.reject(new TypeError('Failed to fetch')));
    expect(await again?.text()).toBe(FILE);
    const next = await get('/orders', {}, 'navigate', Promise.reject(new TypeError('Failed to fetch')));
    expect(await next?.text()).toBe('from the next region');
  });

  it('tells pages which source failed', async () => {
    const { get, notices } = await worker({ [OWN]: own, [CDN]: refuses });

    expect(await (await get('/orders/Content/1.0/app.js'))?.text()).toBe(FILE);
    await vi.waitFor(() => expect(notices).toHaveLength(1));
    expect(notices[0]).toEqual({
      portolan: 'source',
      source: CDN,
      path: '/orders/Content/1.0/app.js',
      cause: 'unreachable',
    });
  });

  it('counts what its sources gave and tells whoever of the extension asks, once', async () => {
    const { get, handlers } = await worker({ [OWN]: own, [CDN]: refuses });
    await get('/orders/Content/1.0/app.js');
    await vi.waitFor(async () => expect((await (await caches.open('portolan-1-files')).keys()).length).toBe(1));
    await get('/orders/Content/1.0/app.js');
    const told: { sources: { source: string; fetched: number; bytes: number; failed: object }[] }[] = [];
    const ask = (route: string) =>
      handlers.get('message')?.({
        data: { portolan: 'sources?', route },
        source: { postMessage: (message: (typeof told)[0]) => told.push(message) },
      });
    ask('maps');
    ask('orders');
    ask('orders');

    expect(told.map((each) => each.sources.map(({ millis, ...rest }: { millis?: number[]; source: string }) => rest))).toEqual([
      [],
      [
        { source: CDN, fetched: 0, bytes: 0, failed: { unreachable: 1 } },
        { source: 'own', fetched: 1, bytes: FILE.length, failed: {} },
        { source: 'browser', fetched: 1, bytes: FILE.length, failed: {} },
      ],
      [],
    ]);
  });

  it('says that it was drawn to ask no CDN', async () => {
    const { get, handlers, asked } = await worker({ [OWN]: own, [CDN]: gives(FILE), [REGION]: refuses }, `${OWN}/orders`, [0]);
    const told: { sources: { source: string; dark?: true }[] }[] = [];
    await get('/orders/Content/1.0/app.js');
    handlers.get('message')?.({
      data: { portolan: 'sources?', route: 'orders' },
      source: { postMessage: (message: (typeof told)[0]) => told.push(message) },
    });

    expect(asked.filter((url) => url.startsWith(CDN))).toEqual([]);
    expect(told[0]?.sources.map(({ source, dark }) => [source, dark])).toEqual([['own', true]]);
  });

  it('counts a file that nobody gave', async () => {
    const only = (url: string): Promise<Response> =>
      url.includes('/-/manifest/') ? own(url) : Promise.resolve(new Response('', { status: 404 }));
    const { get, handlers } = await worker({ [OWN]: only, [CDN]: refuses, [REGION]: refuses });
    const told: { sources: { source: string; dark?: true; failed: object }[] }[] = [];
    expect((await get('/orders/Content/1.0/app.js'))?.status).toBe(404);
    handlers.get('message')?.({
      data: { portolan: 'sources?', route: 'orders' },
      source: { postMessage: (message: (typeof told)[0]) => told.push(message) },
    });

    const none = told[0]?.sources.find(({ source }) => source === 'none');
    expect(none?.failed).toEqual({ unreachable: 1 });
    expect(none?.dark).toBeUndefined();
  });

  it('takes what pages tell to another region when the own one is gone, and never fails at it', async () => {
    const taken = (url: string): Promise<Response> =>
      Promise.resolve(url.endsWith('.js') ? new Response('export const start = 1;') : new Response(null, { status: 204 }));
    const { get, asked } = await worker({ [OWN]: refuses, [REGION]: taken });

    const post = { method: 'POST', body: '{}' };
    expect((await get('/orders/telemetry', post))?.status).toBe(204);
    expect(await (await get('/-/page.js'))?.text()).toBe('export const start = 1;');
    expect(asked).toEqual([OWN, REGION].map((base) => `${base}/orders/telemetry`).concat([OWN, REGION].map((base) => `${base}/-/page.js`)));

    const alone = await worker({ [OWN]: gives('no', { status: 503 }), [REGION]: refuses });
    expect(await (await alone.get('/orders/telemetry', post))?.json()).toEqual({ refused: 0 });
    expect(await (await alone.get('/-/page.js'))?.text()).toContain('start = () => {}');
    const strict = await worker({ [OWN]: gives('no', { status: 403 }), [REGION]: refuses });
    expect(await (await strict.get('/orders/telemetry', post))?.json()).toEqual({ refused: 403 });
  });

  it('row 4.7: asks no CDN while a page of the extension says so', async () => {
    for (const [page, asks] of [
      [`${OWN}/orders?nocdn=force`, false],
      [`${OWN}/orders?nocdn=true`, true],
      [`${OWN}/maps?nocdn=force`, true],
    ] as const) {
      const { get, asked } = await worker({ [OWN]: own, [CDN]: gives(FILE) }, page);
      expect(await (await get('/orders/Content/1.0/app.js'))?.text()).toBe(FILE);
      expect(asked.some((url) => url.startsWith(CDN)), page).toBe(asks);
    }
  });

  it('leaves the browser what is not ours', async () => {
    const { get } = await worker({ [OWN]: own });

    expect(await get('/orders/api/items')).toBeUndefined();
    expect(await get('/orders/Content/1.0/app.js', { method: 'POST', body: 'x' })).toBeUndefined();
    expect(await get('/metrics')).toBeUndefined();
  });

  it('passes the node on where the node knows better', async () => {
    const { get } = await worker({
      [OWN]: (url) => Promise.resolve(url.includes('/-/') ? new Response(MANIFEST) : new Response('no', { status: 404 })),
    });

    expect((await get('/orders/Content/1.0/nosuch.js'))?.status).toBe(404);
  });

  it('uses no bytes that are wrong, though every source gives them', async () => {
    const wrong = gives(FILE.replace('42', '43'));
    const { get } = await worker({
      [OWN]: (url, signal) => (url.includes('/-/') ? own(url) : wrong(url, signal)),
      [CDN]: wrong,
      [REGION]: wrong,
    });

    expect((await get('/orders/Content/1.0/app.js'))?.type).toBe('error');
  });

  it('passes on that a version was revoked', async () => {
    const gone = gives('revoked', { status: 410 });
    const { get } = await worker({
      [OWN]: (url, signal) => (url.includes('/-/') ? own(url) : gone(url, signal)),
      [CDN]: gone,
      [REGION]: gone,
    });

    expect((await get('/orders/Content/1.0/app.js'))?.status).toBe(410);
  });

  it('gets out of the way when there is a bug in it', async () => {
    const { get } = await worker({ [OWN]: own, [CDN]: gives(FILE) });
    vi.spyOn(crypto.subtle, 'digest').mockImplementation(() => {
      throw new Error('a bug');
    });

    expect(await (await get('/orders/Content/1.0/app.js'))?.text()).toBe(FILE);
  });

  it('goes by the manifest that the page named', async () => {
    const { get, handlers, asked } = await worker({
      [OWN]: (url) =>
        url.includes('/-/') ? Promise.resolve(new Response('{"files":[]}')) : Promise.resolve(new Response(FILE)),
      [REGION]: own,
      [CDN]: gives(FILE),
    });
    handlers.get('message')?.({ data: { portolan: 'page', route: 'orders', version: '1.0', manifest: sha256(MANIFEST) } });

    expect(await (await get('/orders/Content/1.0/app.js'))?.text()).toBe(FILE);
    expect(asked).toContain(`${REGION}/orders/-/manifest/1.0`);
  });

  it('keeps nothing of what another form of it kept, and takes pages over', async () => {
    const { handlers } = await worker({ [OWN]: own });
    const stores = caches as unknown as MemoryCaches;
    stores.named.set('portolan-0-files', new Map());
    stores.named.set('portolan-1-files', new Map([['x', new Response(bytesOf('x'))]]));
    stores.named.set('of the page itself', new Map());
    let done: Promise<unknown> = Promise.resolve();
    handlers.get('activate')?.({ waitUntil: (promise: Promise<unknown>) => (done = promise) });
    await done;

    expect([...stores.named.keys()].sort()).toEqual(['of the page itself', 'portolan-1-files', 'portolan-1-state']);
  });
});
