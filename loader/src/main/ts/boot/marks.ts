import type { Blade, LoadAction, LoadEvent, Part, Said } from '../telemetry/said.js';

/** What is said before somebody listens is kept up to so much. */
const MOST_EARLY = 200;

const early: Said[] = [];
let listener = (said: Said): void => {
  if (early.length < MOST_EARLY) early.push(said);
};
/** Ends what has not come up when the page goes. */
const unfinished = new Set<() => void>();
addEventListener('pagehide', () => unfinished.forEach((cancel) => cancel()));

export function listen(hear: (said: Said) => void): void {
  early.splice(0).forEach(hear);
  listener = hear;
}

/** Marks the start of these events; each of them ends once. */
function begin(name: string, ...events: LoadEvent[]) {
  const since = performance.now();
  const left = new Set(events);
  const say = (event: LoadEvent, action: LoadAction, state = '', message = ''): void =>
    listener({ event, action, name, state, millis: action === 'start' ? 0 : performance.now() - since, message });
  const end = (count: number, action: LoadAction, state?: string, message?: string): void => {
    for (const event of events.slice(0, count)) if (left.delete(event)) say(event, action, state, message);
    if (left.size === 0) unfinished.delete(cancel);
  };
  const cancel = (): void => end(2, 'cancel');
  unfinished.add(cancel);
  events.forEach((event) => say(event, 'start'));
  return { end, cancel, failed: (state: string, message?: string): void => end(2, 'errored', state, message) };
}

export const blade = (name: string): Blade => {
  const { end, ...mark } = begin(name, 'BladeLoaded', 'BladeFullReady');
  return { loaded: () => end(1, 'complete'), ready: () => end(2, 'complete'), ...mark };
};

export const part = (name: string): Part => {
  const { end, ...mark } = begin(name, 'PartLoaded');
  return { ready: () => end(1, 'complete'), ...mark };
};
