import { FETCH_MILLIS, MOST_WRONG, type SourceCount } from './said.js';

/** Counts what sources of bytes gave, by the route of the extension, until somebody takes it. */
export class Counts {
  private byRoute = new Map<string, Map<string, SourceCount>>();

  got(route: string, source: string, bytes: number, millis: number): void {
    const count = this.of(route, source);
    count.fetched++;
    count.bytes += bytes;
    const bucket = FETCH_MILLIS.findIndex((end) => millis <= end);
    const place = bucket < 0 ? FETCH_MILLIS.length : bucket;
    count.millis[place] = (count.millis[place] ?? 0) + 1;
  }

  failed(route: string, source: string, cause: string, path = ''): void {
    const count = this.of(route, source);
    count.failed[cause] = (count.failed[cause] ?? 0) + 1;
    if (cause === 'hash' && path !== '') count.wrong = [...(count.wrong ?? []), path].slice(0, MOST_WRONG);
  }

  /** @param dark whether this browser asked no CDN though there is one */
  take(route: string, dark = false): SourceCount[] {
    const taken = [...(this.byRoute.get(route)?.values() ?? [])];
    if (dark) taken.forEach((each) => (each.dark = true));
    this.byRoute.delete(route);
    return taken;
  }

  private of(route: string, source: string): SourceCount {
    const sources = this.byRoute.get(route) ?? new Map<string, SourceCount>();
    this.byRoute.set(route, sources);
    const count = sources.get(source) ?? { source, fetched: 0, bytes: 0, millis: [...FETCH_MILLIS, 0].map(() => 0), failed: {} };
    sources.set(source, count);
    return count;
  }
}
