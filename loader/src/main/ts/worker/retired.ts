/// <reference lib="webworker" />
import { CACHE_PREFIX } from '../order.js';

declare const self: ServiceWorkerGlobalScope;

/** What nodes serve in place of the worker when a revision switches it off: it takes everything of ours away, and then itself. */
self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith(CACHE_PREFIX)).map((name) => caches.delete(name))))
      .catch(() => [])
      .then(() => self.registration.unregister()),
  );
});
