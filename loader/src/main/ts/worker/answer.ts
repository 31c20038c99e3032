import type { File } from './manifests.js';

/**
 * The answer to a request for a file whose bytes are at hand. Made new, never handed through: an answer of another address would take
 * the whole graph of modules there. Type and length come from the manifest.
 */
export function answer(file: File, bytes: BufferSource & { byteLength: number }, range: string | null): Response {
  const headers = new Headers({
    'Content-Type': file.type,
    'Content-Length': String(bytes.byteLength),
    'Cache-Control': 'public, max-age=31536000, immutable',
    ETag: `"${file.hash}"`,
    'Accept-Ranges': 'bytes',
    'Access-Control-Allow-Origin': '*',
    'Timing-Allow-Origin': '*',
    'X-Content-Type-Options': 'nosniff',
  });
  const part = range === null ? undefined : partOf(range, bytes.byteLength);
  if (part === undefined) return new Response(bytes, { headers });
  if (part === 'none') {
    headers.set('Content-Range', `bytes */${bytes.byteLength}`);
    headers.set('Content-Length', '0');
    return new Response(null, { status: 416, headers });
  }
  const view = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  const slice = view.slice(part.first, part.last + 1);
  headers.set('Content-Range', `bytes ${part.first}-${part.last}/${bytes.byteLength}`);
  headers.set('Content-Length', String(slice.length));
  return new Response(slice, { status: 206, headers });
}

/** One range of a file; `undefined` for what is answered with the whole file, which HTTP allows for several ranges. */
export function partOf(range: string, size: number): { first: number; last: number } | 'none' | undefined {
  const match = /^\s*bytes\s*=\s*(\d*)-(\d*)\s*$/i.exec(range);
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [, from = '', to = ''] = match;
  if (from === '') {
    const last = Number(to);
    return last === 0 || size === 0 ? 'none' : { first: Math.max(0, size - last), last: size - 1 };
  }
  const first = Number(from);
  if (to !== '' && Number(to) < first) return undefined;
  return first >= size ? 'none' : { first, last: to === '' ? size - 1 : Math.min(Number(to), size - 1) };
}
