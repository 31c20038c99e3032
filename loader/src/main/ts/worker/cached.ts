import { HEDGE_MILLIS } from '../order.js';
import type { Wanted, World } from './race.js';

/**
 * The bytes of a file from the browser's own cache, where a page that had no worker yet left what it loaded, under the same address.
 * No network is asked. They are compared as those of every source are; whatever is wrong reads as "not there".
 */
export async function cached(wanted: Wanted, world: World): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const response = await world.fetch(wanted.path, {
      // The only mode that may ask the cache alone, and with it the credentials that the page's own request had: they are part of the key.
      mode: 'same-origin',
      cache: 'only-if-cached',
      // The browser lets nobody read what another page is still loading.
      signal: AbortSignal.timeout(HEDGE_MILLIS),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const right = response.ok && bytes.length === wanted.sizeBytes && (await world.digest(bytes)) === wanted.hash;
    return right ? bytes : undefined;
  } catch {
    return undefined;
  }
}
