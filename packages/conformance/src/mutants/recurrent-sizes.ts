/* Fused recurrent kernels that are wrong above some size, as when a loop over tiles ends too early. */
import type { Tape, Tensor } from '@recurra/core';
import type { RecurrentInputs, RecurrentSpec, RecurrentWeights } from '@recurra/core/backend';
import type { RecurrentChange } from './baseline-kernels.js';
import { detached, firstOnly, inputs, mapGates, only, recurrent, weights, zeros } from './kernels.js';
import type { Mutant } from './mutant.js';
import { inTwo, stateDetached, without } from './recurrent-gradients.js';
import { computePadded, outputs } from './recurrent-sequences.js';

/** Makes mutants with names that begin with `subject`. @param first the sizes to try first; of an RNN by default */
const of =
  (subject: string, first: string) =>
  (name: string, what: string, change: RecurrentChange, cell = 'rnn'): Mutant =>
    recurrent(`${subject}: ${name}`, what, change, `recurrent/large-sizes: ${cell}: ${first}`);

const time = of('long sequences', '200 steps');
const batch = of('large batches', '130 rows');
const input = of('wide inputs', '129 inputs');
const units = of('many units', '129 units');
const rows = of('many rows', '130 rows');

const allCells = ['rnn', 'lstm', 'gru'] as const;

/** Changes each gate of every weight that is present. */
const gates = (change: (tape: Tape, gate: Tensor, name: keyof RecurrentWeights) => Tensor) =>
  weights(allCells, (tape, args, spec) =>
    mapGates(tape, args, spec, (all, name) => all.map((gate) => change(tape, gate, name))),
  );

/** Sets the gradients of the weights to zero from index `limit` of the first axis on. */
const gradientOfFirst = (name: keyof RecurrentWeights, limit: number): RecurrentChange => ({
  gradients: (tape, result) => {
    const gradient = result.weights[name];
    if (!gradient) return result;
    return { ...result, weights: { ...result.weights, [name]: firstOnly(tape, gradient, 0, limit) } };
  },
});

/** Backward uses changed inputs for the rows of the batch past `limit`. */
function restOfBatch(
  limit: number,
  change: (tape: Tape, args: RecurrentInputs) => RecurrentInputs,
): RecurrentChange {
  return {
    differentiated(tape, spec, args, right) {
      const { batch } = spec;
      if (batch <= limit) return right(tape, spec, args);
      const parts = (x: Tensor, axis = 0) => tape.split(x, [limit, batch - limit], axis);
      const part = (i: number): RecurrentInputs => ({
        ...args,
        x: parts(args.x, 1)[i],
        initialState: args.initialState?.map((x) => parts(x)[i]),
        lengths: args.lengths && parts(args.lengths)[i],
        recurrentMask: args.recurrentMask && parts(args.recurrentMask)[i],
      });
      const first = right(tape, { ...spec, batch: limit }, part(0));
      const rest = right(tape, { ...spec, batch: batch - limit }, change(tape, part(1)));
      return {
        y: tape.concat([first.y, rest.y], 1),
        state: first.state.map((x, i) => tape.concat([x, rest.state[i]], 0)),
      };
    },
  };
}

const longSequences: Mutant[] = [
  time(
    '100 steps',
    'the outputs past the first 100 steps are zero',
    outputs((tape, { y }) => ({ y: firstOnly(tape, y, 0, 100) })),
  ),
  time(
    'a gradient of 100 steps',
    'no gradient reaches further back than 100 steps from the end',
    inTwo((time) => time - 100, stateDetached),
  ),
  time(
    'dU of 128 steps',
    'the products of later steps are left out',
    inTwo(() => 128, without('recurrentKernel', 1)),
  ),
  time(
    'dW of 32 steps',
    'the products of all but the last 32 steps are left out',
    inTwo((time) => time - 32, without('kernel', 0)),
  ),
];

const largeBatches: Mutant[] = [
  batch(
    'h of 72 rows',
    'the final output state of rows past the limit is zero',
    outputs((tape, { state: [h, ...rest] }) => ({ state: [firstOnly(tape, h, 0, 72), ...rest] })),
  ),
  batch(
    'dU of 96 rows',
    'the products of rows past the limit are left out',
    restOfBatch(96, (tape, args) => ({
      ...args,
      weights: { ...args.weights, recurrentKernel: detached(tape, args.weights.recurrentKernel) },
    })),
  ),
  batch(
    'db of 80 rows',
    'rows past the limit are not in the gradient of the bias',
    restOfBatch(80, (tape, args) => {
      const { bias } = args.weights;
      return { ...args, weights: { ...args.weights, bias: bias && detached(tape, bias) } };
    }),
  ),
  batch(
    'initial state of 72 rows',
    'rows past the limit start from zero',
    inputs((tape, { initialState }) => ({
      initialState: initialState?.map((x) => firstOnly(tape, x, 0, 72)),
    })),
  ),
];

