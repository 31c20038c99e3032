import type { Registered } from './address.js';

/** How an opening ended. */
export interface OpenEnd {
  /** `cancel`: it did not come up, or the user left before it did. */
  action: 'complete' | 'cancel';
  /** Origin that the page came from, if one did. */
  base?: string;
  version?: string;
}

/** Somebody who wants to know how one page loads. */
export interface Load {
  /** An origin did not bring it up and another one is tried, or none did, or there is none to try. */
  failed(state: string): void;
  end(how: OpenEnd): Promise<void>;
}

/** Somebody who wants to know how pages load; `loadsOf` of `@portolan/loader/telemetry` tells nodes. */
export interface Loads {
  /** @param since when the opening began, by `performance.now()` */
  begin(registered: Registered, sessionId: string | undefined, since: number): Load;
}
