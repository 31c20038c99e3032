import { VersionWatch } from './versions.js';

/** The watch of this page. Events `portolan:version` and `portolan:revoked` come on window; the shell that framed it is told as well. */
export function watchVersion(route: string, version: string): VersionWatch {
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
  return watch;
}
