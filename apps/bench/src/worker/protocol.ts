/* What the page and its workers say to each other. */
import type { Measurement } from '@recurra/bench/measure';
import type { PageSystem } from '@recurra/bench/systems/in-page';
import type { Identity, Request } from '@recurra/bench/worker';
import type { Missing } from '../systems.js';

export interface RunOptions {
  /** Names. */
  readonly scenarios: readonly string[];
  readonly systems: readonly PageSystem[];
  readonly threads: readonly number[];
  /** The page's address, from which the libraries' own files are found. */
  readonly base: string;
  /** `Chromium 156.0.0.0` */
  readonly browser: string;
}

/** To the schedule. */
export type Order = { readonly kind: 'missing' } | { readonly kind: 'run'; readonly options: RunOptions };

/** From the schedule. */
export type Told =
  | { readonly kind: 'missing'; readonly missing: Missing }
  | { readonly kind: 'opened'; readonly identity: Identity }
  | { readonly kind: 'left'; readonly left: Left }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'measured'; readonly measurement: Measurement }
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly reason: string };

/** A system that is not there, or not with so many threads. */
export interface Left {
  readonly system: string;
  readonly threads: number;
  readonly reason: string;
}

export interface Progress {
  readonly scenario: string;
  /** Of the scenario in the run, from 0. */
  readonly index: number;
  readonly doing: string;
}

/** To a system's own worker, which answers each with a `Reply` of the bench. */
export interface Question {
  readonly system: string;
  readonly threads: number;
  readonly base: string;
  readonly request: Request;
}
