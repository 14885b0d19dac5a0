/* The networks of a session: usually one, or several trained side by side on the same samples in the same order. */
import { type Backend, DivergenceError, type Network, type TrainingStep } from '@recurra/core';
import { variantsOf } from '../task.js';
import type { StartOptions } from './protocol.js';
import type { Loaded, Networks } from './tasks.js';

interface Run {
  readonly name: string;
  readonly network: Network;
  readonly steps: AsyncGenerator<TrainingStep, void, void>;
}

/** A step of each network; undefined for one that has ended. */
export type Steps = readonly (TrainingStep | undefined)[];

export class Runs {
  /** By name. */
  readonly networks: Networks;
  readonly followed: number;
  readonly #runs: readonly Run[];

  /** Puts the networks on the backend, with the weights in `options` or those of its seed. */
  static async open(loaded: Loaded, backend: Backend, options: StartOptions): Promise<Runs> {
    const { task, settings, data } = loaded;
    const networks: Network[] = [];
    const variants = variantsOf(task, settings);
    for (const [i, { settings }] of variants.entries()) {
      const bytes = options.weights?.[i];
      const { seed } = options;
      networks.push(
        bytes
          ? await (await import('./load.js')).loadNetwork(bytes, backend)
          : task.model(settings, data).on(backend, { seed }),
      );
    }
    const runs = variants.map(({ name, settings }, i) => {
      const training = networks[i].fit(data.training, { ...task.fit(settings, data), seed: options.seed });
      return { name, network: networks[i], steps: training[Symbol.asyncIterator]() };
    });
    return new Runs(
      runs,
      variants.findIndex(({ followed }) => followed),
    );
  }

  constructor(runs: readonly Run[], followed: number) {
    this.#runs = runs;
    this.followed = followed;
    this.networks = Object.fromEntries(runs.map(({ name, network }) => [name, network]));
  }

  /** The network that is saved, exported and compared. */
  get network(): Network {
    return this.#runs[this.followed].network;
  }

  /** Calls `of` for each network in turn. */
  async each<T>(of: (network: Network) => Promise<T>): Promise<T[]> {
    const results: T[] = [];
    for (const { network } of this.#runs) results.push(await of(network));
    return results;
  }

  /**
   * Takes the next step of each network. If one of several networks has non-finite numbers, it ends there,
   * and the others continue.
   * @throws DivergenceError if there is only one network
   */
  async next(): Promise<Steps> {
    const taken: (TrainingStep | undefined)[] = [];
    for (const { steps } of this.#runs) {
      try {
        taken.push((await steps.next()).value ?? undefined);
      } catch (error) {
        if (this.#runs.length === 1 || !(error instanceof DivergenceError)) throw error;
        taken.push(undefined);
      }
    }
    return taken;
  }

  async close(): Promise<void> {
    for (const { steps, network } of this.#runs) {
      await steps.return();
      network.dispose();
    }
  }
}
