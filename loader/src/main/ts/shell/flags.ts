/** What a portal's own address asks of an extension: another version, or one from the developer's machine. */
export interface Flags {
  /** Value in place of `{0}` in the extension's `uriFormat`, by name of the extension; empty without `feature.canmodifystamps=true`. */
  stamps: ReadonlyMap<string, string>;
  /** Addresses on this machine, by name of the extension; empty without `feature.canmodifyextensions=true`. */
  sideloads: ReadonlyMap<string, string>;
  /** Whether extensions are to get nothing from a CDN, by `nocdn=force`; `nocdn=true` is the portal's own affair. */
  nocdn: boolean;
}

/** Names of extensions; everything else in a query is not meant for us. */
const EXTENSION = /^[A-Za-z][A-Za-z0-9]*_[A-Za-z0-9_]+$/;

/**
 * Reads a portal's address: `?feature.canmodifystamps=true&Contoso_Orders=NAME`, and
 * `?feature.canmodifyextensions=true#?testExtensions={"Contoso_Orders":"https://localhost:44300/orders"}`.
 *
 * @throws Error when sideloads are asked for that are no JSON object of addresses on `https://localhost`
 */
export function flagsOf(address: string): Flags {
  const url = new URL(address);
  const query = url.searchParams;
  const stamps = new Map<string, string>();
  if (query.get('feature.canmodifystamps') === 'true') {
    for (const [name, value] of query) if (EXTENSION.test(name) && value !== '') stamps.set(name, value);
  }
  const sideloads = new Map<string, string>();
  const asked = new URLSearchParams(url.hash.replace(/^#\??/, '')).get('testExtensions');
  if (query.get('feature.canmodifyextensions') === 'true' && asked !== null) {
    for (const [name, value] of Object.entries(parsed(asked))) sideloads.set(name, local(name, value));
  }
  return { stamps, sideloads, nocdn: query.get('nocdn') === 'force' };
}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below.
  }
  throw new Error(`testExtensions: ${text} (expected: a JSON object of addresses by extension)`);
}

/** Only the developer's own machine: a link must not make a portal load what somebody else wrote. */
function local(name: string, value: unknown): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'https:' || url.hostname !== 'localhost' || url.username || url.password) {
    throw new Error(`testExtensions: ${name}: ${String(value)} (expected: an address on https://localhost)`);
  }
  return url.href;
}
