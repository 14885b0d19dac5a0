/* The networks of a session: usually one, or several trained side by side on the same samples in the same order. */
import { type Backend, DivergenceError, type Network } from '@recurra/core';
import { type Step, startSteps } from '../steps.js';
import { variantsOf } from '../task.js';
import type { StartOptions } from './protocol.js';
import type { Loaded, Networks } from './tasks.js';

interface Run {
  readonly name: string;
  readonly network: Network;
  readonly steps: AsyncGenerator<Step, void, void>;
  /** The time spent in its steps so far. */
  seconds: number;
}

/** A step of each network; undefined for one that has ended. */
export type Steps = readonly (Step | undefined)[];

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
      const steps = startSteps(task, settings, data, networks[i], options.seed);
      return { name, network: networks[i], steps, seconds: 0 };
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

  /** The seconds spent in the steps of each network. */
  get seconds(): readonly number[] {
    return this.#runs.map(({ seconds }) => seconds);
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
    const taken: (Step | undefined)[] = [];
    for (const run of this.#runs) {
      const began = performance.now();
      try {
        taken.push((await run.steps.next()).value ?? undefined);
      } catch (error) {
        if (this.#runs.length === 1 || !(error instanceof DivergenceError)) throw error;
        taken.push(undefined);
      }
      run.seconds += (performance.now() - began) / 1000;
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
