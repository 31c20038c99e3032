import { watchEntries } from './entries.js';
import { repairFragments } from './links.js';
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
    }>;
  }
}

// The script's text is the same in every page: what differs stands in its data attributes.
const data = (document.currentScript as HTMLScriptElement).dataset as Record<string, string>;
const { extension = '', version = '', stage = '', region = '', assetBase = '', api = '' } = data;

window.portolan = Object.freeze({
  extension,
  version,
  stage,
  region,
  config: JSON.parse(document.getElementById('portolan-config')?.textContent ?? '{}') as unknown,
  assetBase,
  api,
});

repairFragments();

if (data['worker'] === 'off') {
  unregister();
} else {
  const route = assetBase.split('/')[1] as string;
  const worker = register(
    { portolan: 'page', route, version, manifest: data['manifest'] as string },
    data['firstVisit'] === 'wait',
  );
  watchEntries(assetBase, worker, (url) => {
    // Only whoever opened the frame can open it from another region.
    if (parent !== window) parent.postMessage({ portolan: 'failed', route, version, url }, '*');
  });
}
