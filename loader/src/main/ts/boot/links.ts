/** Under a `<base>`, '#x' resolves against the base and would leave the page: it is resolved against the page's own address here. */
const XLINK = 'http://www.w3.org/1999/xlink';

const here = (): string => location.href.split('#', 1)[0] as string;

export function repairFragments(): void {
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = History.prototype[name];
    History.prototype[name] = function (state: unknown, unused: string, url?: string | URL | null): void {
      original.call(this, state, unused, typeof url === 'string' && url.startsWith('#') ? here() + url : url);
    };
  }
  // On window, so that the page's own handlers come first and may prevent it.
  addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.composedPath().find((node) => node instanceof Element && /^(a|area)$/.test(node.localName)) as
      | Element
      | undefined;
    if (!link || link.hasAttribute('download')) return;
    const target = link.getAttribute('target');
    if (target && target !== '_self') return;
    // An SVG link may have its address in the old XLink attribute.
    const href = (link.getAttribute('href') ?? link.getAttributeNS(XLINK, 'href') ?? '').trim();
    if (!href.startsWith('#')) return;
    event.preventDefault();
    location.assign(here() + href);
  });
}
