import type { NDArray } from '../data/ndarray.js';
import { BackgroundRun } from '../training/background.js';

/** One generation of an evolution. */
export interface Generation {
  /** Counted from 1; the last one is `generations`. */
  readonly generation: number;
  readonly generations: number;
  /** The highest, the mean and the lowest score of the networks with noise. The network without noise is not scored. */
  readonly best: number;
  readonly mean: number;
  readonly worst: number;
  readonly learningRate: number;
}

/** The result of an evolution. */
export interface EvolutionHistory {
  /** The number of completed generations, those before `resume` included. */
  readonly generations: number;
  /** The number of times that the score was computed in this run. */
  readonly evaluations: number;
  readonly stopped: 'finished' | 'aborted';
  /** The optimizer's state of each parameter, for the option `resume`. */
  readonly optimizer: Readonly<Record<string, readonly NDArray[]>>;
}

/** An evolution in progress, which `evolve` starts. */
export class EvolutionRun extends BackgroundRun<Generation, EvolutionHistory> {}
