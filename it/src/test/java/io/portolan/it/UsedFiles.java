package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import tools.jackson.databind.JsonNode;

/** What a page used: all of it has one version and the page's own origin, and each file's bytes are those of the manifest. Stateless. */
final class UsedFiles {
    private UsedFiles() {}

    /** A promise for the page of a route, whose value is for {@link #assertRight}. */
    static String of(String route) {
        return """
                (async () => {
                  const base = location.origin + portolan.assetBase;
                  const manifest = await (await fetch(`/%s/-/manifest/${portolan.version}`)).json();
                  const files = new Map(manifest.files.map((file) => [file.path, file.hash]));
                  const urls = [...new Set(performance.getEntriesByType('resource').map((each) => each.name.split(/[?#]/)[0]))]
                    .filter((url) => /^http/.test(url) && !url.includes('/-/') && !/[/]telemetry$/.test(url));
                  const wrong = [];
                  for (const url of urls) {
                    const file = files.get(decodeURI(url.slice(base.length)));
                    const bytes = await (await fetch(url)).arrayBuffer();
                    const hash = [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]
                      .map((byte) => byte.toString(16).padStart(2, '0')).join('');
                    if (!url.startsWith(base) || hash !== file) wrong.push(url);
                  }
                  return { count: urls.length, wrong };
                })()""".formatted(route);
    }

    /**
     * Removes every file that its browser keeps. Not the cache itself: a worker that has it open goes on with it.
     */
    static final String FORGET = "caches.open('portolan-1-files')"
            + ".then(async (cache) => { for (const key of await cache.keys()) await cache.delete(key); })";

    /** Removes all that the service worker keeps: files, manifests, pages, and what it knows of sources. */
    static final String FORGET_EVERYTHING = """
            (async () => {
              for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                for (const key of await cache.keys()) await cache.delete(key);
              }
            })()""";

    /** Promises whether all that the page has used is kept by its browser. */
    static final String ALL_KEPT = """
            (async () => {
              const manifest = await (await fetch(`${portolan.assetBase}../../-/manifest/${portolan.version}`)).json();
              const files = new Map(manifest.files.map((file) => [file.path, file.hash]));
              const base = location.origin + portolan.assetBase;
              const used = performance.getEntriesByType('resource').map((each) => each.name).filter((url) => url.startsWith(base));
              const kept = (await (await caches.open('portolan-1-files')).keys()).map((request) => request.url);
              return used.every((url) => kept.some((each) => each.includes(files.get(decodeURI(url.slice(base.length))))));
            })()""";

    /** All that a page has used is of its route and version, and right. */
    static void assertRight(Visit visit, String route) {
        assertRight(visit.settled(of(route)));
    }

    static void assertRight(JsonNode used) {
        assertThat(used.at("/count").asInt()).isGreaterThan(2);
        assertThat(used.at("/wrong")).isEmpty();
    }
}
