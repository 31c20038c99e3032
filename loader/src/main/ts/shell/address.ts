import type { Flags } from './flags.js';
import type { Flight } from './flights.js';

/** An extension as a portal knows it. */
export interface Registered {
  /** Name, such as `Contoso_Orders`. */
  extension: string;
  /** First segment of its addresses. */
  route: string;
  /** Origins that serve it, best first, such as its own host name; other regions are asked for there. */
  bases: readonly string[];
  /** Address of a named version, `{0}` for the name; without it, `BASE/ROUTE/{0}`. */
  uriFormat?: string;
  flights?: readonly Flight[];
}

/** What a portal says of itself and its user with every page that it opens. */
export interface Session {
  /** Host of the portal; the extension's configuration is chosen by it. */
  trustedAuthority: string;
  /** Language, such as `en`. */
  language?: string;
  /** The same for all pages of a session: while a rollout ramps, they all get the same version. */
  sessionId?: string;
  /** Version that the session stays on while it lasts. */
  pin?: string;
  /** Whether no user but a machine is behind it. */
  test?: boolean;
  /** Whether the portal tells how pages load; set by `open` where it is given `loads`. */
  tells?: boolean;
  /** Whether the page is to get nothing from a CDN; set by `open` where the portal's address says so. */
  nocdn?: boolean;
}

/** Which version is opened, and why. */
export type Choice =
  | { kind: 'usual' }
  /** Named in the portal's own address. */
  | { kind: 'stamp'; alias: string }
  | { kind: 'flight'; alias: string }
  | { kind: 'sideload'; url: string };

/** Sideloads before names before flights. */
export function choiceOf(registered: Registered, flags: Flags, flight: Flight | undefined): Choice {
  const url = flags.sideloads.get(registered.extension);
  if (url !== undefined) return { kind: 'sideload', url };
  const alias = flags.stamps.get(registered.extension);
  if (alias !== undefined) return { kind: 'stamp', alias };
  return flight ? { kind: 'flight', alias: flight.alias } : { kind: 'usual' };
}

/** Address of the page at an origin. */
export function addressOf(registered: Registered, base: string, choice: Choice, session: Session): string {
  const url = new URL(pageOf(registered, base, choice));
  const { searchParams: query } = url;
  query.set('trustedAuthority', session.trustedAuthority);
  if (session.language) query.set('l', session.language);
  if (session.sessionId) query.set('sessionId', session.sessionId);
  // Who asks for a version by name gets that one.
  if (session.pin && choice.kind === 'usual') query.set('pin', session.pin);
  if (choice.kind === 'flight') query.set('flight', '1');
  // Who told by a portal how it loads does not tell so itself.
  if (session.tells) query.set('shell', '1');
  if (session.nocdn) query.set('nocdn', 'force');
  if (session.test) query.set('feature.UserType', 'test');
  return url.href;
}

function pageOf(registered: Registered, base: string, choice: Choice): string {
  if (choice.kind === 'sideload') return choice.url;
  const page = `${base}/${registered.route}`;
  if (choice.kind === 'usual') return page;
  // By a function: a name may hold what replace() would read as a pattern.
  const alias = encodeURIComponent(choice.alias);
  return (registered.uriFormat ?? `${page}/{0}`).replace('{0}', () => alias);
}
