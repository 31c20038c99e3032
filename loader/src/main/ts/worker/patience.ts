import { BUSY_MOST_MILLIS, BUSY_TRIES } from '../order.js';
import { AllFailed, type World } from './race.js';

/**
 * Runs a race again that was lost because sources had too much to do: after the time that they asked for, and a little more by chance, so
 * that not everybody is back at once.
 */
export async function patiently<T>(run: () => Promise<T>, world: World, random = Math.random): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof AllFailed) || error.busyMillis === 0 || tries > BUSY_TRIES) throw error;
      const pause = Math.min(error.busyMillis, BUSY_MOST_MILLIS) * (1 + random() / 2);
      await new Promise<void>((resolve) => void world.after(pause, resolve));
    }
  }
}
