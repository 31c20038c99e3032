import type { Place } from './sender.js';

/** What is used of `navigator`, which is another one where tests are checked. */
interface Sending {
  sendBeacon(url: string, body: string): boolean;
  webdriver?: boolean;
}

const browser = (): Sending => navigator as unknown as Sending;

/** The browser as it is. */
export const placeOf = (): Place => ({
  fetch: (url, init) => fetch(url, init),
  beacon: (url, body) => {
    try {
      return browser().sendBeacon(url, body);
    } catch {
      // Forbidden by a policy of the page, or not there.
      return false;
    }
  },
  now: () => performance.now(),
});

/** Whether a machine is behind the page, or somebody who says that it is a test; as the reference's `feature.UserType`. */
export const isTest = (query: URLSearchParams): boolean => browser().webdriver === true || Boolean(query.get('feature.UserType'));
