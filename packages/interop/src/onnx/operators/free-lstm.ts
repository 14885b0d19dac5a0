import { type Activation, activate, type Cell, recurrent, type Tape, type Tensor } from '@recurra/core';
import type { RecurrentSequence, RecurrentWeights } from '@recurra/core/backend';

/** What ONNX's LSTM has beyond Recurra's. */
export interface FreeLstm {
  /** Of the gates. */
  readonly f: Activation;
  /** Of the candidate. */
  readonly g: Activation;
  /** Of the cell state on its way out. */
  readonly h: Activation;
  /** Bound of what goes into f and g; 0 for none. */
  readonly clip: number;
  /** The forget gate is 1 − i. */
  readonly inputForget: boolean;
  readonly reverse: boolean;
}

/** An LSTM whose cell state has an activation of its own on its way out, or whose forget gate follows the input gate. */
export function freeLstm(
  tape: Tape,
  options: FreeLstm,
  run: {
    readonly x: Tensor;
    readonly weights: RecurrentWeights;
    readonly initialState?: readonly Tensor[];
    readonly lengths?: Tensor;
  },
): RecurrentSequence {
  const { x, weights, initialState, lengths } = run;
  const sequence = recurrent(cell(options, weights)).buildSequence(x.shape[2]);
  return sequence.run(tape, x, {
    weights: {},
    state: initialState,
    lengths,
    reverse: options.reverse,
    training: false,
    stepGradients: false,
    random: () => {
      throw new Error('inference draws no random numbers');
    },
  });
}

function cell({ f, g, h, clip, inputForget }: FreeLstm, weights: RecurrentWeights): Cell {
  const { kernel, recurrentKernel, bias, peepholes } = weights;
  const H = recurrentKernel.shape[0];
  return {
    kind: 'onnxLstm',
    options: {},
    build: () => ({
      parameters: {},
      stateSizes: [H, H],
      run(tape) {
        const [pi, pf, po] = peepholes ? tape.split(peepholes, [H, H, H], 0) : [];
        const peep = (gate: Tensor, c: Tensor, weight: Tensor | undefined) =>
          weight ? tape.add(gate, tape.mul(c, weight)) : gate;
        const held = (gate: Tensor) =>
          clip > 0 ? tape.minimum(tape.maximum(gate, tape.fill([1], -clip)), tape.fill([1], clip)) : gate;
        const open = (gate: Tensor) => activate(tape, held(gate), f);
        return {
          project(x) {
            const product = tape.matmul(x, kernel);
            return bias ? tape.add(product, bias) : product;
          },
          step(x, [before, c]) {
            const gates = tape.add(x, tape.matmul(before, recurrentKernel));
            const [xi, xf, xg, xo] = tape.split(gates, [H, H, H, H], 1);
            const i = open(peep(xi, c, pi));
            const forget = inputForget ? tape.affine(i, -1, 1) : open(peep(xf, c, pf));
            const next = tape.add(tape.mul(forget, c), tape.mul(i, activate(tape, held(xg), g)));
            return [tape.mul(open(peep(xo, next, po)), activate(tape, next, h)), next];
          },
        };
      },
    }),
  };
}
