/* The messages between the page and its workers. */
import type { Measurement } from '@recurra/bench/measure';
import type { PageSystem } from '@recurra/bench/systems/in-page';
import type { Identity, Request } from '@recurra/bench/worker';
import type { Missing } from '../systems.js';

export interface RunOptions {
  /** Their names. */
  readonly scenarios: readonly string[];
  readonly systems: readonly PageSystem[];
  readonly threads: readonly number[];
  /** The page's address, from which the libraries' own files are found. */
  readonly base: string;
  /** `Chromium 156.0.0.0` */
  readonly browser: string;
}

/** To the schedule's worker. */
export type Order = { readonly kind: 'missing' } | { readonly kind: 'run'; readonly options: RunOptions };

/** From the schedule's worker. */
export type Message =
  | { readonly kind: 'missing'; readonly missing: Missing }
  | { readonly kind: 'opened'; readonly identity: Identity }
  | { readonly kind: 'declined'; readonly declined: Declined }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'measured'; readonly measurement: Measurement }
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly reason: string };

/** A system that cannot run, or not with this number of threads. */
export interface Declined {
  readonly system: string;
  readonly threads: number;
  readonly reason: string;
}

export interface Progress {
  readonly scenario: string;
  /** The index of the scenario in this run. */
  readonly index: number;
  readonly doing: string;
}

/** To a system's worker, which replies to each with a `Reply` of the bench. */
export interface Question {
  readonly system: string;
  readonly threads: number;
  readonly base: string;
  readonly request: Request;
}
