/// <reference lib="webworker" />
import { CACHE_FORM, CACHE_PREFIX, ENTRIES_MILLIS, LARGEST_FILE_BYTES } from '../order.js';
import type { PageStarted, SourceFailed, SourcesAsked, SourcesTold } from '../messages.js';
import { Counts } from '../telemetry/counts.js';
import { answer } from './answer.js';
import { cached } from './cached.js';
import { Kept } from './kept.js';
import { Manifests } from './manifests.js';
import { page } from './pages.js';
import { patiently } from './patience.js';
import { AllFailed, race, type Counting, type Wanted, type World } from './race.js';
import { cdnsOf, Ranking, type Source } from './source.js';
import { targetOf, type Target } from './targets.js';
import { teller, telling } from './telling.js';

declare const self: ServiceWorkerGlobalScope & {
  /** Stands before this script in what a node serves: byte sources of the environment, from the revision that the node applied. */
  portolanSources: { cdns: string[]; shares?: number[]; regions: string[] };
};

const SAVED = 'sources';

const world: World = {
  fetch: (url, init) => fetch(url, init),
  digest: async (bytes) =>
    [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
  now: () => Date.now(),
  after: (millis, call) => {
    const timer = setTimeout(call, millis);
    return () => clearTimeout(timer);
  },
};

const own = self.location.origin;
const regions = self.portolanSources.regions.filter((base) => base !== own);
const cdns = cdnsOf(self.portolanSources, Math.random() * 100);
/** Drawn to go without any CDN though there is one: what comes of that proves every day that none is needed. */
const dark = cdns.length === 0 && self.portolanSources.cdns.length > 0;
const sources: Source[] = [
  ...cdns.map((base): Source => ({ kind: 'cdn', base })),
  { kind: 'own', base: own },
  ...regions.map((base): Source => ({ kind: 'region', base })),
];
const kept = new Kept(caches);
const ranking = new Ranking(sources, world.now, (saved) => void kept.keepState(SAVED, saved));
const restored = kept.state(SAVED).then((saved) => {
  if (saved !== undefined) ranking.restore(saved);
});
const manifests = new Manifests(kept, () => [own, ...regions], world);
const keeping = new Set<Promise<void>>();
/** What files came from, for whoever of the extension's pages asks; it goes with this run of the worker. */
const counts = new Counts();
/** When pages asked for their first file. */
const begun = new Map<string, number>();
const inFlight = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

self.addEventListener('install', (event) => {
  void self.skipWaiting();
  try {
    // Calls to controllers need nothing of us: the browser sends them without starting the worker.
    (event as { addRoutes?: (routes: object[]) => Promise<void> }).addRoutes?.([
      // `*` would go beyond a slash: an asset may lie in a folder of that name.
      ...['/:route/api/*', '/:route/@:version/api/*'].map((pathname) => ({
        condition: { urlPattern: new URLPattern({ pathname }) },
        source: 'network',
      })),
    ]).catch(() => {});
  } catch {
    // A browser that knows routes otherwise, or not: these calls pass through us.
  }
});

self.addEventListener('activate', (event) => {
  const tidy = caches
    .keys()
    .then((names) => names.filter((name) => name.startsWith(CACHE_PREFIX) && !name.startsWith(CACHE_FORM)))
    .then((names) => Promise.all(names.map((name) => caches.delete(name))))
    .catch(() => []);
  event.waitUntil(tidy.then(() => self.clients.claim()));
  // The browser asks for a page while it starts this worker, where it can.
  event.waitUntil(Promise.resolve(self.registration.navigationPreload?.enable()).catch(() => {}));
});

self.addEventListener('message', (event) => {
  const message = event.data as PageStarted | SourcesAsked | undefined;
  if (message?.portolan === 'page') manifests.expect(message.route, message.version, message.manifest);
  if (message?.portolan === 'sources?') {
    const told: SourcesTold = { portolan: 'sources', route: message.route, sources: counts.take(message.route, dark) };
    event.source?.postMessage(told);
  }
});

self.addEventListener('fetch', (event) => {
  try {
    const { request } = event;
    const url = new URL(request.url);
    if (url.origin !== own) return;
    const target = targetOf(request.method, request.mode, url.pathname);
    if (target.kind === 'other') {
      if (request.mode === 'navigate' && request.method === 'GET') {
        event.respondWith(preloaded(event).catch(() => fetch(request)));
      }
      return;
    }
    const answered = target.kind === 'page' ? navigation(event) : answerTo(target, request, url, event.clientId);
    // Nobody waits for what is being kept, but the worker must not end before.
    event.waitUntil(answered.then(() => Promise.all(keeping)).catch(() => {}));
    // Whatever is wrong with us, the browser gets what it would have got without us.
    event.respondWith(answered.catch(() => fetch(request)));
  } catch {
    // Not answered here, so the browser asks the network.
  }
});

function answerTo(
  target: Exclude<Target, { kind: 'other' } | { kind: 'page' }>,
  request: Request,
  url: URL,
  clientId: string,
): Promise<Response> {
  switch (target.kind) {
    case 'telling':
      return telling(request, [own, ...regions]);
    case 'teller':
      return teller(url.pathname, [own, ...regions]);
    case 'asset':
      return asset(request, url, target, urgency(clientId));
  }
}

/** What the browser has asked for already, else what the network answers. */
async function preloaded(event: FetchEvent): Promise<Response> {
  const response = Promise.resolve(event.preloadResponse as Promise<Response | undefined>);
  // Also where another region is quicker: a request that is left behind would be told of in the console.
  event.waitUntil(response.catch(() => {}));
  return (await response) ?? fetch(event.request);
}

async function navigation(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const response = await page(request, () => preloaded(event), regions, kept, world);
  const manifest = response.headers.get('X-Portolan-Manifest');
  const version = response.headers.get('X-Portolan-Version');
  const route = new URL(request.url).pathname.split('/')[1];
  if (manifest && version && route) manifests.expect(route, version, manifest);
  return response;
}

/** What a page asks for within its first seconds it cannot begin without; a region that has too much to do answers that first. */
function urgency(clientId: string): string {
  const now = world.now();
  const began = begun.get(clientId) ?? now;
  begun.set(clientId, began);
  if (begun.size > 100) begun.delete(begun.keys().next().value as string);
  return now - began < ENTRIES_MILLIS ? 'u=1' : 'u=3';
}

async function asset(
  request: Request,
  url: URL,
  { route, version, file: name }: { route: string; version: string; file: string },
  priority: string,
): Promise<Response> {
  const file = (await manifests.of(route, version)).get(name);
  // The node's "not found" is the truth.
  if (!file || file.sizeBytes > LARGEST_FILE_BYTES) return fetch(request);
  const began = world.now();
  const here = await kept.file(file.hash, file.sizeBytes);
  if (here) counts.got(route, 'browser', file.sizeBytes, world.now() - began);
  try {
    const bytes = here ?? (await fetched(url.pathname, route, file.hash, file.sizeBytes, priority));
    return answer(file, bytes, request.headers.get('Range'));
  } catch (error) {
    if (!(error instanceof AllFailed)) throw error;
    counts.failed(route, 'none', 'unreachable');
    // The own region may say why there is nothing, such as that the version was revoked. Bytes that were not checked are not used.
    const why = await fetch(request);
    return why.ok ? Response.error() : why;
  }
}

function fetched(path: string, route: string, hash: string, sizeBytes: number, priority: string): Promise<Uint8Array<ArrayBuffer>> {
  const present = inFlight.get(hash);
  if (present) return present;
  const getting = gotten({ path, hash, sizeBytes, priority }, route).finally(() => inFlight.delete(hash));
  inFlight.set(hash, getting);
  const keep = getting
    .then((bytes) => kept.keepFile(hash, bytes, (each) => manifests.names(each)))
    .catch(() => {})
    .finally(() => keeping.delete(keep));
  keeping.add(keep);
  return getting;
}

async function gotten(wanted: Wanted, route: string): Promise<Uint8Array<ArrayBuffer>> {
  const began = world.now();
  const here = await cached(wanted, world);
  if (here) {
    counts.got(route, 'browser', wanted.sizeBytes, world.now() - began);
    return here;
  }
  const [cdn] = await Promise.all([mayAskCdn(route), restored]);
  return patiently(
    () => race(wanted, ranking.ranked(cdn), ranking, world, tell(wanted.path), countingOf(route, wanted.path)),
    world,
  );
}

/** A page whose address says `nocdn=force` takes its extension off the CDN, workers and other pages of it too, while it is open. */
async function mayAskCdn(route: string): Promise<boolean> {
  if (self.portolanSources.cdns.length === 0) return false;
  const pages = await self.clients.matchAll({ type: 'window' });
  return !pages.some(({ url }) => {
    const { pathname, searchParams } = new URL(url);
    return pathname.split('/')[1] === route && searchParams.get('nocdn') === 'force';
  });
}

function countingOf(route: string, path: string): Counting {
  const name = (source: Source): string => (source.kind === 'own' ? 'own' : source.base);
  return {
    got: (source, bytes, millis) => counts.got(route, name(source), bytes, millis),
    failed: (source, cause) => counts.failed(route, name(source), cause, path),
  };
}

function tell(path: string) {
  return (source: Source, cause: SourceFailed['cause']): void => {
    const message: SourceFailed = { portolan: 'source', source: source.base, path, cause };
    void self.clients.matchAll().then((clients) => clients.forEach((client) => client.postMessage(message)));
  };
}
