import { CHECK_MILLIS, UNSAVED_MILLIS } from '../order.js';
import type { VersionNews } from '../messages.js';

/** What the watch needs of the page; the browser's own in a page, another one in tests. */
export interface Place {
  /** Address of the page. */
  href: string;
  /** Asks for an address by HEAD. */
  head(url: string): Promise<Response>;
  after(millis: number, call: () => void): void;
  /** Tells whoever listens in the page; what listeners pass to `waitUntil` is waited for. */
  tell(news: VersionNews, waitUntil: (promise: Promise<unknown>) => void): void;
  reload(): void;
}

const isRevoked = (answer: Response): boolean => answer.status === 410;

/**
 * Watches what becomes of a page's version. Another version in its place is told and nothing more: the page goes on with its own. When
 * its own was revoked, or is past its retention, the page is loaded again: once all that listeners wait for is done and nothing is
 * marked as unsaved, and at the end of the grace in any case.
 */
export class VersionWatch {
  private told = '';
  private ended = false;
  private unsaved = false;
  private saved = (): void => {};

  constructor(
    private readonly route: string,
    private readonly version: string,
    private readonly place: Place,
  ) {}

  /** Looks now and then, for as long as the page is there. */
  start(): void {
    // Not all pages of a portal at the same moment.
    this.place.after(CHECK_MILLIS * (0.8 + Math.random() * 0.2), () => void this.look().then(() => this.start()));
  }

  /** Says whether there is work that another load would lose. */
  readonly markUnsaved = (unsaved: boolean): void => {
    this.unsaved = unsaved;
    if (!unsaved) this.saved();
  };

  /** Looks once; a region that does not answer says nothing about versions. */
  async look(): Promise<void> {
    if (this.ended) return;
    try {
      const shown = await this.ask('');
      // What is shown at this address may be revoked as well, with nothing in its place.
      const next = isRevoked(shown) ? '' : shown.headers.get('X-Portolan-Version');
      if (next === null || next === this.version || this.ended) return;
      const pinned = await this.ask(this.version);
      if (isRevoked(pinned) || pinned.headers.get('X-Portolan-Pin') === 'expired') {
        await this.end(next);
      } else if (next && next !== this.told) {
        this.told = next;
        this.place.tell(this.news('version', next), () => {});
      }
    } catch {
      // The next look may find somebody.
    }
  }

  /** The controllers of the page's version have ended: another version in its place is the only way on. */
  async callsEnded(): Promise<void> {
    if (this.ended) return;
    try {
      const next = (await this.ask('')).headers.get('X-Portolan-Version');
      if (next && next !== this.version) await this.end(next);
    } catch {
      // The next call that fails tries again.
    }
  }

  private ask(pin: string): Promise<Response> {
    const url = new URL(this.place.href);
    url.hash = '';
    url.searchParams.delete('pin');
    if (pin) {
      // An address that names a version, a stage or a flight knows no pins.
      url.pathname = `/${this.route}`;
      url.searchParams.set('pin', pin);
    }
    return this.place.head(url.href);
  }

  private async end(next: string): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    const work: Promise<unknown>[] = [];
    this.place.tell(this.news('revoked', next), (promise) => work.push(promise));
    if (this.unsaved) work.push(new Promise<void>((resolve) => (this.saved = resolve)));
    const grace = new Promise<void>((resolve) => this.place.after(UNSAVED_MILLIS, resolve));
    await Promise.race([Promise.allSettled(work), grace]);
    this.place.reload();
  }

  private news(what: VersionNews['portolan'], next: string): VersionNews {
    return { portolan: what, route: this.route, version: this.version, next };
  }
}
