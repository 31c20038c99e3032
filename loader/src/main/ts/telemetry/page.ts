import { TELL_FIRST_MILLIS, TELL_MILLIS, TELL_SOON_MILLIS } from '../order.js';
import type { SourceFailed, SourcesTold } from '../messages.js';
import { Batch } from './batch.js';
import { placeOf, isTest } from './browser.js';
import { CallWatch } from './calls.js';
import { Counts } from './counts.js';
import type { PageStart } from './said.js';
import { Sender } from './sender.js';

/** Tells the node of a page what comes up in it and where its files came from, for as long as the page is there. */
export function start(page: PageStart): void {
  watchCalls(page);
  // A boot script of before does not say so.
  if (page.tells === false) return;
  const batch = new Batch();
  const query = new URLSearchParams(location.search);
  const session = query.get('sessionId');
  const sender = new Sender(
    `${location.origin}/${page.route}/telemetry`,
    { version: page.version, ...(session ? { sessionId: session } : {}) },
    isTest(query),
    batch,
    placeOf(),
  );

  // A portal that tells how its pages load says so in their addresses: one load is told once.
  if (parent === window || !query.has('shell')) {
    const { outcome, millis } = page;
    const load = { event: 'ExtensionLoad', name: '', state: '', message: '', millis } as const;
    batch.add({ ...load, action: 'start', millis: 0 });
    if (outcome === 'cancel') batch.add({ ...load, action: 'errored', state: 'FailedToInitialize' });
    batch.add({ ...load, action: outcome });
  }
  page.listen((said) => batch.add(said));

  const own = new Counts();
  let throughWorker = false;
  watchFiles(page.assetBase, own, () => (throughWorker = true));

  let timer: ReturnType<typeof setTimeout> | undefined;
  let due = Infinity;
  const after = (millis: number): void => {
    const at = Date.now() + millis;
    if (at >= due) return;
    due = at;
    clearTimeout(timer);
    timer = setTimeout(() => {
      due = Infinity;
      tell();
      after(TELL_MILLIS);
    }, millis);
  };
  const tell = (): void => {
    own.take(page.route).forEach((each) => batch.addSource(each));
    if (throughWorker) navigator.serviceWorker.controller?.postMessage({ portolan: 'sources?', route: page.route });
    throughWorker = false;
    void sender.send();
  };
  const leave = (): void => {
    own.take(page.route).forEach((each) => batch.addSource(each));
    sender.last();
  };

  hear((message) => {
    if (message?.portolan === 'sources' && message.route === page.route) {
      message.sources.forEach((each) => batch.addSource(each));
      if (message.sources.some((each) => Object.keys(each.failed).length > 0)) void sender.send();
    }
    if (message?.portolan === 'source') {
      throughWorker = true;
      after(TELL_SOON_MILLIS);
    }
  });
  document.addEventListener('visibilitychange', () => document.hidden && leave());
  addEventListener('pagehide', leave);
  after(TELL_FIRST_MILLIS);
  void sender.prepare();
}

function hear(listener: (message: SourcesTold | SourceFailed | undefined) => void): void {
  try {
    navigator.serviceWorker?.addEventListener('message', (event) => listener(event.data as SourcesTold | SourceFailed | undefined));
  } catch {
    // No worker here, and so nothing to hear.
  }
}

/** Counts files that the page got without the worker, which knows of the others. */
function watchFiles(base: string, counts: Counts, seenByWorker: () => void): void {
  const prefix = location.origin + base;
  try {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as PerformanceResourceTiming[]) {
        if (!entry.name.startsWith(prefix)) continue;
        if (entry.workerStart > 0) {
          seenByWorker();
        } else if (!(entry.responseStatus >= 400) && entry.decodedBodySize > 0) {
          const from = entry.transferSize === 0 ? 'browser' : 'own';
          counts.got(base.split('/')[1] as string, from, entry.decodedBodySize, entry.duration);
        }
      }
    }).observe({ type: 'resource', buffered: true });
  } catch {
    // A browser without such records tells of no files.
  }
}

/** Notices calls of controllers that are gone with their version; browsers that do not tell statuses learn it from the next look at it. */
function watchCalls({ api, callsEnded }: PageStart): void {
  const calls = new CallWatch(
    new URL(api, location.origin).href,
    { ask: (url) => fetch(url, { cache: 'no-store', headers: { Accept: 'application/problem+json' } }), now: () => performance.now() },
    callsEnded,
  );
  try {
    new PerformanceObserver((list) => void calls.saw(list.getEntries())).observe({ type: 'resource', buffered: true });
  } catch {
    // No such records here.
  }
}
