import type { CellRun } from '../cells/cell.js';
import type { CellStart } from '../cells/gates.js';
import type { RecurrentInputs, RecurrentSpec, RecurrentWeights } from '../contract/fused.js';
import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';
import { type Unrolled, unroll, type WatchStep } from './unroll.js';

const gateCount = { rnn: 1, lstm: 4, gru: 3 };

/** The properties of a cell that do not follow from its tensors' shapes. */
export type RecurrentCell = Pick<
  RecurrentSpec,
  'cell' | 'activation' | 'recurrentActivation' | 'resetAfter' | 'clip'
>;

/** The options of one run of a cell over a sequence. */
export type RecurrentRun = Pick<RecurrentSpec, 'reverse' | 'sequence'> & { readonly watch?: WatchStep };

/** The result of a sequence, as in {@link Unrolled}. `steps` is present only if the sequence was composed. */
export type RecurrentSequence = Omit<Unrolled, 'steps'> & { readonly steps?: readonly Tensor[] };

/**
 * Runs a built-in cell over a whole sequence, with the backend's fused kernel. If the kernel declines, or if `watch` is
 * set, the sequence is composed from the required operations.
 *
 * @param start the composition. The cell's layer passes it, so that an application has only those of its own layers
 */
export function runSequence(
  tape: Tape,
  start: CellStart,
  cell: RecurrentCell,
  inputs: RecurrentInputs,
  run: RecurrentRun,
): RecurrentSequence {
  const { watch } = run;
  const { x, weights, lengths, initialState } = inputs;
  const spec = describe(tape, cell, inputs, run);
  const kernel = tape.kernel('recurrent', spec, watch && 'the values of every step are requested');
  if (!kernel) {
    const state = initialState ?? zeroState(tape, spec);
    return unroll(tape, start(tape, spec, inputs), x, state, { ...run, lengths });
  }
  const outputs = kernel.forward(spec, inputs);
  const { y, state, saved } = outputs;
  if (!spec.training) {
    for (const tensors of [state, [y], saved]) tape.ownAll(tensors);
    return { y, state };
  }
  tape.record(
    tensorsOf(inputs, weights),
    y ? [...state, y] : state,
    (gradients) => {
      const ofState = gradients.slice(0, state.length);
      const computed = kernel.backward(spec, inputs, outputs, { y: gradients[state.length], state: ofState });
      return tape.ownAll(tensorsOf(computed, weights));
    },
    saved,
  );
  return { y, state };
}

/** The inputs that have gradients, or their gradients: x, each of `weights`, and the initial state. */
function tensorsOf(
  {
    x,
    weights,
    initialState = [],
  }: Pick<RecurrentInputs, 'weights' | 'initialState'> & { readonly x?: Tensor },
  names: RecurrentWeights,
): (Tensor | undefined)[] {
  const ofWeights = Object.keys(names).map((name) => weights[name as keyof RecurrentWeights]);
  return [x, ...ofWeights, ...initialState];
}

/**
 * Returns the reason why the backend's fused kernel would not take the matrices of a sequence as int8 weights; undefined if it
 * does. It depends on the cell and its weights, of which only the shapes are read, and not on the numbers of steps and rows.
 */
export function whyNotInt8(
  tape: Tape,
  cell: RecurrentCell,
  inputs: RecurrentInputs,
  run: RecurrentRun,
): string | undefined {
  const { fused, int8 } = tape.backend;
  if (!int8 || !fused.recurrent) return 'the backend has no int8 kernels';
  return fused.recurrent.declines({ ...describe(tape, cell, inputs, run), int8: true });
}

/** A built-in cell for one sequence, composed from the required operations, for a layer that computes something else at each step too. */
export function composedCell(
  tape: Tape,
  start: CellStart,
  cell: RecurrentCell,
  inputs: RecurrentInputs,
): CellRun {
  return start(tape, describe(tape, cell, inputs, { reverse: false, sequence: true }), inputs);
}

function describe(
  tape: Tape,
  cell: RecurrentCell,
  inputs: RecurrentInputs,
  run: RecurrentRun,
): RecurrentSpec {
  const { x, weights, initialState, lengths, recurrentMask } = inputs;
  const { recurrentKernel, bias, peepholes, projection, inputGain } = weights;
  const [time, batch, inputSize] = x.shape;
  const [outputSize, width] = recurrentKernel.shape;
  let training = tape.watches(x) || tape.watchesAny(initialState ?? []);
  for (const name in weights) training ||= tape.watches(weights[name as keyof RecurrentWeights]);
  return {
    cell: cell.cell,
    activation: cell.activation,
    recurrentActivation: cell.recurrentActivation,
    resetAfter: cell.resetAfter,
    clip: cell.clip,
    reverse: run.reverse,
    sequence: run.sequence,
    time,
    batch,
    inputSize,
    units: width / gateCount[cell.cell],
    outputSize,
    bias: bias !== undefined,
    peepholes: peepholes !== undefined,
    projection: projection !== undefined,
    layerNorm: inputGain !== undefined,
    recurrentDropout: recurrentMask !== undefined,
    lengths: lengths !== undefined,
    initialState: initialState !== undefined,
    training,
    inputGradient: tape.watches(x),
    int8: recurrentKernel.int8,
  };
}

function zeroState(tape: Tape, { cell, batch, units, outputSize }: RecurrentSpec): Tensor[] {
  const h = tape.fill([batch, outputSize], 0);
  return cell === 'lstm' ? [h, tape.fill([batch, units], 0)] : [h];
}
