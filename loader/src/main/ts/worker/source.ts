import { DEMOTED_MILLIS, DEMOTED_MOST_MILLIS, WRONG_FILES } from '../order.js';
import type { Cause } from '../messages.js';

/** A place that gives the bytes of files: `base + '/R/Content/V/PATH'`. */
export interface Source {
  kind: 'cdn' | 'own' | 'region';
  base: string;
}

/**
 * CDNs that this run of the worker asks. One draw (0 up to 100) for all of them, so that a share of browsers is without any where all
 * have the same share. The worker runs anew often enough for a new draw to be as good as one that is kept.
 */
export function cdnsOf({ cdns, shares }: { cdns: string[]; shares?: number[] }, draw: number): string[] {
  return cdns.filter((_, i) => draw < (shares?.[i] ?? 100));
}

/** What is remembered about a source that failed. Times are milliseconds of the epoch. */
interface Record {
  until: number;
  millis: number;
  wrong: number;
  wrongSince: number;
}

/**
 * Sources in the order in which they are asked: as given, those that failed last. One request at a time tries a failed source again
 * once its time is over; the others go past it until that one has succeeded.
 */
export class Ranking {
  private records = new Map<string, Record>();
  private trying = new Set<string>();

  constructor(
    private readonly sources: Source[],
    private readonly now: () => number,
    private readonly changed: (saved: string) => void = () => {},
  ) {}

  /** Sources of a file, best first; the first may be one that is tried again. */
  ranked(withCdn = true): Source[] {
    const good: Source[] = [];
    const failed: Source[] = [];
    let tries = false;
    for (const source of this.sources) {
      if (!withCdn && source.kind === 'cdn') continue;
      const record = this.records.get(source.base);
      if (!record || record.until === 0) {
        good.push(source);
      } else if (!tries && record.until <= this.now() && !this.trying.has(source.base)) {
        tries = true;
        this.trying.add(source.base);
        good.push(source);
      } else {
        failed.push(source);
      }
    }
    return [...good, ...failed];
  }

  isFailed(source: Source): boolean {
    return (this.records.get(source.base)?.until ?? 0) > 0;
  }

  /** It gave what was asked. */
  succeeded(source: Source): void {
    this.trying.delete(source.base);
    const record = this.records.get(source.base);
    // Right files between wrong ones are no reason to forget these: a corrupt cache has both.
    if (record && record.until > 0) {
      this.records.delete(source.base);
      this.save();
    }
  }

  /** It was asked and the answer does not matter any more. */
  left(source: Source): void {
    this.trying.delete(source.base);
  }

  /** It failed, or is busy for `busyMillis`; whether it goes to the end of the list by that, and did not stand there yet. */
  failed(source: Source, cause: Cause, status = 0, busyMillis = 0): boolean {
    this.trying.delete(source.base);
    const now = this.now();
    const record = this.records.get(source.base) ?? { until: 0, millis: DEMOTED_MILLIS, wrong: 0, wrongSince: now };
    this.records.set(source.base, record);
    const aboutTheFile = cause === 'hash' || cause === 'size' || (cause === 'status' && status < 500);
    if (aboutTheFile && record.until === 0) {
      if (now - record.wrongSince > DEMOTED_MILLIS) {
        record.wrong = 0;
        record.wrongSince = now;
      }
      record.wrong++;
      // A region that lacks one version is a good source of the others.
      if (source.kind !== 'cdn' || record.wrong < WRONG_FILES) return false;
    }
    const before = record.until;
    if (before > now) return false;
    if (before > 0 && busyMillis === 0) record.millis = Math.min(record.millis * 2, DEMOTED_MOST_MILLIS);
    // One that is busy says itself how long, and is no worse for it.
    record.until = now + (busyMillis > 0 ? busyMillis : record.millis);
    this.save();
    return before === 0;
  }

  /** What should outlive the worker, which ends when it has nothing to do. */
  saved(): string {
    return JSON.stringify([...this.records].filter(([, record]) => record.until > 0));
  }

  /** Takes up what another run saved, unless something is known already. */
  restore(saved: string): void {
    for (const [base, record] of JSON.parse(saved) as [string, Record][]) {
      if (!this.records.has(base) && typeof record.until === 'number') this.records.set(base, record);
    }
  }

  private save(): void {
    this.changed(this.saved());
  }
}
