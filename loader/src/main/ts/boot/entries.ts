import { ENTRY_GRACE_MILLIS, ENTRY_MILLIS } from '../order.js';
import type { Worker } from './registration.js';

const FLAG = 'portolan-reloaded';

/**
 * First visit: the page began without the worker, so its entry files came straight from the own region. Where one fails or hangs
 * there, the page is loaded once more, under the worker, which has other sources. Once a session: a page that fails for another
 * reason must not go round in circles.
 *
 * @param base       path that the version's files stand below
 * @param worker     whether and when the worker answers for this page
 * @param gaveUp     called when another load does not help
 * @return whether nothing has failed so far
 */
export function watchEntries(base: string, worker: Worker, gaveUp: (url: string) => void): () => Promise<boolean> {
  const done = new WeakSet<Element>();
  let reloading = false;
  let whole = Promise.resolve(true);

  const reload = (url: string): void => {
    if (reloading) return;
    reloading = true;
    if (hasReloaded()) {
      gaveUp(url);
    } else {
      location.reload();
    }
  };

  const look = (event: Event): void => {
    const element = event.target;
    if (!(element instanceof Element)) return;
    const url = entryUrl(element, base);
    if (url === undefined) return;
    done.add(element);
    // Under the worker others are asked; where there will be none, a second try asks the same region, once.
    if (event.type !== 'error' || started()) return;
    const lacks = isNowhere(url);
    whole = Promise.all([whole, lacks]).then((all) => all[0] && all[1]);
    void lacks.then((is) => (is ? undefined : Promise.race([worker.controls, worker.isMissing]).then(() => reload(url))));
  };
  addEventListener('load', look, true);
  addEventListener('error', look, true);

  const isStuck = (element: Element, url: string): boolean => !done.has(element) && !hasArrived(url);

  void worker.controls.then(() =>
    setTimeout(() => {
      for (const element of document.querySelectorAll('script[src],link[rel~=stylesheet]')) {
        const url = entryUrl(element, base);
        if (url === undefined || !isStuck(element, url)) continue;
        // Slow or stuck? What has come through the worker before shows that it is worth loading the page again.
        fetch(url)
          .then((response) => response.arrayBuffer())
          .then(() => setTimeout(() => isStuck(element, url) && reload(url), ENTRY_GRACE_MILLIS))
          .catch(() => {});
      }
    }, ENTRY_MILLIS),
  );
  return () => whole;
}

/** Whether the version has no such file: then the page does without it, wherever it comes from. */
function isNowhere(url: string): Promise<boolean> {
  return fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(ENTRY_MILLIS) }).then(
    (answer) => answer.status === 404,
    () => false,
  );
}

/** Whether all bytes are here: a large script that is being compiled and run has no load event yet. */
function hasArrived(url: string): boolean {
  const all = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
  // Beyond so many a browser records no more.
  return all.length >= 250 || all.some((each) => each.name === url && each.initiatorType !== 'fetch');
}

const started = (): boolean => document.readyState === 'complete';

/** The address of a script or style sheet that belongs to the page as it was written; what is fetched ahead or is an icon does not. */
function entryUrl(element: Element, base: string): string | undefined {
  const isEntry = element.matches('script[src],link[rel~=stylesheet],link[rel~=modulepreload]');
  const url = isEntry ? ((element as HTMLScriptElement).src || (element as HTMLLinkElement).href) : '';
  return url.startsWith(location.origin + base) ? url : undefined;
}

/** Whether this session has done so before; marks that it has. */
function hasReloaded(): boolean {
  try {
    const before = sessionStorage.getItem(FLAG) !== null;
    sessionStorage.setItem(FLAG, '1');
    return before;
  } catch {
    return true;
  }
}
