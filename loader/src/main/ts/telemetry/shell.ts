import type { Load, Loads, OpenEnd } from '../shell/loads.js';
import { Batch } from './batch.js';
import { isTest, placeOf } from './browser.js';
import type { LoadAction } from './said.js';
import { Sender, type Place } from './sender.js';

/** A load that takes so long gets its token ahead: whoever leaves now leaves no time for one. */
const AHEAD_MILLIS = 1000;

/** Tells nodes how a portal's pages load: give it to `open`. */
export function loadsOf(place: Place = placeOf(), test = isTest(new URLSearchParams(location.search))): Loads {
  return {
    begin({ route, bases }, sessionId, since): Load {
      const batch = new Batch();
      const say = (action: LoadAction, state = ''): void =>
        batch.add({ event: 'ExtensionLoad', action, name: '', state, millis: action === 'start' ? 0 : place.now() - since, message: '' });
      const senderOf = (base: string, version: string): Sender =>
        new Sender(`${base}/${route}/telemetry`, { version, ...(sessionId ? { sessionId } : {}) }, test, batch, place);
      let ahead: Sender | undefined;
      const timer = setTimeout(() => {
        ahead = senderOf(bases[0] ?? '', '');
        void ahead.prepare();
      }, AHEAD_MILLIS);
      const leave = (): void => {
        say('cancel');
        ahead?.last();
      };
      addEventListener('pagehide', leave, { once: true });
      say('start');
      return {
        failed: (state) => say('errored', state),
        async end({ action, base, version }: OpenEnd): Promise<void> {
          clearTimeout(timer);
          removeEventListener('pagehide', leave);
          say(action);
          // The region that gave the page is well; otherwise any that takes it.
          for (const each of base === undefined ? bases : [base, ...bases.filter((other) => other !== base)]) {
            if (await senderOf(each, version ?? '').send()) return;
          }
        },
      };
    },
  };
}
