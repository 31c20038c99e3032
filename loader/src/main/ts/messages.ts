/** What boot script and service worker tell each other. */
import type { SourceCount } from './telemetry/said.js';

/** From a page: the manifest that belongs to its version. */
export interface PageStarted {
  portolan: 'page';
  route: string;
  version: string;
  /** SHA-256 of the manifest's bytes, hexadecimal. */
  manifest: string;
}

/** To every page: a source failed, and another one took over. */
export interface SourceFailed {
  portolan: 'source';
  /** Base URL of the source that failed. */
  source: string;
  /** Path of the file at which it was noticed. */
  path: string;
  cause: Cause;
}

/** From a page: what sources gave to its extension since it was last told. */
export interface SourcesAsked {
  portolan: 'sources?';
  route: string;
}

/** To the page that asked. */
export interface SourcesTold {
  portolan: 'sources';
  route: string;
  sources: SourceCount[];
}

/** To the page and to the shell that framed it: what became of the page's version. */
export interface VersionNews {
  /** `version`: another one is shown to whoever comes now. `revoked`: the page's own has ended, and the page is loaded again. */
  portolan: 'version' | 'revoked';
  route: string;
  /** The page's own. */
  version: string;
  /** The one in its place; empty where there is none. */
  next: string;
}

/** To the shell that framed the page: how it comes up. */
export interface PageReport {
  /** `boot`: its first script runs; `started`: all that it was written with is there; `failed`: that did not come, twice. */
  portolan: 'boot' | 'started' | 'failed';
  route: string;
  version: string;
  /** Of `failed`: the file that did not come. */
  url?: string;
}

export type Cause = 'unreachable' | 'stalled' | 'status' | 'size' | 'hash';
