/* Fused dense layers that are wrong. */
import { composeDense, denseKernel } from './baseline-kernels.js';
import { detached, fused, zeros } from './kernels.js';
import type { Mutant } from './mutant.js';

type Composition = typeof composeDense;

const layer = (
  name: string,
  what: string,
  forward: Composition,
  first = 'gradients/layers: dense',
  differentiated = forward,
): Mutant =>
  fused(`dense: ${name}`, what, first, (right) => ({
    dense: denseKernel(right, forward, differentiated),
  }));

/** The forward pass is right and the gradient is wrong. */
const gradient = (name: string, what: string, forward: Composition): Mutant =>
  layer(name, what, composeDense, undefined, forward);

export const denseLayers: Mutant[] = [
  layer('no bias', 'the bias is not added', (tape, spec, inputs) =>
    composeDense(tape, spec, { ...inputs, bias: undefined }),
  ),
  layer('bias after', 'the bias is added to the activation’s result', (tape, spec, { bias, ...inputs }) => {
    const y = composeDense(tape, spec, inputs);
    return bias ? tape.add(y, bias) : y;
  }),
  layer('always relu', 'relu is used for every activation', (tape, spec, inputs) =>
    composeDense(tape, { ...spec, activation: 'relu' }, inputs),
  ),
  layer('no activation', 'the product is returned without the activation', (tape, spec, inputs) =>
    composeDense(tape, { ...spec, activation: 'linear' }, inputs),
  ),
  layer(
    '48 rows',
    'rows past the first 48 are zero',
    (tape, spec, inputs) => {
      const y = composeDense(tape, spec, inputs);
      if (spec.rows <= 48) return y;
      const [first, rest] = tape.split(y, [48, spec.rows - 48], 0);
      return tape.concat([first, zeros(tape, rest)], 0);
    },
    'sizes: dense: batch 49',
  ),
  gradient(
    'bias gradient averaged',
    'the gradient is a mean over the rows instead of a sum',
    (tape, spec, { bias, ...inputs }) => {
      if (!bias) return composeDense(tape, spec, inputs);
      const fixed = tape.affine(detached(tape, bias), 1 - 1 / spec.rows);
      return composeDense(tape, spec, { ...inputs, bias: tape.add(fixed, tape.affine(bias, 1 / spec.rows)) });
    },
  ),
  gradient('no bias gradient', 'it is zero', (tape, spec, { bias, ...inputs }) =>
    composeDense(tape, spec, { ...inputs, bias: bias && detached(tape, bias) }),
  ),
  gradient('no kernel gradient', 'it is zero', (tape, spec, inputs) =>
    composeDense(tape, spec, { ...inputs, kernel: detached(tape, inputs.kernel) }),
  ),
  gradient('no input gradient', 'it is zero', (tape, spec, inputs) =>
    composeDense(tape, spec, { ...inputs, x: detached(tape, inputs.x) }),
  ),
  gradient('gradient of no activation', 'the activation’s derivative is left out', (tape, spec, inputs) =>
    composeDense(tape, { ...spec, activation: 'linear' }, inputs),
  ),
];
