import type { CellRun } from '../cells/cell.js';
import type { CellStart } from '../cells/gates.js';
import { gruCell } from '../cells/gru.js';
import { lstmCell } from '../cells/lstm.js';
import { rnnCell } from '../cells/rnn.js';
import type { RecurrentInputs, RecurrentSpec, RecurrentWeights } from '../contract/fused.js';
import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';
import { type Unrolled, unroll, type WatchStep } from './unroll.js';

const gateCount = { rnn: 1, lstm: 4, gru: 3 };
const cells: Record<RecurrentSpec['cell'], CellStart> = { rnn: rnnCell, lstm: lstmCell, gru: gruCell };

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
 */
export function recurrentSequence(
  tape: Tape,
  cell: RecurrentCell,
  inputs: RecurrentInputs,
  run: RecurrentRun,
): RecurrentSequence {
  const { watch } = run;
  const { x, weights, lengths, initialState } = inputs;
  const spec = describe(tape, cell, inputs, run);
  const kernel = tape.kernel('recurrent', spec, watch && 'the values of every step are requested');
  if (!kernel) {
    const start = initialState ?? zeroState(tape, spec);
    return unroll(tape, cells[spec.cell](tape, spec, inputs), x, start, { ...run, lengths });
  }
  const outputs = kernel.forward(spec, inputs);
  const { y, state, saved } = outputs;
  const names = Object.keys(weights) as (keyof RecurrentWeights)[];
  tape.record(
    [x, ...names.map((name) => weights[name]), ...(initialState ?? [])],
    y ? [...state, y] : state,
    (gradients) => {
      const ofState = gradients.slice(0, state.length);
      const computed = kernel.backward(spec, inputs, outputs, { y: gradients[state.length], state: ofState });
      return tape.ownAll([
        computed.x,
        ...names.map((name) => computed.weights[name]),
        ...(computed.initialState ?? []),
      ]);
    },
    saved,
  );
  return { y, state };
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
export function composedCell(tape: Tape, cell: RecurrentCell, inputs: RecurrentInputs): CellRun {
  return cells[cell.cell](tape, describe(tape, cell, inputs, { reverse: false, sequence: true }), inputs);
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
    training:
      tape.watches(x) || tape.watchesAny(Object.values(weights)) || tape.watchesAny(initialState ?? []),
    inputGradient: tape.watches(x),
    int8: recurrentKernel.int8,
  };
}

function zeroState(tape: Tape, { cell, batch, units, outputSize }: RecurrentSpec): Tensor[] {
  const h = tape.fill([batch, outputSize], 0);
  return cell === 'lstm' ? [h, tape.fill([batch, units], 0)] : [h];
}
