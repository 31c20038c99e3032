import { TELL_TIMEOUT_MILLIS } from '../order.js';

/** Said to a page instead of an error, which its console would show though nobody can do anything about it. */
const answer = (refused: number): Response => Response.json({ refused });

/** The module that tells, where no region gives it: it does nothing. */
const NOTHING = 'export const start = () => {};';

/**
 * What a page tells of itself goes to its own region, else to another one: the page has enough to do without it, and the region that is
 * gone is what is to be told. Never fails.
 */
export async function telling(request: Request, bases: string[]): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const body = request.method === 'POST' ? await request.text() : null;
  for (const base of bases) {
    try {
      const response = await fetch(base + pathname + search, {
        method: request.method,
        body,
        mode: 'cors',
        credentials: 'omit',
        cache: 'no-store',
        signal: AbortSignal.timeout(TELL_TIMEOUT_MILLIS),
      });
      if (response.status >= 500) continue;
      if (response.status === 204) return new Response(null, { status: 204 });
      return response.ok ? new Response(response.body) : answer(response.status);
    } catch {
      // Another one, then.
    }
  }
  return answer(0);
}

/** The module that tells, from the first region that gives it. */
export async function teller(path: string, bases: string[]): Promise<Response> {
  const headers = { 'Content-Type': 'text/javascript' };
  for (const base of bases) {
    try {
      const response = await fetch(base + path, {
        mode: 'cors',
        credentials: 'omit',
        signal: AbortSignal.timeout(TELL_TIMEOUT_MILLIS),
      });
      // An answer of another address is never handed through.
      if (response.ok) return new Response(await response.blob(), { headers });
    } catch {
      // Another one, then.
    }
  }
  return new Response(NOTHING, { headers });
}
