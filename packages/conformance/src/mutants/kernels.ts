/* Helpers for mutants of fused kernels: the correct kernels with one of them changed. */
import type { Backend, Tape, Tensor } from '@recurra/core';
import type { FusedKernels, RecurrentSpec, RecurrentWeights } from '@recurra/core/backend';
import {
  baselineKernels,
  type Composition,
  mapWeights,
  type RecurrentChange,
  recurrentKernel,
} from './baseline-kernels.js';
import { type Mutant, mutant } from './mutant.js';

type Cell = RecurrentSpec['cell'];

/** The correct kernels on the reference backend, with `change` applied. */
export function fused(
  name: string,
  what: string,
  first: Parameters<typeof mutant>[2],
  change: (right: Backend, kernels: Required<FusedKernels>) => Partial<FusedKernels>,
): Mutant {
  return mutant(name, what, first, (right) => {
    const kernels = baselineKernels(right);
    return { fused: { ...kernels, ...change(right, kernels) }, lacks: {} };
  });
}

/** A recurrent kernel with a change. */
export function recurrent(
  name: string,
  what: string,
  change: RecurrentChange,
  first = 'gradients/recurrent: ',
): Mutant {
  return fused(name, what, first, (right) => ({ recurrent: recurrentKernel(right, change) }));
}

/** The same for one cell. @param option the option whose cases to try first */
const ofCell =
  (cell: Cell) =>
  (name: string, what: string, change: RecurrentChange, option = ''): Mutant =>
    recurrent(`${cell}: ${name}`, what, change, `gradients/recurrent: ${cell}, ${option}`);

export const ofCells = { rnn: ofCell('rnn'), lstm: ofCell('lstm'), gru: ofCell('gru') };

/** Changes the weights of a cell. */
export function weights(
  cells: Cell | readonly Cell[],
  change: (tape: Tape, weights: RecurrentWeights, spec: RecurrentSpec) => Partial<RecurrentWeights>,
): RecurrentChange {
  return {
    forward: (tape, spec, inputs, right) =>
      [cells].flat().includes(spec.cell)
        ? right(tape, spec, {
            ...inputs,
            weights: { ...inputs.weights, ...change(tape, inputs.weights, spec) },
          })
        : right(tape, spec, inputs),
  };
}

/** Changes the request. */
export function request(change: (spec: RecurrentSpec) => Partial<RecurrentSpec>): RecurrentChange {
  return { forward: (tape, spec, inputs, right) => right(tape, { ...spec, ...change(spec) }, inputs) };
}

/** Changes the inputs. */
export function inputs(
  change: (
    tape: Tape,
    args: Parameters<Composition>[2],
    spec: RecurrentSpec,
  ) => Partial<Parameters<Composition>[2]>,
): RecurrentChange {
  return {
    forward: (tape, spec, args, right) => right(tape, spec, { ...args, ...change(tape, args, spec) }),
  };
}

/** Applies the change to some requests only; the others are computed correctly. */
export function only(holds: (spec: RecurrentSpec) => boolean, change: RecurrentChange): RecurrentChange {
  const { forward, differentiated, seeds, gradients, arithmetic } = change;
  const onlyThere =
    (wrong: NonNullable<RecurrentChange['forward']>): RecurrentChange['forward'] =>
    (tape, spec, inputs, right) =>
      holds(spec) ? wrong(tape, spec, inputs, right) : right(tape, spec, inputs);
  return {
    ...(forward && { forward: onlyThere(forward) }),
    ...(differentiated && { differentiated: onlyThere(differentiated) }),
    ...(seeds && {
      seeds: (tape, args, spec, inputs) => (holds(spec) ? seeds(tape, args, spec, inputs) : args),
    }),
    ...(gradients && {
      gradients: (tape, result, spec, inputs) =>
        holds(spec) ? gradients(tape, result, spec, inputs) : result,
    }),
    ...(arithmetic && {
      arithmetic: (right, spec, inputs) => (holds(spec) ? arithmetic(right, spec, inputs) : right),
    }),
  };
}

/** Changes the gates in the weights that have a column for each gate. */
export function mapGates(
  tape: Tape,
  weights: RecurrentWeights,
  { units }: RecurrentSpec,
  change: (gates: Tensor[], name: keyof RecurrentWeights) => readonly Tensor[],
): RecurrentWeights {
  const gated: (keyof RecurrentWeights)[] = [
    'kernel',
    'recurrentKernel',
    'bias',
    'recurrentBias',
    'inputGain',
    'recurrentGain',
  ];
  return mapWeights(weights, (x, name) => {
    if (!gated.includes(name)) return x;
    const axis = x.shape.length - 1;
    const gates = tape.split(x, new Array(x.shape[axis] / units).fill(units), axis);
    return tape.concat(change(gates, name), axis);
  });
}

/** [T, B, 1]: 1 at the valid steps of each row; undefined if all steps are valid. */
export function validSteps(tape: Tape, lengths: Tensor | undefined, time: number): Tensor | undefined {
  if (!lengths) return undefined;
  const steps = tape.constant(
    Float64Array.from({ length: time }, (_, t) => t),
    [time, 1],
  );
  const [batch] = lengths.shape;
  return tape.reshape(tape.step(tape.sub(tape.reshape(lengths, [1, batch]), steps)), [time, batch, 1]);
}

/** A copy of x that stops the gradient. */
export function detached(tape: Tape, x: Tensor): Tensor {
  return tape.own(tape.backend.affine(x, 1, 0));
}

/** x, zero from index `limit` of `axis` on. */
export function firstOnly(tape: Tape, x: Tensor, axis: number, limit: number): Tensor {
  const size = x.shape[axis];
  if (size <= limit) return x;
  const [first, rest] = tape.split(x, [limit, size - limit], axis);
  return tape.concat([first, zeros(tape, rest)], axis);
}

/** Zeros of a tensor's shape. */
export function zeros(tape: Tape, x: Tensor): Tensor {
  return tape.fill(x.shape, 0);
}
