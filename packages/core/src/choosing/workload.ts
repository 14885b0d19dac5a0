/* The workload for measuring backends: one recurrent layer, with the same weights and the same data on each backend. */

import type { Backend } from '../contract/backend.js';
import { sizeOf, type Tensor } from '../contract/tensor.js';
import { OptionError } from '../errors.js';
import { gru } from '../layers/gru.js';
import { lstm } from '../layers/lstm.js';
import { rnn } from '../layers/rnn.js';
import { CarriedState } from '../network/carried-state.js';
import type { LayerKernel } from '../network/forward.js';
import { sequential } from '../network/network.js';
import { adam } from '../optimizers/adam.js';
import { Optimizer } from '../optimizers/optimizer.js';
import { seededRandom } from '../random.js';
import type { Window } from '../training/forward-window.js';
import { resolveLosses } from '../training/losses.js';
import { trainStep } from '../training/step.js';

const layers = { lstm, gru, rnn };

/** The layer, its batch size and the kind of work: inference or training. */
export interface Workload {
  readonly cell: keyof typeof layers;
  readonly units: number;
  readonly inputs: number;
  readonly batch: number;
  readonly steps: number;
  readonly train: boolean;
}

/** The workload on one backend. */
export interface PreparedWorkload {
  /** The kernels of the layer for this workload, in the forms that run. */
  kernels(): readonly LayerKernel[];
  /** Runs one forward pass or one training step. When it resolves, the backend has finished all work. */
  repeat(): Promise<void>;
  /**
   * Computes the results that must be equal on all backends: the output and, for training, also the loss and gradient
   * norm of a step, and the output after it. Call it before the first {@link PreparedWorkload.repeat}.
   */
  outputs(): Promise<ArrayLike<number>[]>;
  dispose(): void;
}

/** The maximum number of elements of a tensor: 1 GiB in float32. */
const maxElements = 2 ** 28;

/**
 * Creates weights and data, and returns a function that puts them on a backend.
 * @throws OptionError for sizes whose tensors are too large
 */
export function workloadOf(owner: string, workload: Workload): (backend: Backend) => PreparedWorkload {
  const { cell, units, inputs, batch, steps, train } = workload;
  const largest = 4 * units * Math.max(inputs, units, batch * steps);
  if (Math.max(largest, steps * batch * inputs) > maxElements) {
    throw new OptionError(
      `${owner}: ${units} units, ${inputs} inputs, a batch of ${batch} and ${steps} steps are too many: a tensor of them may have ${maxElements} elements`,
    );
  }
  const model = sequential([layers[cell]({ units })], { inputShape: [null, inputs] });
  // For a large layer, orthogonal initialisation would take longer than the measurement.
  const bound = 1 / Math.sqrt(units);
  const weights = Object.fromEntries(
    [...model.parameters()].map(([name, { shape }]) => {
      return [name, { data: uniform(name, sizeOf(shape), bound), shape }];
    }),
  );
  const targets = Float64Array.from(uniform('targets', batch * units, 1));
  const x = Float64Array.from(uniform('x', steps * batch * inputs, 1));
  const shape = [steps, batch, inputs];
  const output = { targets, shape: [batch, units], weights: new Float64Array(batch).fill(1) };
  const window: Window = { inputs: { input: { x, shape } }, rows: batch, targets: () => ({ output }) };
  const losses = resolveLosses(owner, model, { loss: 'meanSquaredError' });

  return (backend) => {
    const network = model.on(backend, { weights });
    const optimizer = new Optimizer(adam(), backend);
    const carried = new CarriedState(backend);
    const samples = Array.from({ length: batch }, (_, row) => row);
    const options = { losses, regularizers: new Map(), perStep: false, samples };

    const forward = async () => {
      const tape = network.tape();
      try {
        const { output } = network.forward(tape, { value: tape.constant(x, shape) });
        return await backend.read(output.value);
      } finally {
        tape.dispose();
      }
    };
    const trainOnce = async () => {
      const result = await trainStep(network, optimizer, window, carried, options);
      carried.clear();
      // On a GPU, the weight update may still be running.
      await backend.read(network.parameters.get('0.bias') as Tensor);
      return result ? [result.loss, result.gradientNorm] : [];
    };

    return {
      kernels: () => network.explain({ batch, time: steps }),
      async repeat() {
        await (train ? trainOnce() : forward());
      },
      async outputs() {
        await network.warmUp({ batch, time: steps, train });
        const before = await forward();
        if (!train || !before.every(Number.isFinite)) return [before];
        return [before, await trainOnce(), await forward()];
      },
      dispose() {
        carried.clear();
        optimizer.dispose();
        network.dispose();
      },
    };
  };
}

/** Returns random numbers from −bound to bound; the same numbers on each call. */
function uniform(name: string, count: number, bound: number): Float32Array {
  const random = seededRandom(1, 'measure', name);
  return new Float32Array(count).map(() => (2 * random.uniform() - 1) * bound);
}
