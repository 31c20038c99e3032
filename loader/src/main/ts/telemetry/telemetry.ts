/** What pages load when they have come up, and what portals import to tell how pages load. */
export { start } from './page.js';
export { loadsOf } from './shell.js';
export type { Blade, BladeError, Part, PartError } from './said.js';
