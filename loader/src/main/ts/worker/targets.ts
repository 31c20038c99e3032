import { PAGE_MODULE } from '../order.js';

/** What a request of this origin is to us; everything else is left to the browser. */
export type Target =
  | { kind: 'asset'; route: string; version: string; file: string }
  | { kind: 'page' }
  /** What a page tells of itself, and the module that does so. */
  | { kind: 'telling' }
  | { kind: 'teller' }
  | { kind: 'other' };

const OTHER: Target = { kind: 'other' };

/** First segments that are no routes. */
const RESERVED = /^(-.*|api|cdn|CDN|healthz|readyz|metrics|schemas|v1|)$/;

/** Judges a request by its path alone: one worker serves all extensions of its origin. */
export function targetOf(method: string, mode: string, pathname: string): Target {
  const [, route = '', second = '', version = '', ...rest] = pathname.split('/');
  if (/^(GET|POST)$/.test(method) && second === 'telemetry' && version === '' && mode !== 'navigate' && !RESERVED.test(route)) {
    return { kind: 'telling' };
  }
  if (method !== 'GET') return OTHER;
  if (pathname === PAGE_MODULE) return { kind: 'teller' };
  if (RESERVED.test(route)) return OTHER;
  if (second === 'Content' && version !== '') {
    const file = rest.join('/');
    if (file === '') return mode === 'navigate' ? { kind: 'page' } : OTHER;
    try {
      return { kind: 'asset', route, version, file: decodeURIComponent(file).normalize('NFC') };
    } catch {
      return OTHER;
    }
  }
  // /R, /R/ and /R/ALIAS
  if (mode !== 'navigate' || version !== '' || rest.length > 0) return OTHER;
  return /^(api|telemetry|Content|[@-].*)$/.test(second) ? OTHER : { kind: 'page' };
}
