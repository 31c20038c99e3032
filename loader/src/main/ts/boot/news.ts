import { CallWatch } from './calls.js';
import { VersionWatch } from './versions.js';

/** The watch of this page and of its calls. Events `portolan:version` and `portolan:revoked` come on window; the shell that framed it is told as well. */
export function watchVersion(route: string, version: string, api: string): VersionWatch {
  const watch = new VersionWatch(route, version, {
    href: location.href,
    head: (url) => fetch(url, { method: 'HEAD', cache: 'no-store' }),
    after: (millis, call) => void setTimeout(call, millis),
    tell: (news, waitUntil) => {
      dispatchEvent(new CustomEvent(`portolan:${news.portolan}`, { detail: { ...news, waitUntil } }));
      if (parent !== window) parent.postMessage(news, '*');
    },
    reload: () => location.reload(),
  });
  watch.start();
  // A tab that was hidden for hours, with its timers held back, is seen again.
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void watch.look();
  });
  const calls = new CallWatch(
    new URL(api, location.origin).href,
    { ask: (url) => fetch(url, { cache: 'no-store', headers: { Accept: 'application/problem+json' } }), now: () => performance.now() },
    () => watch.callsEnded(),
  );
  // Browsers that do not tell statuses learn it from the next look at the version.
  new PerformanceObserver((list) => void calls.saw(list.getEntries())).observe({ type: 'resource' });
  return watch;
}
