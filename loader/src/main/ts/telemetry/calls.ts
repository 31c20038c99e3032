import { CALL_CHECK_MILLIS } from '../order.js';

/** A request that the page made: what the browser's list of resources says of it. */
export interface Seen {
  name: string;
  responseStatus?: number;
}

/** What the watch needs of the page; the browser's own in a page, another one in tests. */
export interface Calls {
  ask(url: string): Promise<Response>;
  now(): number;
}

/**
 * Watches for calls of the page's controllers that are answered 410 because its version's controllers are no more. Nothing of the page is
 * wrapped: the browser says which of its requests had which status. A controller may answer 410 for reasons of its own, so the mount
 * itself is asked then, and only the region's own word (`code`) counts.
 */
export class CallWatch {
  private askedAt = -Infinity;

  constructor(
    private readonly api: string,
    private readonly calls: Calls,
    private readonly ended: () => Promise<void>,
  ) {}

  /** Looks at requests that have ended. */
  async saw(requests: readonly Seen[]): Promise<void> {
    if (!requests.some((request) => request.responseStatus === 410 && request.name.startsWith(this.api + '/'))) return;
    const now = this.calls.now();
    if (now - this.askedAt < CALL_CHECK_MILLIS) return;
    this.askedAt = now;
    try {
      const answer = await this.calls.ask(this.api + '/');
      if (answer.status !== 410 || !(answer.headers.get('Content-Type') ?? '').includes('problem+json')) return;
      if (((await answer.json()) as { code?: unknown }).code === 'VERSION_GONE') await this.ended();
    } catch {
      // The next call that fails asks again.
    }
  }
}
