/** What comes up in a browser, in the words of the reference. */
export type LoadEvent = 'ExtensionLoad' | 'BladeLoaded' | 'BladeFullReady' | 'PartLoaded';

/** What became of it. */
export type LoadAction = 'start' | 'complete' | 'cancel' | 'errored';

/** How a blade can fail. */
export type BladeError =
  | 'ErrorInitializing'
  | 'ErrorLoadingExtension'
  | 'ErrorLoadingDefinition'
  | 'ErrorLoadingExtensionAndDefinition'
  | 'ErrorUnrecoverable';

/** How a part can fail. */
export type PartError =
  | 'TransitionedToErrorState'
  | 'ErrorLocatingPartDefinition'
  | 'ErrorAcquiringViewModel'
  | 'ErrorLoadingControl'
  | 'ErrorCreatingWidget'
  | 'OldInputsNotHandled';

/** Something that happened. */
export interface Said {
  event: LoadEvent;
  action: LoadAction;
  /** Of the blade or part; empty for the extension itself. */
  name: string;
  /** How it failed; empty where it did not. */
  state: string;
  /** Since its start. */
  millis: number;
  /** In the extension's own words. */
  message: string;
}

/** A part that comes up. The first call counts, later ones do nothing. */
export interface Part {
  ready(): void;
  failed(state: PartError, message?: string): void;
  cancel(): void;
}

/** A blade that comes up: first what is needed to see something, then all of it. */
export interface Blade {
  loaded(): void;
  /** All of it is there, and so it is loaded as well. */
  ready(): void;
  failed(state: BladeError, message?: string): void;
  cancel(): void;
}

/** What one source of bytes gave. */
export interface SourceCount {
  /** Base URL of a CDN or of another region, `own`, `browser` for what the browser kept, or `none` for files that nobody gave. */
  source: string;
  fetched: number;
  bytes: number;
  /** How many took how long, by the buckets of `FETCH_MILLIS`. */
  millis: number[];
  failed: Record<string, number>;
  /** The browser asked no CDN, though there is one: it is among those that prove that none is needed. */
  dark?: true;
  /** Some of the files that it gave wrongly: `/R/Content/V/PATH`. */
  wrong?: string[];
}

/** Most of these that are told at a time; the node takes no more. */
export const MOST_WRONG = 4;

/** Upper ends of these buckets; one more is without an end. The node knows them too. */
export const FETCH_MILLIS = [50, 100, 250, 500, 1000, 2500];

/** What a page hands to the module that tells. */
export interface PageStart {
  route: string;
  version: string;
  /** Path that the version's files stand below. */
  assetBase: string;
  outcome: 'complete' | 'cancel';
  /** From the navigation until then. */
  millis: number;
  /** Passes on what was said before, and from then on what is said. */
  listen(listener: (said: Said) => void): void;
  /** Whether the environment wants to be told. */
  tells: boolean;
  /** Path that calls of the page's controllers begin with. */
  api: string;
  /** To be told that the controllers of the page's version are no more. */
  callsEnded(): Promise<void>;
}
