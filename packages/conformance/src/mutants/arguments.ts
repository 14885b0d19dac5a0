/*
 * Fused kernels that overwrite arguments that are still in use, and an optimizer that overwrites its
 * parameter while it is being read.
 */
import type { Backend, Tensor } from '@recurra/core';
import type { CrossEntropyInputs, FusedKernels, RecurrentInputs } from '@recurra/core/backend';
import { baselineKernels } from './baseline-kernels.js';
import { type Mutant, mutant } from './mutant.js';
import { type Overwriting, overwriting } from './overwriting.js';

const FIRST = 'kernels/arguments';

/** Correct kernels on writable tensors; one of the kernels is changed. */
export function writing(
  name: string,
  what: string,
  change: (kernels: Required<FusedKernels>, write: (x: Tensor | undefined) => void) => Partial<FusedKernels>,
): Mutant {
  return mutant(name, what, FIRST, (right) => {
    const { backend, overwrite } = overwriting(right);
    const kernels = baselineKernels(backend);
    const write = (x: Tensor | undefined) => {
      if (x) overwrite(x, right.fill(x.shape, 0));
    };
    return { ...backend, fused: { ...kernels, ...change(kernels, write) }, lacks: {} };
  });
}

/** Backward of a recurrent layer writes into one of its inputs. */
const recurrentBackward = (
  name: string,
  of: (inputs: RecurrentInputs) => readonly (Tensor | undefined)[],
): Mutant =>
  writing(
    `backward writes into ${name}`,
    'it writes zeros after it has read the tensor',
    ({ recurrent }, write) => ({
      recurrent: {
        ...recurrent,
        backward(spec, inputs, ...rest) {
          const result = recurrent.backward(spec, inputs, ...rest);
          for (const x of of(inputs)) write(x);
          return result;
        },
      },
    }),
  );

/** Backward of a dense layer writes into its output, or the gradient of that. */
const denseBackward = (name: string, of: (outputs: { y: Tensor }, dy: Tensor) => Tensor): Mutant =>
  writing(
    `dense: backward writes into ${name}`,
    'it writes zeros after it has read the tensor',
    ({ dense }, write) => ({
      dense: {
        ...dense,
        backward(spec, inputs, outputs, dy) {
          const result = dense.backward(spec, inputs, outputs, dy);
          write(of(outputs, dy));
          return result;
        },
      },
    }),
  );

/** Backward of a cross-entropy writes into one of its inputs, or the gradient of the loss. */
const entropyBackward = (name: string, of: (inputs: CrossEntropyInputs, dLoss: Tensor) => Tensor): Mutant =>
  writing(
    `crossEntropy: backward writes into ${name}`,
    'it writes zeros after it has read the tensor',
    ({ crossEntropy }, write) => ({
      crossEntropy: {
        ...crossEntropy,
        backward(spec, inputs, outputs, dLoss) {
          const result = crossEntropy.backward(spec, inputs, outputs, dLoss);
          write(of(inputs, dLoss));
          return result;
        },
      },
    }),
  );

export const kernelArguments: Mutant[] = [
  recurrentBackward('the dropout mask', ({ recurrentMask }) => [recurrentMask]),
  writing(
    'backward writes into dh',
    'the gradient of the state is propagated through the steps in the memory of dh',
    ({ recurrent }, write) => ({
      recurrent: {
        ...recurrent,
        backward(spec, inputs, outputs, gradients) {
          const result = recurrent.backward(spec, inputs, outputs, gradients);
          for (const x of gradients.state) write(x);
          return result;
        },
      },
    }),
  ),
  denseBackward('dy', (_, dy) => dy),
  denseBackward('y', ({ y }) => y),
  entropyBackward('dLoss', (_, dLoss) => dLoss),
  entropyBackward('the targets', ({ targets }) => targets),
  entropyBackward('the weights', ({ weights }) => weights),
  writing(
    'crossEntropy: forward writes into the logits',
    'if no gradient is requested, the losses overwrite the logits',
    ({ crossEntropy }, write) => ({
      crossEntropy: {
        ...crossEntropy,
        forward(spec, inputs) {
          const result = crossEntropy.forward(spec, inputs);
          if (!spec.training) write(inputs.logits);
          return result;
        },
      },
    }),
  ),
];

/** An optimizer that overwrites the parameter and the state, as the contract permits. */
function inPlace({ backend, overwrite }: Overwriting): Backend['fused'] {
  const kernels = baselineKernels(backend);
  const copy = (x: Tensor) => backend.affine(x, 1, 0);
  return {
    ...kernels,
    optimizer: {
      ...kernels.optimizer,
      step(spec, inputs) {
        const { parameters, states } = inputs;
        const next = kernels.optimizer.step(spec, {
          ...inputs,
          parameters: parameters.map(copy),
          states: states.map((state) => state.map(copy)),
        });
        for (const [i, x] of parameters.entries()) overwrite(x, next.parameters[i]);
        for (const [i, x] of states.flat().entries()) overwrite(x, next.states.flat()[i]);
        return { ...next, parameters, states };
      },
    },
  };
}

export const readsInPlace: Mutant[] = [
  mutant(
    'read: of the next step',
    'a read of a parameter returns what an optimizer wrote after the read had begun',
    'memory: a read returns the numbers at its start',
    (right) => {
      const written = overwriting(right, { lateReads: true });
      return { ...written.backend, fused: inPlace(written), lacks: {} };
    },
  ),
];