const wideInputs: Mutant[] = [
  input(
    '96 features',
    'input features past the limit are left out of the product',
    weights(allCells, (tape, { kernel }) => ({ kernel: firstOnly(tape, kernel, 0, 96) })),
  ),
  input(
    'dW of 80 features',
    'the gradient of kernel rows past the limit is zero',
    gradientOfFirst('kernel', 80),
  ),
  input('dx of 72 features', 'the gradient of features past the limit is zero', {
    gradients: (tape, result) => ({ ...result, x: result.x && firstOnly(tape, result.x, 2, 72) }),
  }),
];

const manyUnits: Mutant[] = [
  units(
    '96 units',
    'the recurrent product leaves out units past the limit',
    gates((tape, gate, name) => (name === 'recurrentKernel' ? firstOnly(tape, gate, 0, 96) : gate)),
  ),
  units(
    'dU of 32 units',
    'the gradient of rows of U past the limit is zero if there are more than 3 steps',
    only(({ time }) => time > 3, gradientOfFirst('recurrentKernel', 32)),
  ),
  units(
    'a gradient of 3 steps',
    'with 32 or more units, no gradient reaches further back than 3 steps from the end',
    only(
      ({ units }) => units >= 32,
      inTwo((time) => time - 3, stateDetached),
    ),
  ),
  units(
    'y of 72 units',
    'units of the output past the limit are zero',
    outputs((tape, { y }) => ({ y: firstOnly(tape, y, 2, 72) })),
  ),
];

const manyRows: Mutant[] = [
  time(
    'dW of 256 rows',
    'of the T · B rows of all steps, those past the limit are not in the gradient of the kernel',
    inTwo((_, batch) => Math.floor(256 / batch), without('kernel', 1)),
  ),
  rows(
    'x·W of 512 rows',
    'of the T · B rows of all steps, those past the limit have no product',
    inputs((tape, { x }) => ({
      x: firstOnly(tape, x, 0, Math.max(1, Math.floor(512 / Math.max(1, x.shape[1])))),
    })),
  ),
];

const MANY = 40;

/** A change of one cell's lengths if there are more than {@link MANY} units. */
const padded = (cell: RecurrentSpec['cell']): RecurrentChange => ({
  forward: (tape, spec, args, right) =>
    spec.cell === cell && spec.units > MANY
      ? computePadded(tape, spec, args, right)
      : right(tape, spec, args),
});

const directions: Mutant[] = [
  units('reverse ignored by gradients', 'with 24 or more units, backward ignores the reverse direction', {
    differentiated: (tape, spec, args, right) =>
      right(tape, { ...spec, reverse: spec.reverse && spec.units < 24 }, args),
  }),
  units(
    'reverse from zero',
    'with 24 or more units, the reverse direction ignores its initial state',
    inputs((tape, { initialState }, spec) => ({
      initialState: initialState?.map((x) => (spec.reverse && spec.units >= 24 ? zeros(tape, x) : x)),
    })),
  ),
  time(
    'reverse of 16 steps',
    'the reverse direction treats inputs past the first 16 steps as zero',
    only(
      ({ reverse }) => reverse,
      inputs((tape, { x }) => ({ x: firstOnly(tape, x, 0, 16) })),
    ),
  ),
];

const paddings: Mutant[] = [
  units(
    'lengths ignored by rnn',
    `with ${MANY + 1} or more units, the final state is that of the last step`,
    padded('rnn'),
  ),
  units(
    'lengths ignored by lstm',
    `with ${MANY + 1} or more units, the final state is that of the last step`,
    padded('lstm'),
    'lstm',
  ),
  units(
    'lengths ignored by gradients',
    `with ${MANY + 1} or more units, backward treats every row as full, except in y`,
    { differentiated: padded('rnn').forward },
  ),
  time(
    'lengths in four bits',
    'lengths above 15 are treated as 15',
    inputs((tape, { lengths }) => ({ lengths: lengths && tape.minimum(lengths, tape.fill([1], 15)) })),
  ),
  batch(
    'lengths of 72 rows',
    'rows past the limit are treated as full',
    inputs((tape, { lengths }, { time }) => {
      if (!lengths || lengths.shape[0] <= 72) return {};
      const [first, rest] = tape.split(lengths, [72, lengths.shape[0] - 72], 0);
      return { lengths: tape.concat([first, tape.fill(rest.shape, time)], 0) };
    }),
  ),
];

export const recurrentSizes: Mutant[] = [
  ...longSequences,
  ...largeBatches,
  ...wideInputs,
  ...manyUnits,
  ...manyRows,
  ...directions,
  ...paddings,
];
