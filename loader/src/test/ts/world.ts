import { createHash } from 'node:crypto';
import { vi } from 'vitest';
import type { World } from '../../main/ts/worker/race.js';

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text));

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** How a place answers: at once, in pieces over time, with a status, not at all. */
export type Answers = (url: string, signal: AbortSignal | null | undefined) => Promise<Response>;

export const refuses: Answers = () => Promise.reject(new TypeError('Failed to fetch'));

/** No head, ever; ended by whoever asked. */
export const hangs: Answers = (_, signal) =>
  new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));

export const gives =
  (body: string, init: ResponseInit = {}): Answers =>
  () =>
    Promise.resolve(new Response(body, init));

/** Sends the pieces, `millis` before each; after the last it ends, hangs or breaks off. */
export const sends =
  (pieces: string[], millis: number, then: 'end' | 'hang' | 'reset' = 'end'): Answers =>
  (_, signal) =>
    Promise.resolve(
      new Response(
        new ReadableStream({
          start(controller) {
            const left = [...pieces];
            signal?.addEventListener('abort', () => {
              left.length = 0;
              controller.error(signal.reason);
            });
            const step = (): void => {
              if (signal?.aborted) return;
              const piece = left.shift();
              if (piece !== undefined) {
                controller.enqueue(bytesOf(piece));
                setTimeout(step, millis);
              } else if (then === 'end') {
                controller.close();
              } else if (then === 'reset') {
                controller.error(new TypeError('network error'));
              }
            };
            setTimeout(step, millis);
          },
        }),
      ),
    );

/** The world with places by base URL, on faked timers; it records who was asked when. */
export function worldOf(places: Record<string, Answers>): World & { asked: { url: string; at: number }[] } {
  const asked: { url: string; at: number }[] = [];
  const start = Date.now();
  return {
    asked,
    fetch: (url, init) => {
      asked.push({ url, at: Date.now() - start });
      const base = Object.keys(places).find((each) => url.startsWith(each)) as string;
      return (places[base] as Answers)(url, init.signal);
    },
    digest: (bytes) => Promise.resolve(sha256(bytes)),
    now: () => Date.now(),
    after: (millis, call) => {
      const timer = setTimeout(call, millis);
      return () => clearTimeout(timer);
    },
  };
}

/** Lets faked time pass until the promise settles. */
export async function settled<T>(promise: Promise<T>, mostMillis = 120_000): Promise<T> {
  let done = false;
  const end = (): void => {
    done = true;
  };
  promise.then(end, end);
  for (let passed = 0; !done && passed < mostMillis; passed += 10) await vi.advanceTimersByTimeAsync(10);
  if (!done) throw new Error(`not settled after ${mostMillis} ms`);
  return promise;
}

/** A CacheStorage in memory, keys in the order in which they were put, as in browsers. */
export class MemoryCaches {
  readonly named = new Map<string, Map<string, Response>>();
  /** Set to refuse all puts, as a full disk does. */
  full = false;

  private static url(key: RequestInfo | URL): string {
    return new URL(key instanceof Request ? key.url : String(key), 'https://own.test').href;
  }

  keys(): Promise<string[]> {
    return Promise.resolve([...this.named.keys()]);
  }

  delete(name: string): Promise<boolean> {
    return Promise.resolve(this.named.delete(name));
  }

  open(name: string): Promise<Cache> {
    const entries = this.named.get(name) ?? new Map<string, Response>();
    this.named.set(name, entries);
    const cache = {
      match: (key: RequestInfo) => Promise.resolve(entries.get(MemoryCaches.url(key))?.clone()),
      put: (key: RequestInfo, value: Response) => {
        if (this.full) return Promise.reject(new DOMException('full', 'QuotaExceededError'));
        entries.set(MemoryCaches.url(key), value);
        return Promise.resolve();
      },
      delete: (key: RequestInfo) => Promise.resolve(entries.delete(MemoryCaches.url(key))),
      keys: () => Promise.resolve([...entries.keys()].map((url) => new Request(url))),
    };
    return Promise.resolve(cache as unknown as Cache);
  }
}

/** Numbers that are the same in every run (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
