/** A share of the users that gets a named version. */
export interface Flight {
  /** Name of the version, as in `/R/ALIAS`. */
  alias: string;
  /** 0 to 100, of all users; the shares of an extension's flights add up to at most 100. */
  percent: number;
}

/** Where what was drawn is kept: the browser's `localStorage`. */
export interface Draws {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const PARTS = 10_000;

/**
 * The flight that this browser is in, if any. A browser draws once for each extension and keeps what it drew: it stays in its flight
 * while shares grow. Private windows draw anew, and so does each page where nothing can be kept.
 *
 * @param random gives numbers from 0 to 1
 */
export function flightOf(
  extension: string,
  flights: readonly Flight[],
  kept: Draws | undefined,
  random: () => number,
): Flight | undefined {
  if (flights.length === 0) return undefined;
  const drawn = draw(`portolan-flight-${extension}`, kept, random);
  let end = 0;
  return flights.find(({ percent }) => drawn < (end += (percent / 100) * PARTS));
}

function draw(key: string, kept: Draws | undefined, random: () => number): number {
  try {
    const before = kept?.getItem(key);
    if (before != null && /^\d{1,4}$/.test(before)) return Number(before);
  } catch {
    // As if nothing had been kept.
  }
  const drawn = Math.floor(random() * PARTS);
  try {
    kept?.setItem(key, String(drawn));
  } catch {
    // Drawn anew next time.
  }
  return drawn;
}
