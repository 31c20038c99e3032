/** What boot script and service worker tell each other. */

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

export type Cause = 'unreachable' | 'stalled' | 'status' | 'size' | 'hash';
