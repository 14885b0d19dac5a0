import type { Backend } from '../contract/backend.js';
import type { Tensor } from '../contract/tensor.js';
import { DivergenceError } from '../errors.js';

/** A step of training whose numbers are not finite. */
interface DivergedStep {
  readonly step: number;
  /** Where the batch's samples stand in the data. */
  readonly samples: readonly number[];
  readonly loss: number;
  readonly norm: number;
  /** Of each layer, in order. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Of each parameter, in order. */
  readonly gradients: ReadonlyMap<string, Tensor>;
}

/** How many samples a message names. */
const named = 8;

/** The error that says where the numbers stopped being finite. Reads tensors one by one until it is found. */
export async function divergence(backend: Backend, diverged: DivergedStep): Promise<DivergenceError> {
  const { step, samples, loss, norm } = diverged;
  const list = samples.slice(0, named).join(', ') + (samples.length > named ? ', …' : '');
  return new DivergenceError(
    `at step ${step} (samples ${list}) the loss is ${loss} and the gradient's norm ${norm}: ` +
      `${await origin(backend, diverged)}. The weights are still those before this step. ` +
      'Lower the learning rate, clip the gradient, or scale the data',
  );
}

async function origin(backend: Backend, { outputs, gradients, loss }: DivergedStep): Promise<string> {
  const allFinite = async (x: Tensor) => (await backend.read(x)).every(Number.isFinite);
  for (const [layer, output] of outputs) {
    if (!(await allFinite(output))) return `the output of layer ${layer} is the first that is not finite`;
  }
  if (!Number.isFinite(loss)) return "every layer's output is finite, and the loss is not";
  // Backpropagation goes from the last layer to the first.
  for (const [name, gradient] of [...gradients].reverse()) {
    if (!(await allFinite(gradient))) return `the gradient of ${name} is the first that is not finite`;
  }
  return `every number is finite, and the gradient's square is past ${backend.precision}`;
}
