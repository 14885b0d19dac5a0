import type { Backend } from '../contract/backend.js';
import type { Tensor } from '../contract/tensor.js';
import { DivergenceError } from '../errors.js';

/** A training step whose loss or gradient is not finite. */
interface DivergedStep {
  readonly step: number;
  /** The indices of the batch's samples in the data. */
  readonly samples: readonly number[];
  readonly loss: number;
  readonly norm: number;
  /** The first layer whose output is not finite; undefined if every output is. */
  readonly layer: string | undefined;
  /** The gradient of each parameter, in order. */
  readonly gradients: ReadonlyMap<string, Tensor>;
}

/** The maximum number of samples that a message lists. */
const named = 8;

/**
 * Creates the error, which names the first tensor that is not finite. Reads tensors one by one until it finds that
 * tensor.
 */
export async function divergence(backend: Backend, diverged: DivergedStep): Promise<DivergenceError> {
  const { step, samples, loss, norm } = diverged;
  const list = samples.slice(0, named).join(', ') + (samples.length > named ? ', …' : '');
  return new DivergenceError(
    `at step ${step} (samples ${list}) the loss is ${loss} and the gradient's norm ${norm}: ` +
      `${await origin(backend, diverged)}. The weights are still those before this step. ` +
      'Lower the learning rate, clip the gradient, or scale the data',
  );
}

async function origin(backend: Backend, { layer, gradients, loss }: DivergedStep): Promise<string> {
  const allFinite = async (x: Tensor) => (await backend.read(x)).every(Number.isFinite);
  if (layer !== undefined) return `the output of layer ${layer} is the first that is not finite`;
  if (!Number.isFinite(loss)) return "every layer's output is finite, but the loss is not";
  // Backpropagation goes from the last layer to the first.
  for (const [name, gradient] of [...gradients].reverse()) {
    if (!(await allFinite(gradient))) return `the gradient of ${name} is the first that is not finite`;
  }
  return `every number is finite, but the square of the gradient overflows ${backend.precision}`;
}
