/** What portals import to open extensions: a module without dependencies. */
export { addressOf, choiceOf, type Choice, type Registered, type Session } from './address.js';
export { flagsOf, type Flags } from './flags.js';
export { flightOf, type Draws, type Flight } from './flights.js';
export type { Load, Loads, OpenEnd } from './loads.js';
export { open, OpenError, type LoadError, type Opened, type OpenOptions, type Try } from './open.js';
export type { VersionNews } from '../messages.js';
