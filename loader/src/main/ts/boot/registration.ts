import { CACHE_PREFIX, WAIT_MILLIS, WORKER } from '../order.js';
import type { PageStarted, SourceFailed } from '../messages.js';

const WAITED = 'portolan-waited';

/** One of the two promises resolves at most. */
export interface Worker {
  /** It answers for this page. */
  controls: Promise<unknown>;
  /** There will be none: the page is the own region's alone, as every page is without us, and no CDN is used. */
  isMissing: Promise<unknown>;
}

const never = new Promise<never>(() => {});

/** Sees to it that the worker answers for this origin, and tells it of the page. */
export function register(page: PageStarted, wait: boolean): Worker {
  const workers = container();
  if (!workers) return { controls: never, isMissing: Promise.resolve() };
  const tell = (): void => workers.controller?.postMessage(page);
  workers.addEventListener('message', (event) => notice(event.data as SourceFailed | undefined));
  if (workers.controller) {
    tell();
    void workers.register(WORKER, { scope: '/' }).catch(() => {});
    return { controls: Promise.resolve(), isMissing: never };
  }
  const controls = new Promise<void>((resolve) =>
    workers.addEventListener('controllerchange', () => {
      tell();
      resolve();
    }),
  );
  const registered = workers
    .register(WORKER, { scope: '/' })
    .then((registration) => (registration.installing ?? registration.active)?.postMessage(page));
  const isMissing = registered.then(
    () => never,
    () => {},
  );
  if (wait && mark()) hold(Promise.race([controls, isMissing]));
  return { controls, isMissing };
}

/** Takes the worker away, with all that it keeps. */
export function unregister(): void {
  const workers = container();
  if (!workers) return;
  workers
    .getRegistrations()
    .then((all) => all.filter((each) => each.active?.scriptURL === location.origin + WORKER).forEach((each) => void each.unregister()))
    .then(() => caches.keys())
    .then((names) => names.filter((name) => name.startsWith(CACHE_PREFIX)).forEach((name) => void caches.delete(name)))
    .catch(() => {});
}

/** The page is ended before it asks for anything, and loaded again when the worker is there, or for certain after a while. */
function hold(settled: Promise<unknown>): void {
  stop();
  const bound = new Promise((resolve) => setTimeout(resolve, WAIT_MILLIS));
  void Promise.race([settled, bound]).then(() => location.reload());
}

/** Once a session, and never where a session cannot be remembered. */
function mark(): boolean {
  try {
    if (sessionStorage.getItem(WAITED) !== null) return false;
    sessionStorage.setItem(WAITED, '1');
    return true;
  } catch {
    return false;
  }
}

/** Absent in insecure contexts; reading it throws in a sandboxed frame of an opaque origin. */
function container(): ServiceWorkerContainer | undefined {
  try {
    return navigator.serviceWorker;
  } catch {
    return undefined;
  }
}

function notice(message: SourceFailed | undefined): void {
  if (message?.portolan !== 'source') return;
  console.info(`portolan: ${message.source} failed (${message.cause}) at ${message.path}; another source took over`);
}
