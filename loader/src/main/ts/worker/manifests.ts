import { GIVE_UP_MILLIS, PAGE_HEDGE_MILLIS } from '../order.js';
import { hedged } from './hedge.js';
import type { Kept } from './kept.js';
import type { World } from './race.js';

/** One file of a version. */
export interface File {
  hash: string;
  sizeBytes: number;
  type: string;
}

/** Files of a version by path. */
export type Manifest = Map<string, File>;

/** A manifest in memory costs about 200 bytes a file. */
const IN_MEMORY = 8;

/** Manifests of versions: from memory, from what is kept, from the own region, from other regions; never from a CDN. */
export class Manifests {
  private readonly known = new Map<string, Promise<Manifest>>();
  private readonly loaded = new Map<string, Set<string>>();
  /** What pages said of their manifests. */
  private readonly expected = new Map<string, string>();

  constructor(
    private readonly kept: Kept,
    private readonly regions: () => string[],
    private readonly world: World,
  ) {}

  /** A page of that version said which manifest is its own. */
  expect(route: string, version: string, hash: string): void {
    this.expected.set(`${route}/${version}`, hash);
  }

  /** Rejects when nobody gives it. */
  of(route: string, version: string): Promise<Manifest> {
    const key = `${route}/${version}`;
    const present = this.known.get(key);
    if (present) return present;
    const loading = this.load(key);
    this.known.set(key, loading);
    loading.then(
      (manifest) => {
        this.loaded.set(key, new Set([...manifest.values()].map((file) => file.hash)));
        if (this.known.size > IN_MEMORY) {
          const oldest = this.known.keys().next().value as string;
          this.known.delete(oldest);
          this.loaded.delete(oldest);
        }
      },
      () => this.known.delete(key),
    );
    return loading;
  }

  /** Whether a manifest in memory names the file. */
  names(hash: string): boolean {
    return [...this.loaded.values()].some((hashes) => hashes.has(hash));
  }

  private async load(key: string): Promise<Manifest> {
    const kept = await this.kept.manifest(key);
    if (kept !== undefined && (await this.isRight(key, kept, undefined))) {
      return parse(kept);
    }
    const [route, version] = key.split('/') as [string, string];
    return hedged(
      this.regions().map((base) => () => this.ask(`${base}/${route}/-/manifest/${version}`, key)),
      PAGE_HEDGE_MILLIS,
      this.world.after,
    );
  }

  private async ask(url: string, key: string): Promise<Manifest> {
    const response = await this.world.fetch(url, {
      mode: 'cors',
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(GIVE_UP_MILLIS),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const text = await response.text();
    // The name of a coding stands behind the hash, and `W/` before it where a proxy compressed it.
    const tag = response.headers.get('ETag')?.replace(/^W\//, '').replaceAll('"', '').split('-', 1)[0];
    if (!(await this.isRight(key, text, tag))) throw new Error('hash');
    void this.kept.keepManifest(key, text);
    return parse(text);
  }

  /** By the page's word where there is one, else by the sender's own tag, which at least tells a damaged one. */
  private async isRight(key: string, text: string, tag: string | undefined): Promise<boolean> {
    const hash = this.expected.get(key) ?? tag;
    return hash === undefined || (await this.world.digest(new TextEncoder().encode(text))) === hash;
  }
}

function parse(text: string): Manifest {
  const { files } = JSON.parse(text) as { files: (File & { path: string })[] };
  return new Map(files.map(({ path, hash, sizeBytes, type }) => [path, { hash, sizeBytes, type }]));
}
