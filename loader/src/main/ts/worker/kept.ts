import { CACHE_FORM, KEPT_BYTES, KEPT_FILES, KEPT_MANIFESTS, KEPT_PAGES } from '../order.js';

const FILES = `${CACHE_FORM}files`;
const MANIFESTS = `${CACHE_FORM}manifests`;
const PAGES = `${CACHE_FORM}pages`;
const STATE = `${CACHE_FORM}state`;

/** What is kept is counted after so large a part of its limit was put, whatever the number of files. */
const COUNTED_AFTER = 1 / 8;

/** What this browser keeps for the origin. Every failure reads as "not kept": storage may be full, switched off, or taken away. */
export class Kept {
  private puts = 0;
  /** Bytes put since the limits were looked at. */
  private since = 0;
  /** One at a time: two at once would both count what neither has removed. */
  private trimming: Promise<void> = Promise.resolve();

  constructor(
    private readonly caches: CacheStorage,
    private readonly limits = { bytes: KEPT_BYTES, files: KEPT_FILES, trimEvery: 50 },
  ) {}

  /** The bytes of a file by what they are. The size is part of the key, so that keys alone tell how much is kept. */
  private static key(hash: string, sizeBytes: number): string {
    return `/-/kept/${hash}?${sizeBytes}`;
  }

  async file(hash: string, sizeBytes: number): Promise<ArrayBuffer | undefined> {
    const found = await this.get(FILES, Kept.key(hash, sizeBytes));
    const bytes = await found?.arrayBuffer().catch(() => undefined);
    return bytes?.byteLength === sizeBytes ? bytes : undefined;
  }

  async keepFile(hash: string, bytes: Uint8Array<ArrayBuffer>, inUse: (hash: string) => boolean): Promise<void> {
    if (bytes.length > this.limits.bytes / 4) return;
    const done = await this.put(FILES, Kept.key(hash, bytes.length), new Response(bytes));
    this.since += bytes.length;
    // Also with the first one: a browser ends a worker that rests, and most runs put few.
    if (done && this.puts++ % this.limits.trimEvery !== 0 && this.since <= this.limits.bytes * COUNTED_AFTER) return;
    this.since = 0;
    await this.trim(inUse, done ? 1 : 0.5);
  }

  async manifest(key: string): Promise<string | undefined> {
    return (await this.get(MANIFESTS, `/-/kept/${key}`))?.text().catch(() => undefined);
  }

  async keepManifest(key: string, text: string): Promise<void> {
    await this.put(MANIFESTS, `/-/kept/${key}`, new Response(text));
    await this.shorten(MANIFESTS, KEPT_MANIFESTS);
  }

  page(url: string): Promise<Response | undefined> {
    return this.get(PAGES, url);
  }

  async keepPage(url: string, page: Response): Promise<void> {
    // Put again, so that the order of the keys is the order of use.
    await this.remove(PAGES, url);
    await this.put(PAGES, url, page);
    await this.shorten(PAGES, KEPT_PAGES);
  }

  async state(name: string): Promise<string | undefined> {
    return (await this.get(STATE, `/-/kept/${name}`))?.text().catch(() => undefined);
  }

  async keepState(name: string, text: string): Promise<void> {
    await this.put(STATE, `/-/kept/${name}`, new Response(text));
  }

  /** Removes until the limits hold: files that no manifest in use names, then the oldest. */
  private trim(inUse: (hash: string) => boolean, share: number): Promise<void> {
    this.trimming = this.trimming.then(() => this.trimNow(inUse, share)).catch(() => {});
    return this.trimming;
  }

  private async trimNow(inUse: (hash: string) => boolean, share: number): Promise<void> {
    const cache = await this.caches.open(FILES);
    const entries = (await cache.keys()).map((request) => {
      const url = new URL(request.url);
      return { request, hash: url.pathname.slice(url.pathname.lastIndexOf('/') + 1), bytes: Number(url.search.slice(1)) };
    });
    let bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    let files = entries.length;
    const order = [...entries.filter((entry) => !inUse(entry.hash)), ...entries.filter((entry) => inUse(entry.hash))];
    for (const entry of order) {
      if (bytes <= this.limits.bytes * share && files <= this.limits.files * share) return;
      await cache.delete(entry.request);
      bytes -= entry.bytes;
      files--;
    }
  }

  private async shorten(name: string, most: number): Promise<void> {
    try {
      const cache = await this.caches.open(name);
      const keys = await cache.keys();
      await Promise.all(keys.slice(0, Math.max(0, keys.length - most)).map((key) => cache.delete(key)));
    } catch {
      // As if it had been kept by somebody else.
    }
  }

  private async get(name: string, key: string): Promise<Response | undefined> {
    try {
      return await (await this.caches.open(name)).match(key);
    } catch {
      return undefined;
    }
  }

  private async put(name: string, key: string, value: Response): Promise<boolean> {
    try {
      await (await this.caches.open(name)).put(key, value);
      return true;
    } catch {
      return false;
    }
  }

  private async remove(name: string, key: string): Promise<void> {
    try {
      await (await this.caches.open(name)).delete(key);
    } catch {
      // Nothing to remove, then.
    }
  }
}
