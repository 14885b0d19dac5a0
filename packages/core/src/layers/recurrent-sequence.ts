import type { CellStart } from '../cells/gates.js';
import { gruCell } from '../cells/gru.js';
import { lstmCell } from '../cells/lstm.js';
import { rnnCell } from '../cells/rnn.js';
import type { RecurrentInputs, RecurrentKernel, RecurrentSpec, RecurrentWeights } from '../contract/fused.js';
import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';
import { type Unrolled, unroll, type WatchStep } from './unroll.js';

const gateCount = { rnn: 1, lstm: 4, gru: 3 };
const cells: Record<RecurrentSpec['cell'], CellStart> = { rnn: rnnCell, lstm: lstmCell, gru: gruCell };

/** What the shapes do not tell. */
export type RecurrentOptions = Pick<
  RecurrentSpec,
  'cell' | 'activation' | 'recurrentActivation' | 'resetAfter' | 'clip' | 'reverse' | 'stepGradients'
>;

/** {@link Unrolled}; `steps` only where the walk was composed. */
export type RecurrentSequence = Omit<Unrolled, 'steps'> & { readonly steps?: readonly Tensor[] };

/**
 * A built-in cell over a whole sequence: by the backend's fused kernel, or composed from the required operations where it
 * declines, or where `watch` asks for what the cell computes at each step.
 */
export function recurrentSequence(
  tape: Tape,
  options: RecurrentOptions,
  inputs: RecurrentInputs,
  watch?: WatchStep,
): RecurrentSequence {
  const spec = describe(tape, options, inputs);
  const kernel = tape.fused.recurrent;
  const reason = whyComposed(kernel, spec, watch);
  if (kernel && reason === undefined) {
    tape.ran.push({ kernel: 'recurrent', way: 'fused' });
    return fusedSequence(tape, spec, inputs);
  }
  tape.ran.push({ kernel: 'recurrent', way: 'composed', reason });
  const { x, lengths, initialState = zeroState(tape, spec) } = inputs;
  return unroll(tape, cells[spec.cell](tape, spec, inputs), x, initialState, {
    lengths,
    reverse: spec.reverse,
    watch,
  });
}

function whyComposed(
  kernel: RecurrentKernel | undefined,
  spec: RecurrentSpec,
  watch: WatchStep | undefined,
): string | undefined {
  if (watch) return 'the values of every step are asked for';
  return kernel ? kernel.declines(spec) : 'no fused kernel';
}

function fusedSequence(tape: Tape, spec: RecurrentSpec, inputs: RecurrentInputs): RecurrentSequence {
  const kernel = tape.fused.recurrent as NonNullable<typeof tape.fused.recurrent>;
  const { x, weights, initialState = [] } = inputs;
  const outputs = kernel.forward(spec, inputs);
  for (const saved of outputs.saved) tape.own(saved);
  if (!spec.training) {
    tape.own(outputs.y);
    for (const state of outputs.state) tape.own(state);
    return outputs;
  }
  const names = Object.keys(weights) as (keyof RecurrentWeights)[];
  tape.record(
    [x, ...names.map((name) => weights[name]), ...initialState],
    [outputs.y, ...outputs.state],
    ([y, ...state]) => {
      const found = kernel.backward(spec, inputs, outputs, { y, state });
      const gradients = [found.x, ...names.map((name) => found.weights[name]), ...(found.initialState ?? [])];
      for (const gradient of gradients) if (gradient) tape.own(gradient);
      return gradients;
    },
  );
  return { y: outputs.y, state: outputs.state };
}

function describe(tape: Tape, options: RecurrentOptions, inputs: RecurrentInputs): RecurrentSpec {
  const { x, weights, initialState, lengths, recurrentMask } = inputs;
  const { recurrentKernel, bias, peepholes, projection, inputGain } = weights;
  const [time, batch, inputSize] = x.shape;
  const [outputSize, width] = recurrentKernel.shape;
  return {
    cell: options.cell,
    activation: options.activation,
    recurrentActivation: options.recurrentActivation,
    resetAfter: options.resetAfter,
    clip: options.clip,
    reverse: options.reverse,
    stepGradients: options.stepGradients,
    time,
    batch,
    inputSize,
    units: width / gateCount[options.cell],
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
  };
}

function zeroState(tape: Tape, { cell, batch, units, outputSize }: RecurrentSpec): Tensor[] {
  const h = tape.fill([batch, outputSize], 0);
  return cell === 'lstm' ? [h, tape.fill([batch, units], 0)] : [h];
}
