import { type Activation, activate, type CellRun, type Tape, type Tensor } from '@recurra/core';
import { type RecurrentInputs, type RecurrentWeights, type Unrolled, unroll } from '@recurra/core/backend';

/** The options of ONNX's LSTM, including those that Recurra's layer does not have. */
export interface GeneralLstm {
  /** Activation of the gates. */
  readonly f: Activation;
  /** Activation of the candidate. */
  readonly g: Activation;
  /** Activation of the cell state before the output gate. */
  readonly h: Activation;
  /** Bound of the inputs of f and g, ±clip; 0 for none. */
  readonly clip: number;
  /** The forget gate is 1 − i. */
  readonly inputForget: boolean;
  readonly reverse: boolean;
  /** Compute the output of every step; false: only the final state. */
  readonly sequence: boolean;
}

/** An LSTM whose h differs from g, or whose forget gate is 1 − i; composed from the required operations. */
export function generalLstm(
  tape: Tape,
  options: GeneralLstm,
  { x, weights, initialState, lengths }: RecurrentInputs,
): Unrolled {
  const [H] = weights.recurrentKernel.shape;
  const zeroState = () => [0, 1].map(() => tape.fill([x.shape[1], H], 0));
  const { reverse, sequence } = options;
  return unroll(tape, cell(tape, options, weights), x, initialState ?? zeroState(), {
    lengths,
    reverse,
    sequence,
  });
}

function cell(tape: Tape, { f, g, h, clip, inputForget }: GeneralLstm, weights: RecurrentWeights): CellRun {
  const { kernel, recurrentKernel, bias, peepholes } = weights;
  const [H] = recurrentKernel.shape;
  const [pi, pf, po] = peepholes ? tape.split(peepholes, [H, H, H], 0) : [];
  const addPeephole = (gate: Tensor, c: Tensor, weight: Tensor | undefined) =>
    weight ? tape.add(gate, tape.mul(c, weight)) : gate;
  const clipped = (gate: Tensor) =>
    clip > 0 ? tape.minimum(tape.maximum(gate, tape.fill([1], -clip)), tape.fill([1], clip)) : gate;
  const gateOf = (gate: Tensor) => activate(tape, clipped(gate), f);
  return {
    project(x) {
      const product = tape.matmul(x, kernel);
      return bias ? tape.add(product, bias) : product;
    },
    step(x, [before, c]) {
      const gates = tape.add(x, tape.matmul(before, recurrentKernel));
      const [xi, xf, xg, xo] = tape.split(gates, [H, H, H, H], 1);
      const i = gateOf(addPeephole(xi, c, pi));
      const forget = inputForget ? tape.affine(i, -1, 1) : gateOf(addPeephole(xf, c, pf));
      const next = tape.add(tape.mul(forget, c), tape.mul(i, activate(tape, clipped(xg), g)));
      return [tape.mul(gateOf(addPeephole(xo, next, po)), activate(tape, next, h)), next];
    },
  };
}
