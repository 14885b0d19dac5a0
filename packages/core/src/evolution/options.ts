import type { OptimizerConfig } from '../contract/optimizer-config.js';
import { OptionError } from '../errors.js';
import { adam } from '../optimizers/adam.js';
import { optimizerConfig } from '../optimizers/optimizer.js';
import {
  abortSignal,
  checkOptions,
  checkValue,
  custom,
  isRecord,
  number,
  optional,
  positiveInteger,
  positiveNumber,
  wholeNumber,
} from '../options.js';
import type { EvolutionHistory } from './run.js';

/** The options of {@link evolve}. */
export interface EvolveOptions {
  /** The number of networks that are scored in a generation: an even number, because they come in pairs. Default 64. */
  readonly population?: number;
  /** The standard deviation of the noise that is added to each parameter. Default 0.1. */
  readonly sigma?: number;
  /** The optimizer, which makes a step in each generation, or its name. Default `adam({ learningRate: 0.02 })`. */
  readonly optimizer?: OptimizerConfig | OptimizerConfig['kind'];
  /** The number of generations, those before `resume` included. Default 100. */
  readonly generations?: number;
  /** The seed of the noise. Default: the network's seed. */
  readonly seed?: number;
  /**
   * The history of an earlier evolution, to go on from it as if it had not ended. The network must have the weights that it
   * had then, and the other options must be the same. The noise depends on the seed and the number of the generation alone.
   */
  readonly resume?: Pick<EvolutionHistory, 'generations' | 'optimizer'>;
  /** Stops the evolution immediately. `done` then resolves with `stopped: 'aborted'`. */
  readonly signal?: AbortSignal;
}

const evenNumber = custom<number>(
  'an even number, 2 or more',
  (x) => positiveInteger.accepts(x) && x % 2 === 0,
);

/** Checks the options and fills in the defaults. @throws OptionError for unknown or invalid options */
export function checkEvolveOptions(options: EvolveOptions | undefined, networkSeed: number) {
  const { optimizer, resume, ...checked } = checkOptions('evolve', options, {
    population: optional(evenNumber, 64),
    sigma: optional(positiveNumber, 0.1),
    optimizer: optional(
      custom<OptimizerConfig | string>(
        'an optimizer: adam({ … }), or a name',
        (x) => typeof x === 'string' || isRecord(x),
      ),
      adam({ learningRate: 0.02 }),
    ),
    generations: optional(positiveInteger, 100),
    seed: optional(number, networkSeed),
    resume: optional(custom<NonNullable<EvolveOptions['resume']>>('the history of an evolution', isRecord)),
    signal: optional(abortSignal),
  });
  if (resume) {
    const completed = checkValue('evolve: resume.generations', resume.generations, wholeNumber);
    checkValue('evolve: resume.optimizer', resume.optimizer, stateOfOptimizer);
    if (completed > checked.generations) {
      throw new OptionError(
        `evolve: resume has completed ${completed} generations, more than the ${checked.generations} of the options`,
      );
    }
  }
  return { ...checked, resume, optimizer: optimizerConfig(optimizer) };
}

const stateOfOptimizer = custom<EvolutionHistory['optimizer']>(
  "an object with the optimizer's state of each parameter: a list of { data, shape }",
  (x) => isRecord(x) && Object.values(x).every(Array.isArray),
);

export type CheckedEvolveOptions = ReturnType<typeof checkEvolveOptions>;
