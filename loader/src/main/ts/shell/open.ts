import type { PageReport, VersionNews } from '../messages.js';
import { FIRST_SIGN_MILLIS, READY_MILLIS } from '../order.js';
import { addressOf, choiceOf, type Choice, type Registered, type Session } from './address.js';
import type { Flags } from './flags.js';
import { flightOf } from './flights.js';
import type { Load, Loads } from './loads.js';

/** Why a page did not come up, in the words of the reference. */
export type LoadError =
  /** Nothing of the page was heard of. */
  | 'FirstResponseNotReceived'
  /** Its boot script ran, and it was not there in time. */
  | 'HomePageTimedOut'
  /** It was given up from outside. */
  | 'TimedOut'
  /** Its entry files failed twice. */
  | 'FailedToInitialize';

export interface Try {
  base: string;
  error: LoadError;
}

/** No region brought the page up, or there is no such version. */
export class OpenError extends Error {
  constructor(
    readonly state: 'MaxRetryAttemptsExceeded' | 'InvalidExtensionName' | 'SideloadRefused',
    message: string,
    readonly tries: readonly Try[] = [],
  ) {
    super(message);
  }
}

export interface OpenOptions {
  session: Session;
  flags: Flags;
  /** Asks the user whether code from this machine may run; asked for each sideload, never for anything else. */
  consent?: (extension: string, url: string) => Promise<boolean>;
  /** `sandbox` attribute of the frame, if any. */
  sandbox?: string;
  /** What the page says of its version while it is open. */
  onNews?: (news: VersionNews) => void;
  /** Is told how the page loads: `loadsOf()` of `@portolan/loader/telemetry`. */
  loads?: Loads;
  /** Ends an opening that nobody waits for any more; `open` rejects with its reason. */
  signal?: AbortSignal;
  firstSignMillis?: number;
  readyMillis?: number;
}

export interface Opened {
  frame: HTMLIFrameElement;
  /** Origin that the page came from. */
  base: string;
  version: string;
  choice: Choice;
  /** Origins that failed before. */
  tries: readonly Try[];
}

/** What a node says of an extension's bases. */
interface Bases {
  bases: { url: string; health: string }[];
  /** Whether the asked name is one of the extension's. */
  alias?: boolean;
}

/**
 * Opens an extension in a frame inside `host`. An origin whose page gives no sign, or fails, is left for the next: those that are
 * registered, and other regions in the order of the first node that answers. Rejects with {@link OpenError}.
 */
export async function open(host: Element, registered: Registered, options: OpenOptions): Promise<Opened> {
  const since = performance.now();
  const { session } = options;
  const begin = (bases: readonly string[]): Load | undefined => options.loads?.begin({ ...registered, bases }, session.sessionId, since);
  const { choice, bases } = await prepared(registered, options).catch((error: unknown) => {
    if (error instanceof OpenError && error.state === 'InvalidExtensionName') {
      const load = begin(registered.bases);
      load?.failed(error.state);
      void load?.end({ action: 'cancel' });
    }
    throw error;
  });
  // A developer's machine is no node, and takes nothing.
  const load = choice.kind === 'sideload' ? undefined : begin(bases);
  const tries: Try[] = [];
  for (const base of bases) {
    const frame = document.createElement('iframe');
    frame.title = registered.extension;
    if (options.sandbox !== undefined) frame.setAttribute('sandbox', options.sandbox);
    const ended = await attempt(host, frame, addressOf(registered, base, choice, { ...session, tells: load !== undefined, nocdn: options.flags.nocdn }), registered.route, options);
    if (!('error' in ended)) {
      void load?.end({ action: 'complete', base, version: ended.version });
      return { frame, base, version: ended.version, choice, tries };
    }
    frame.remove();
    if (options.signal?.aborted) {
      void load?.end({ action: 'cancel' });
      throw options.signal.reason;
    }
    tries.push({ base, error: ended.error });
    load?.failed(ended.error);
  }
  load?.failed('MaxRetryAttemptsExceeded');
  void load?.end({ action: 'cancel' });
  throw new OpenError('MaxRetryAttemptsExceeded', `${registered.extension}: ${tries.map((each) => `${each.base}: ${each.error}`).join('; ')}`, tries);
}

async function prepared(registered: Registered, options: OpenOptions): Promise<{ choice: Choice; bases: string[] }> {
  const flight = flightOf(registered.extension, registered.flights ?? [], storage(), Math.random);
  const choice = choiceOf(registered, options.flags, flight);
  if (choice.kind === 'sideload') {
    if (!(await options.consent?.(registered.extension, choice.url))) {
      throw new OpenError('SideloadRefused', `${registered.extension}: ${choice.url} was not allowed`);
    }
    return { choice, bases: [new URL(choice.url).origin] };
  }
  const alias = choice.kind === 'usual' ? '' : choice.alias;
  const node = await ask(registered, alias);
  const others = node?.bases.filter((each) => each.health !== 'DOWN').map((each) => each.url) ?? [];
  const bases = [...new Set([...registered.bases, ...others])];
  if (alias === '' || node?.alias !== false || registered.uriFormat !== undefined) return { choice, bases };
  // A flight without its name was switched off. Who names a version means that one, and gets no other.
  if (choice.kind === 'flight') return { choice: { kind: 'usual' }, bases };
  throw new OpenError('InvalidExtensionName', `${registered.extension} has no version, stage or friendly name ${alias}`);
}

/** Undefined when nobody answers: the page may come up nevertheless. */
async function ask(registered: Registered, alias: string): Promise<Bases | undefined> {
  const query = alias === '' ? '' : `?alias=${encodeURIComponent(alias)}`;
  for (const base of registered.bases) {
    try {
      const response = await fetch(`${base}/-/bases/${registered.route}${query}`, {
        credentials: 'omit',
        cache: 'no-store',
        signal: AbortSignal.timeout(FIRST_SIGN_MILLIS),
      });
      if (response.ok) return (await response.json()) as Bases;
    } catch {
      // The next one, then.
    }
  }
  return undefined;
}

function attempt(
  host: Element,
  frame: HTMLIFrameElement,
  address: string,
  route: string,
  { firstSignMillis = FIRST_SIGN_MILLIS, readyMillis = READY_MILLIS, onNews, signal }: OpenOptions,
): Promise<{ version: string } | { error: LoadError }> {
  return new Promise((resolve) => {
    let timer = setTimeout(() => fail('FirstResponseNotReceived'), firstSignMillis);
    const leave = (): void => fail('TimedOut');
    const fail = (error: LoadError): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
      removeEventListener('message', hear);
      resolve({ error });
    };
    const hear = (event: MessageEvent): void => {
      // By its window, not its origin: that of a sandboxed page is no origin at all.
      if (!frame.isConnected) return removeEventListener('message', hear);
      if (event.source !== frame.contentWindow) return;
      const said = event.data as PageReport | VersionNews | undefined;
      if (said?.route !== route) return;
      if (said.portolan === 'boot') {
        clearTimeout(timer);
        timer = setTimeout(() => fail('HomePageTimedOut'), readyMillis);
      } else if (said.portolan === 'failed') {
        fail('FailedToInitialize');
      } else if (said.portolan === 'started') {
        clearTimeout(timer);
        signal?.removeEventListener('abort', leave);
        resolve({ version: said.version });
      } else if ('next' in said) {
        onNews?.(said);
      }
    };
    if (signal?.aborted) return leave();
    signal?.addEventListener('abort', leave);
    addEventListener('message', hear);
    frame.src = address;
    host.append(frame);
  });
}

function storage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
