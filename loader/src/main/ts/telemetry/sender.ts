import { TELL_PAUSE_MILLIS, TELL_PAUSE_MOST_MILLIS } from '../order.js';
import type { Batch } from './batch.js';

/** What the sender needs of the browser. */
export interface Place {
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Hands a body over to be sent though the page goes; whether the browser takes it. */
  beacon(url: string, body: string): boolean;
  /** Milliseconds of some clock. */
  now(): number;
}

/** What a node answers to whoever wants to tell. */
interface Admission {
  token: string;
  /** Of how many sessions this one speaks; 0 for one that tells failures only. */
  every: number;
  expiresInSeconds: number;
}

/** Longest body that a node reads. */
const MOST_BYTES = 16 << 10;
/** A token that ends so soon is not used any more. */
const MARGIN_MILLIS = 60_000;
/** A token of another node, or of one that was started anew: another one is worth one try. */
const REFUSED = 403;

/**
 * Sends batches to the node of a page. Nothing here may disturb a page: a node that fails, or refuses, is left alone for a while, what was
 * to be told is kept, and where it becomes too much, counted.
 */
export class Sender {
  private admission: (Admission & { until: number }) | undefined;
  private pausedUntil = 0;
  private pause = TELL_PAUSE_MILLIS;
  private busy: Promise<boolean> = Promise.resolve(true);

  /**
   * @param url       where the extension's telemetry goes
   * @param query     what the token is for
   * @param test      whether a machine and no user is behind it
   */
  constructor(
    private readonly url: string,
    private readonly query: Record<string, string>,
    private readonly test: boolean,
    private readonly batch: Batch,
    private readonly place: Place,
  ) {}

  /** Gets a token ahead of need. */
  async prepare(): Promise<void> {
    await this.admitted().catch(() => this.failed());
  }

  /** Tells what there is; whether the node took it, or there was nothing. One after the other. */
  send(): Promise<boolean> {
    this.busy = this.busy.then(() => this.sendNow(true)).catch(() => false);
    return this.busy;
  }

  /** The page goes: only what needs no answer can be done, and what there is no token for is lost. */
  last(): void {
    const { admission } = this;
    if (!admission || admission.until <= this.place.now()) return;
    for (let body = this.body(admission); body; body = this.body(admission)) {
      if (!this.place.beacon(this.url, body)) {
        void this.place.fetch(this.url, this.posting(body)).catch(() => {});
      }
    }
  }

  private async sendNow(again: boolean): Promise<boolean> {
    if (this.place.now() < this.pausedUntil) return false;
    let taken: ReturnType<Batch['take']> | undefined;
    try {
      const admission = await this.admitted();
      for (;;) {
        taken = this.batch.take(admission.every === 0);
        const body = this.fit(admission, taken);
        if (!body) return true;
        const response = await this.place.fetch(this.url, this.posting(body));
        const { refused } = (response.status === 204 ? {} : await said(response)) as { refused?: number };
        if (refused !== undefined) throw new Refused(refused);
        this.pause = TELL_PAUSE_MILLIS;
      }
    } catch (error) {
      const status = error instanceof Refused ? error.status : 0;
      // What is malformed stays so.
      if (taken && (status < 400 || status === REFUSED || status === 429 || status >= 500)) this.batch.restore(taken);
      if (status === REFUSED && again) {
        this.admission = undefined;
        return this.sendNow(false);
      }
      this.failed();
      return false;
    }
  }

  private failed(): void {
    this.pausedUntil = this.place.now() + this.pause;
    this.pause = Math.min(this.pause * 2, TELL_PAUSE_MOST_MILLIS);
  }

  private async admitted(): Promise<Admission> {
    const now = this.place.now();
    if (this.admission && this.admission.until > now) return this.admission;
    const response = await this.place.fetch(`${this.url}?${new URLSearchParams(this.query)}`, {
      credentials: 'omit',
      cache: 'no-store',
    });
    const given = (await said(response)) as Admission;
    if (!given.token) throw new Refused(0);
    this.admission = { ...given, until: now + given.expiresInSeconds * 1000 - MARGIN_MILLIS };
    return given;
  }

  private body(admission: Admission): string {
    return this.fit(admission, this.batch.take(admission.every === 0));
  }

  /** As much as a node reads; the rest goes back. Empty when there is nothing. */
  private fit(admission: Admission, taken: ReturnType<Batch['take']>): string {
    const { sources, dropped } = taken;
    let { events } = taken;
    if (events.length === 0 && sources.length === 0) return '';
    for (;;) {
      const body = JSON.stringify({ schema: 1, token: admission.token, test: this.test, events, sources, dropped });
      if (events.length <= 1 || new TextEncoder().encode(body).length <= MOST_BYTES) {
        const rest = taken.events.slice(events.length);
        taken.events = events;
        this.batch.restore({ events: rest, sources: [], dropped: 0 });
        return body;
      }
      events = events.slice(0, Math.ceil(events.length / 2));
    }
  }

  /** Text and no JSON by its type, so that a portal's post needs no preflight; without cookies. */
  private posting(body: string): RequestInit {
    return { method: 'POST', body, keepalive: true, credentials: 'omit', cache: 'no-store' };
  }
}

/** A node refuses by its status, the worker in words, so that no console shows it. */
const said = async (response: Response): Promise<object> => (response.ok ? ((await response.json()) as object) : { refused: response.status });

class Refused extends Error {
  constructor(readonly status: number) {
    super(String(status));
  }
}
