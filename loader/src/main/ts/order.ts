/**
 * Where the bytes of an asset come from, in this order, and how long each step may take. Everything else follows this file.
 *
 *   1. what this browser keeps, found by content hash; what it loaded before it had a worker, from its own cache
 *   2. the CDNs of the environment, in the order of its settings
 *   3. the region that serves the page
 *   4. other regions, nearest first
 *   5. a message that a person can read
 *
 * A source that fails goes to the end of the list for a while. Every answer is compared with the hash in the manifest before it is
 * used, whoever gave it. Pages and manifests never come from a CDN: own region, other regions, then what this browser keeps.
 */

/** No byte for so long: the next source is asked beside this one. */
export const HEDGE_MILLIS = 300;

/** From this age on, a transfer slower than `SLOW_BYTES_PER_SECOND` counts as stuck as well. */
export const SLOW_AFTER_MILLIS = 1000;
export const SLOW_BYTES_PER_SECOND = 20 * 1024;

/** No head of a page for so long: another region is asked beside the own one. */
export const PAGE_HEDGE_MILLIS = 500;

/** No head of a page from any region for so long: the page is the one that was seen last, where it is kept. */
export const PAGE_LATE_MILLIS = 10_000;

/** A file is given up when no source of it has sent anything for so long. */
export const GIVE_UP_MILLIS = 60_000;

/** A failed source is last for so long, doubled with each further failure; then one request tries it again. */
export const DEMOTED_MILLIS = 30_000;
export const DEMOTED_MOST_MILLIS = 480_000;

/** Where every source is busy, the least of what they ask for is waited, this at most and half as much again by chance; so often. */
export const BUSY_MOST_MILLIS = 5000;
export const BUSY_TRIES = 3;

/** Files that a page asks for within so long after its first one are those that it begins with. */
export const ENTRIES_MILLIS = 3000;

/** So many wrong or missing files within `DEMOTED_MILLIS` count as a failed source; fewer are taken for a fault of the file. */
export const WRONG_FILES = 2;

/** Files that are larger are not taken apart here: they come from the own region as the browser asks for them. */
export const LARGEST_FILE_BYTES = 64 << 20;

/** What is kept by content hash; what no manifest in use names goes first, then the oldest. */
export const KEPT_BYTES = 256 << 20;
export const KEPT_FILES = 4000;

/** Manifests and pages that are kept, oldest out first. */
export const KEPT_MANIFESTS = 32;
export const KEPT_PAGES = 32;

/** First visit with `wait`: the page starts without the worker after so long. */
export const WAIT_MILLIS = 1500;

/** First visit: entry files that have not come so long after the worker took over are asked for through it. */
export const ENTRY_MILLIS = 1500;

/** Once one of them has come through the worker, the page gets so long to finish it by itself before it is loaded again. */
export const ENTRY_GRACE_MILLIS = 500;

/** An open page looks at most so long after the last time whether its version is still the one to show. */
export const CHECK_MILLIS = 45_000;

/** A page whose call was answered 410 asks at most so often whether its version's controllers are no more. */
export const CALL_CHECK_MILLIS = 30_000;

/** A page whose version was revoked is loaded again after so long, though there is unsaved work in it. */
export const UNSAVED_MILLIS = 120_000;

/** A shell tries another region when so long nothing is heard of a page. */
export const FIRST_SIGN_MILLIS = 3000;

/** From its boot script on, a page gets so long to be there. */
export const READY_MILLIS = 40_000;

/** A page tells what happened so long after it came up, and then at most so often; a source that failed is told of sooner. */
export const TELL_FIRST_MILLIS = 2000;
export const TELL_MILLIS = 10_000;
export const TELL_SOON_MILLIS = 1000;

/** A node that does not take what is told is left alone for so long, doubled each time. */
export const TELL_PAUSE_MILLIS = 30_000;
export const TELL_PAUSE_MOST_MILLIS = 480_000;

/** A region that takes so long to take it is left for another one. */
export const TELL_TIMEOUT_MILLIS = 5000;

/** Path of the module that pages load when they have come up. */
export const PAGE_MODULE = '/-/page.js';

/** Path of the worker on every origin. */
export const WORKER = '/-/worker.js';

/** Every cache of ours begins with this; another form of its content gets another number. */
export const CACHE_PREFIX = 'portolan-';
export const CACHE_FORM = `${CACHE_PREFIX}1-`;
