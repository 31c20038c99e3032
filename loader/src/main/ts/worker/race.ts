import { DEMOTED_MOST_MILLIS, GIVE_UP_MILLIS, HEDGE_MILLIS, SLOW_AFTER_MILLIS, SLOW_BYTES_PER_SECOND } from '../order.js';
import type { Cause } from '../messages.js';
import type { Ranking, Source } from './source.js';

/** What a file must be. */
export interface Wanted {
  /** `/R/Content/V/PATH`, percent-encoded. */
  path: string;
  /** SHA-256, hexadecimal. */
  hash: string;
  sizeBytes: number;
  /** How much a page waits for it, in the form of RFC 9218; told to the own region alone, as others would have to be asked whether they listen. */
  priority?: string;
}

/** What the race needs of the world. */
export interface World {
  fetch(url: string, init: RequestInit): Promise<Response>;
  digest(bytes: Uint8Array<ArrayBuffer>): Promise<string>;
  now(): number;
  /** Calls back once; the result ends that. */
  after(millis: number, call: () => void): () => void;
}

/** No source gave it; `busyMillis`: one of them is worth asking again so long after, 0 where none said so. */
export class AllFailed extends Error {
  constructor(
    path: string,
    readonly busyMillis = 0,
  ) {
    super(path);
  }
}

/** Whoever counts what came of the sources of a file: each that failed once, and the one that gave it. */
export interface Counting {
  got(source: Source, bytes: number, millis: number): void;
  failed(source: Source, cause: Cause): void;
}

class Failure extends Error {
  constructor(
    readonly why: Cause,
    readonly status = 0,
    readonly busyMillis = 0,
  ) {
    super(why);
  }
}

/**
 * Gets a file from the best source that gives it. The next source is asked as soon as one fails, and beside one that makes no
 * progress: progress is what counts, so a large file over a slow line is not asked for twice, and gets as long as it takes. The first
 * right answer ends the others.
 */
export function race(
  wanted: Wanted,
  ranked: Source[],
  ranking: Ranking,
  world: World,
  notice: (source: Source, cause: Cause) => void,
  counting?: Counting,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const running = new Map<Source, AbortController>();
    const stuck = new Set<Source>();
    const blamed = new Set<Source>();
    const began = world.now();
    const waiting = [...ranked];
    let over = false;
    let busyMillis = 0;

    const end = (): void => {
      over = true;
      endTimer();
      for (const [source, controller] of running) {
        ranking.left(source);
        controller.abort();
      }
      waiting.forEach((source) => ranking.left(source));
    };
    let endTimer = (): void => {};
    /** Something came, from whichever source: there is hope for so long again. */
    const moved = (): void => {
      endTimer();
      if (over) return;
      endTimer = world.after(GIVE_UP_MILLIS, () => {
        end();
        reject(new AllFailed(wanted.path, busyMillis));
      });
    };

    const failed = (source: Source, cause: Cause, status = 0, busy = 0): void => {
      if (busy > 0) busyMillis = busyMillis > 0 ? Math.min(busyMillis, busy) : busy;
      if (!blamed.has(source)) counting?.failed(source, cause);
      blamed.add(source);
      if (ranking.failed(source, cause, status, busy)) notice(source, cause);
    };

    const next = (): void => {
      const source = waiting.shift();
      if (source) {
        ask(source);
      } else if (running.size === 0) {
        end();
        reject(new AllFailed(wanted.path, busyMillis));
      }
    };

    const ask = (source: Source): void => {
      const controller = new AbortController();
      running.set(source, controller);
      const stalled = (): void => {
        if (over || stuck.has(source)) return;
        stuck.add(source);
        // Known to others at once: a page that starts asks for many files, and one of them finding out is enough.
        if (waiting.length > 0) failed(source, 'stalled');
        next();
      };
      transfer(source, wanted, world, controller.signal, stalled, moved)
        .then((bytes) => {
          if (over) return;
          running.delete(source);
          end();
          ranking.succeeded(source);
          counting?.got(source, bytes.length, world.now() - began);
          resolve(bytes);
        })
        .catch((error: unknown) => {
          if (over) return;
          // What it may still send is of no use.
          controller.abort();
          running.delete(source);
          if (!(error instanceof Failure)) {
            // A fault of ours, which another source would not cure.
            end();
            reject(error);
            return;
          }
          failed(source, error.why, error.status, error.busyMillis);
          // One that was stuck has its successor already.
          if (!stuck.has(source) || running.size === 0) next();
        });
    };
    moved();
    next();
  });
}

/** How long a source that has too much to do wants to be left alone; 0 where it says nothing. */
function busyMillis(response: Response): number {
  const seconds = response.status === 503 ? Number(response.headers.get('Retry-After')) : 0;
  return seconds > 0 ? Math.min(seconds * 1000, DEMOTED_MOST_MILLIS) : 0;
}

const unreachable = (): never => {
  throw new Failure('unreachable');
};

async function transfer(
  source: Source,
  wanted: Wanted,
  world: World,
  signal: AbortSignal,
  stalled: () => void,
  moved: () => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const began = world.now();
  let received = 0;
  let endWatch = world.after(HEDGE_MILLIS, stalled);
  const progress = (bytes: number): void => {
    received += bytes;
    moved();
    endWatch();
    const age = world.now() - began;
    if (age > SLOW_AFTER_MILLIS && received < (SLOW_BYTES_PER_SECOND * age) / 1000) {
      stalled();
    }
    endWatch = world.after(HEDGE_MILLIS, stalled);
  };
  try {
    const response = await world
      .fetch(source.base + wanted.path, {
        mode: 'cors',
        credentials: 'omit',
        // What is wrong must not stick in the browser's own cache, and what is right is kept by hash.
        cache: 'no-store',
        headers: source.kind === 'own' && wanted.priority ? { Priority: wanted.priority } : {},
        signal,
      })
      .catch(unreachable);
    if (!response.ok || !response.body) throw new Failure('status', response.status, busyMillis(response));
    progress(0);
    const bytes = new Uint8Array(wanted.sizeBytes);
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read().catch(unreachable);
      if (done) break;
      if (received + value.length > bytes.length) throw new Failure('size');
      bytes.set(value, received);
      progress(value.length);
    }
    endWatch();
    if (received !== bytes.length) throw new Failure('size');
    if ((await world.digest(bytes)) !== wanted.hash) throw new Failure('hash');
    return bytes;
  } finally {
    endWatch();
  }
}
