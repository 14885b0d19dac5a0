import { Aborted, checkAborted, unlessAborted } from '../abort.js';
import type { Backend } from '../contract/backend.js';
import { type Shape, sizeOf, type Tensor } from '../contract/tensor.js';
import { OptionError } from '../errors.js';
import { yieldToEventLoop } from '../event-loop.js';
import { uploadAll } from '../host-arrays.js';
import type { ModelTypes } from '../model/types.js';
import { type Network, startTraining } from '../network/network.js';
import { checkNetwork } from '../network/network-base.js';
import { Optimizer } from '../optimizers/optimizer.js';
import { show } from '../options.js';
import { seededRandom } from '../random.js';
import { release } from '../release.js';
import { withTape } from '../tape/tape.js';
import type { BackgroundWork } from '../training/background.js';
import { finiteStep } from './finite-step.js';
import { readState, restoreState } from './optimizer-state.js';
import { type CheckedEvolveOptions, checkEvolveOptions, type EvolveOptions } from './options.js';
import { centredRanks } from './ranks.js';
import { type EvolutionHistory, EvolutionRun, type Generation } from './run.js';
import { checkScore } from './score.js';

/**
 * Computes the score of a network: the higher, the better. Only the order of the scores within a generation matters, so a
 * score that draws samples should draw the same ones for every network of a generation, which is counted from 1.
 */
export type NetworkScore<Types extends ModelTypes> = (
  network: Network<Types>,
  generation: number,
) => number | PromiseLike<number>;

/**
 * Trains a network by its score alone, without gradients: natural evolution strategies (Wierstra et al. 2014) in the form
 * of Salimans et al. (2017), with antithetic pairs and rank-shaped fitness. The equations are in docs/semantics.md. A
 * generation costs `population` evaluations of the score; docs/evolution.md compares that with `fit`.
 *
 * The returned run starts by itself. It is an async iterable of generations and has a promise `done`. Between two
 * generations, and when the run is over, the network has the weights of the last completed generation, also if the run was
 * aborted or the score has failed. Frozen parameters and buffers do not change.
 *
 * @param score called with the network, whose parameters have noise added. It may call anything that does not change the
 *   weights. The state of stateful layers is zero at each call
 * @throws OptionError for invalid arguments, or if every parameter is frozen; StateError if the network is being trained;
 *   UnsupportedError if it is quantised. The run fails with the error that `score` throws, a DataError for a score that is NaN
 *   or no number, and a DivergenceError if the weights would overflow
 */
export function evolve<Types extends ModelTypes = 'chain'>(
  network: Network<Types>,
  score: NetworkScore<Types>,
  options?: EvolveOptions,
): EvolutionRun {
  checkNetwork('evolve', network);
  if (typeof score !== 'function')
    throw new OptionError(`evolve: the score must be a function, not ${show(score)}`);
  const checked = checkEvolveOptions(options, network.seed);
  if (network.parameters.size === 0)
    throw new OptionError(
      'evolve: there is nothing to train, because every parameter is frozen or there are none',
    );
  const ended = startTraining('evolve', network);
  try {
    return new EvolutionRun(new Evolution(network, score, checked, ended));
  } catch (error) {
    ended();
    throw error;
  }
}

type Tensors = ReadonlyMap<string, Tensor>;

class Evolution<Types extends ModelTypes> implements BackgroundWork<Generation, EvolutionHistory> {
  readonly #network: Network<Types>;
  readonly #score: NetworkScore<Types>;
  readonly #options: CheckedEvolveOptions;
  readonly #ended: () => void;
  readonly #optimizer: Optimizer;
  #completed = 0;
  #evaluations = 0;
  #stopped: EvolutionHistory['stopped'] = 'aborted';
  #state: EvolutionHistory['optimizer'] = {};

