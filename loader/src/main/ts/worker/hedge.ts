/**
 * Tries one after the other: the next at once when one fails, and beside it when one has not answered after `millis`. The first that
 * succeeds is the answer; when all fail, the error is that of the first, which is the one that was wanted.
 */
export function hedged<T>(
  tries: (() => Promise<T>)[],
  millis: number,
  after: (millis: number, call: () => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const errors = new Map<number, unknown>();
    let started = 0;
    let over = false;
    let endTimer = (): void => {};
    const next = (): void => {
      endTimer();
      if (over || started === tries.length) return;
      const number = started++;
      // Ended with the race: else each success would cost another try later.
      endTimer = after(millis, next);
      (tries[number] as () => Promise<T>)().then(
        (value) => {
          over = true;
          endTimer();
          resolve(value);
        },
        (error: unknown) => {
          errors.set(number, error);
          if (errors.size === tries.length) {
            endTimer();
            reject(errors.get(0));
          } else if (number === started - 1) {
            next();
          }
        },
      );
    };
    if (tries.length === 0) reject(new Error('nothing to try'));
    next();
  });
}
