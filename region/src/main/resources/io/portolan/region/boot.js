
// Portolan boot script. Its text is the same in every page: what differs stands in its data attributes.
(() => {
  'use strict';
  const data = document.currentScript.dataset;
  window.portolan = Object.freeze({
    extension: data.extension,
    version: data.version,
    stage: data.stage,
    region: data.region,
    config: JSON.parse(document.getElementById('portolan-config').textContent),
    assetBase: data.assetBase,
    api: data.api,
  });

  // Under a <base>, '#x' resolves against the base and would leave the page: resolve it against the page's own address.
  const here = () => location.href.split('#', 1)[0];
  for (const name of ['pushState', 'replaceState']) {
    const original = History.prototype[name];
    History.prototype[name] = function (state, unused, url) {
      return original.call(this, state, unused, typeof url === 'string' && url.startsWith('#') ? here() + url : url);
    };
  }

  const XLINK = 'http://www.w3.org/1999/xlink';
  // On window, so that the page's own handlers come first and may prevent it.
  window.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.composedPath().find((node) => node instanceof Element && /^(a|area)$/.test(node.localName));
    if (!link || link.hasAttribute('download')) return;
    const target = link.getAttribute('target');
    if (target && target !== '_self') return;
    // An SVG link may have its address in the old XLink attribute.
    const href = (link.getAttribute('href') ?? link.getAttributeNS(XLINK, 'href') ?? '').trim();
    if (!href.startsWith('#')) return;
    event.preventDefault();
    location.assign(here() + href);
  });
})();