  constructor(
    network: Network<Types>,
    score: NetworkScore<Types>,
    options: CheckedEvolveOptions,
    ended: () => void,
  ) {
    this.#network = network;
    this.#score = score;
    this.#options = options;
    this.#ended = ended;
    this.#optimizer = new Optimizer(options.optimizer, network.backend);
    if (!options.resume) return;
    const { generations, optimizer } = options.resume;
    restoreState(this.#optimizer, generations, optimizer, network);
    this.#completed = generations;
  }

  async *steps(): AsyncGenerator<Generation, void, void> {
    const { generations, signal } = this.#options;
    let failed = false;
    try {
      while (this.#completed < generations) {
        checkAborted(signal);
        yield await this.#generation();
      }
      this.#stopped = 'finished';
    } catch (error) {
      if (!(error instanceof Aborted)) {
        failed = true;
        throw error;
      }
    } finally {
      // Also reached if the caller leaves its loop.
      try {
        if (!failed) this.#state = await readState(this.#network.backend, this.#optimizer);
      } finally {
        this.#optimizer.dispose();
        this.#ended();
      }
    }
  }

  history(): EvolutionHistory {
    return {
      generations: this.#completed,
      evaluations: this.#evaluations,
      stopped: this.#stopped,
      optimizer: this.#state,
    };
  }

  /** Scores the population and moves the weights. If it fails or is aborted, the weights are as they were before. */
  async #generation(): Promise<Generation> {
    const { population, generations } = this.#options;
    const generation = this.#completed + 1;
    const scores: number[] = [];
    while (scores.length < population) scores.push(...(await this.#scorePair(generation, scores.length / 2)));
    const move = () => this.#move(generation, centredRanks(scores));
    const learningRate = await finiteStep(this.#network, generation, move);
    this.#completed = generation;
    const best = scores.reduce((a, b) => Math.max(a, b));
    const worst = scores.reduce((a, b) => Math.min(a, b));
    const mean = scores.reduce((a, b) => a + b) / population;
    return { generation, generations, best, mean, worst, learningRate };
  }

  /** Scores two networks with the same noise, added and subtracted. */
  async #scorePair(generation: number, pair: number): Promise<number[]> {
    const { sigma } = this.#options;
    const { backend, parameters } = this.#network;
    this.#network.check();
    const noise = uploadAll(backend, this.#noise(generation, pair, parameters));
    try {
      const plus = await this.#scoreWith(generation, noise, sigma);
      const minus = await this.#scoreWith(generation, noise, -sigma);
      return [plus, minus];
    } finally {
      release(backend, noise.values());
    }
  }

  /** Scores the network with parameters θ + factor · noise, and then gives it θ again. */
  async #scoreWith(generation: number, noise: Tensors, factor: number): Promise<number> {
    const { signal } = this.#options;
    const network = this.#network;
    const { backend, parameters } = network;
    network.check();
    const centre = new Map(parameters);
    const perturbed = added(backend, centre, noise, factor);
    replace(parameters, perturbed);
    network.resetStates();
    try {
      const value: unknown = await unlessAborted(Promise.resolve(this.#score(network, generation)), signal);
      network.check();
      this.#evaluations += 1;
      return checkScore(value, generation);
    } finally {
      // If the score has disposed of the network, the perturbed parameters have been freed with it.
      const disposed = parameters.size === 0;
      release(backend, (disposed ? centre : perturbed).values());
      if (!disposed) replace(parameters, centre);
      network.resetStates();
      await yieldToEventLoop();
    }
  }

  /**
   * Moves the weights by the optimizer along the estimated gradient of the expected rank. The noise is drawn again rather than
   * kept, so memory does not grow with the population.
   *
   * @returns the learning rate
   */
  #move(generation: number, ranks: Float64Array): number {
    const { population, sigma } = this.#options;
    const { backend, parameters } = this.#network;
    const descent = new Map<string, { readonly data: Float64Array; readonly shape: Shape }>();
    for (const [name, { shape }] of parameters)
      descent.set(name, { data: new Float64Array(sizeOf(shape)), shape });
    for (let pair = 0; pair < population / 2; pair++) {
      // Optimizers minimise, so this is the negative of the gradient.
      const weight = (ranks[2 * pair + 1] - ranks[2 * pair]) / (population * sigma);
      for (const [name, { data }] of this.#noise(generation, pair, parameters)) {
        const sum = (descent.get(name) as { data: Float64Array }).data;
        for (let i = 0; i < sum.length; i++) sum[i] += weight * data[i];
      }
    }
    const gradients = uploadAll(backend, descent);
    const tape = this.#network.tape();
    try {
      return this.#optimizer.apply(tape, parameters, gradients);
    } finally {
      tape.dispose();
      release(backend, gradients.values());
    }
  }

  /** The noise of a pair for each parameter, drawn one parameter at a time. */
  *#noise(
    generation: number,
    pair: number,
    parameters: Tensors,
  ): Generator<[string, { data: Float64Array; shape: Shape }]> {
    for (const [name, { shape }] of parameters) {
      const random = seededRandom(this.#options.seed, 'evolution', generation, pair, name);
      const data = new Float64Array(sizeOf(shape));
      for (let i = 0; i < data.length; i++) data[i] = random.normal();
      yield [name, { data, shape }];
    }
  }
}

/** Computes x + factor · y for each name; the caller owns the results. */
function added(backend: Backend, xs: Tensors, ys: Tensors, factor: number): Map<string, Tensor> {
  return withTape(backend, (tape) => {
    const sums = new Map<string, Tensor>();
    for (const [name, x] of xs) sums.set(name, tape.add(x, tape.affine(ys.get(name) as Tensor, factor)));
    for (const sum of sums.values()) tape.keep(sum);
    return sums;
  });
}

function replace(parameters: Map<string, Tensor>, tensors: Tensors): void {
  for (const [name, tensor] of tensors) parameters.set(name, tensor);
}
