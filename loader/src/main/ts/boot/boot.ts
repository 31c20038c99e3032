import { watchEntries } from './entries.js';
import { repairFragments } from './links.js';
import { blade, listen, part } from './marks.js';
import type { PageReport } from '../messages.js';
import { watchVersion } from './news.js';
import { PAGE_MODULE } from '../order.js';
import type { Blade, PageStart, Part } from '../telemetry/said.js';
import { register, unregister } from './registration.js';

declare global {
  interface Window {
    /** What a page may know of where it comes from. The one global of ours. */
    portolan: Readonly<{
      extension: string;
      version: string;
      stage: string;
      region: string;
      config: unknown;
      assetBase: string;
      api: string;
      /** Says whether there is work that another load would lose: a revoked version waits for it, for two minutes at most. */
      unsaved(is: boolean): void;
      /** Marks that a blade begins to come up; what becomes of it is said to what it returns. */
      blade(name: string): Blade;
      /** The same of a part. */
      part(name: string): Part;
    }>;
  }
}

// The script's text is the same in every page: what differs stands in its data attributes.
const data = (document.currentScript as HTMLScriptElement).dataset as Record<string, string>;
const { extension = '', version = '', stage = '', region = '', assetBase = '', api = '' } = data;

const route = assetBase.split('/')[1] as string;

const watch = watchVersion(route, version);

window.portolan = Object.freeze({
  extension,
  version,
  stage,
  region,
  config: JSON.parse(document.getElementById('portolan-config')?.textContent ?? '{}') as unknown,
  assetBase,
  api,
  unsaved: watch.markUnsaved,
  blade,
  part,
});

/** Any shell may know: these are words that stand in the page's address anyway. */
const report = (portolan: PageReport['portolan'], url?: string): void => {
  const said: PageReport = { portolan, route, version, ...(url === undefined ? {} : { url }) };
  if (parent !== window) parent.postMessage(said, '*');
};
report('boot');

/** What tells the node how the page came up is not needed before. A sandbox has no origin that a node could know. */
const tell = (outcome: PageStart['outcome']): void => {
  const start: PageStart = { route, version, assetBase, outcome, millis: performance.now(), listen, api, callsEnded: () => watch.callsEnded(), tells: data['telemetry'] !== 'off' };
  if (self.origin === 'null') return;
  import(location.origin + PAGE_MODULE).then(({ start: begin }: { start(page: PageStart): void }) => begin(start)).catch(() => {});
};

let isWhole = (): Promise<boolean> => Promise.resolve(true);
addEventListener('load', () => {
  void isWhole().then((whole) => {
    if (!whole) return;
    report('started');
    tell('complete');
  });
});

repairFragments();

if (data['worker'] === 'off') {
  unregister();
} else {
  const worker = register(
    { portolan: 'page', route, version, manifest: data['manifest'] as string },
    data['firstVisit'] === 'wait',
  );
  isWhole = watchEntries(assetBase, worker, (url) => {
    // Only whoever opened the frame can open it from another region.
    report('failed', url);
    tell('cancel');
  });
}
