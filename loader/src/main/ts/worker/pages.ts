import { GIVE_UP_MILLIS, PAGE_HEDGE_MILLIS, PAGE_LATE_MILLIS } from '../order.js';
import { hedged } from './hedge.js';
import type { Kept } from './kept.js';
import type { World } from './race.js';

/** An answer that says that something is wrong with whoever gave it. */
class Unwell extends Error {
  constructor(readonly response: Response) {
    super(String(response.status));
  }
}

/**
 * The page that a navigation asks for: from the own region; from another one when that is dead, slow or unwell; when no region can be
 * reached, the page as it was seen last; else a page that says so. The address, and with it cookies and origin, stay those asked for.
 */
export function page(
  request: Request,
  own: (request: Request) => Promise<Response>,
  regions: string[],
  kept: Kept,
  world: World,
): Promise<Response> {
  let endLate = (): void => {};
  // Regions that say nothing at all are not waited for by whoever has been here before.
  const late = new Promise<Response>((resolve) => {
    endLate = world.after(PAGE_LATE_MILLIS, () => void kept.page(request.url).then((last) => last && resolve(last)));
  });
  return Promise.race([answered(request, own, regions, kept, world), late]).finally(endLate);
}

async function answered(
  request: Request,
  own: (request: Request) => Promise<Response>,
  regions: string[],
  kept: Kept,
  world: World,
): Promise<Response> {
  const { pathname, search, href } = new URL(request.url);
  const well = (response: Response): Response => {
    if (response.status >= 500) throw new Unwell(response);
    return response;
  };
  const tries = [
    async () => well(await own(request)),
    ...regions.map((base) => async () => {
      const response = well(
        await world.fetch(base + pathname + search, {
          mode: 'cors',
          credentials: 'omit',
          cache: 'no-store',
          headers: { Accept: request.headers.get('Accept') ?? 'text/html' },
          signal: AbortSignal.timeout(GIVE_UP_MILLIS),
        }),
      );
      // A region may lack the extension, or a version: its "not found" says nothing about the own one.
      if (!response.ok) throw new Unwell(response);
      return new Response(response.body, { status: response.status, headers: headersOf(response) });
    }),
  ];
  try {
    const found = await hedged(tries, PAGE_HEDGE_MILLIS, world.after);
    if (found.ok && found.type !== 'opaqueredirect' && !/no-store/.test(found.headers.get('Cache-Control') ?? '')) {
      void kept.keepPage(href, found.clone());
    }
    return found;
  } catch (error) {
    const last = await kept.page(href);
    if (last) return last;
    return error instanceof Unwell ? error.response : unreachable();
  }
}

/** What describes the transfer and not the page stays behind: the bytes are decoded already. */
function headersOf(response: Response): Headers {
  const headers = new Headers(response.headers);
  for (const name of ['Content-Encoding', 'Content-Length', 'Transfer-Encoding', 'Connection']) headers.delete(name);
  return headers;
}

function unreachable(): Response {
  return new Response(
    '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Not reachable</title>' +
      '<style>body{font:16px/1.5 system-ui,sans-serif;margin:4rem auto;max-width:40rem;padding:0 1rem}</style>' +
      '<h1>Not reachable</h1><p>No region can be reached, and this page was not opened here before. ' +
      'Check the network connection and <a href="">try again</a>.',
    {
      status: 503,
      headers: {
        'Content-Type': 'text/html; charset=utf-8',
        'Cache-Control': 'no-store',
        'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
      },
    },
  );
}
