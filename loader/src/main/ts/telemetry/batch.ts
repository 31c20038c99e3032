import { MOST_WRONG, type Said, type SourceCount } from './said.js';

/** One or several things that happened, as the node is told. */
export interface Entry extends Said {
  count: number;
}

/** Entries of a batch. */
const MOST_ENTRIES = 100;
/** Entries of the same fate, each with its own duration; beyond, one stands for several. */
const MOST_ALIKE = 5;
const MOST_NAME = 128;
const MOST_MESSAGE = 200;
const MOST_SOURCES = 16;
const MOST_COUNT = 10_000;
const MOST_MILLIS = 3_600_000;

/**
 * What is to be told. However much happens, it stays small and every count is right: what has the same fate is one entry with a count
 * and the duration of one of them, picked at random.
 */
export class Batch {
  private entries = new Map<string, Entry[]>();
  private size = 0;
  private sources = new Map<string, SourceCount>();
  private dropped = 0;

  constructor(private readonly random: () => number = Math.random) {}

  add(said: Said): void {
    const entry: Entry = {
      ...said,
      name: plain(said.name, MOST_NAME),
      message: plain(said.message, MOST_MESSAGE),
      millis: Math.min(Math.max(0, Math.round(said.millis)), MOST_MILLIS),
      count: 1,
    };
    this.put(entry);
  }

  private put(entry: Entry): void {
    const key = JSON.stringify([entry.event, entry.action, entry.name, entry.state]);
    const alike = this.entries.get(key) ?? [];
    if (alike.length === 0 && this.size >= MOST_ENTRIES) this.makeRoom();
    if (alike.length < MOST_ALIKE && this.size < MOST_ENTRIES) {
      alike.push(entry);
      this.entries.set(key, alike);
      this.size++;
      return;
    }
    this.merge(entry, alike);
  }

  /** A fate of its own is worth more than one more duration of another. */
  private makeRoom(): void {
    const largest = [...this.entries.values()].reduce((a, b) => (b.length > a.length ? b : a));
    if (largest.length < 2) return;
    this.size--;
    this.merge(largest.pop() as Entry, largest);
  }

  private merge(entry: Entry, alike: Entry[]): void {
    const stands = alike[Math.floor(this.random() * alike.length)];
    if (!stands || stands.count + entry.count > MOST_COUNT) {
      this.dropped += entry.count;
      return;
    }
    stands.count += entry.count;
    // Each of those that it stands for is as likely to give its duration.
    if (this.random() * stands.count < entry.count) Object.assign(stands, { millis: entry.millis, message: entry.message });
  }

  addSource(told: SourceCount): void {
    const known = this.sources.get(told.source);
    if (!known) {
      if (this.sources.size < MOST_SOURCES) this.sources.set(told.source, { ...told, failed: { ...told.failed } });
      return;
    }
    known.fetched += told.fetched;
    known.bytes += told.bytes;
    known.millis = known.millis.map((count, i) => count + (told.millis[i] ?? 0));
    for (const [cause, count] of Object.entries(told.failed)) known.failed[cause] = (known.failed[cause] ?? 0) + count;
    if (told.dark) known.dark = true;
    if (told.wrong) known.wrong = [...(known.wrong ?? []), ...told.wrong].slice(0, MOST_WRONG);
  }

  /** Takes everything out; a page that speaks for no others tells only what failed. */
  take(failuresOnly: boolean): { events: Entry[]; sources: SourceCount[]; dropped: number } {
    const events = [...this.entries.values()].flat().filter((entry) => !failuresOnly || entry.action === 'errored');
    const sources = [...this.sources.values()].filter((each) => !failuresOnly || Object.keys(each.failed).length > 0);
    const dropped = Math.min(this.dropped, MOST_COUNT);
    this.entries.clear();
    this.sources.clear();
    this.size = 0;
    this.dropped = 0;
    return { events, sources, dropped };
  }

  /** Puts back what could not be told. */
  restore(taken: { events: Entry[]; sources: SourceCount[]; dropped: number }): void {
    taken.events.forEach((entry) => this.put(entry));
    taken.sources.forEach((source) => this.addSource(source));
    this.dropped += taken.dropped;
  }
}

/** What a node takes as a name. */
function plain(text: string, most: number): string {
  return String(text).replace(/[\x00-\x1f\x7f]/g, ' ').slice(0, most);
}
