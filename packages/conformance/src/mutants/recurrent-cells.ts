/* Fused recurrent kernels whose step is wrong: gates, biases, functions and options. */
import type { Backend, Tensor } from '@recurra/core';
import type { RecurrentInputs, RecurrentSpec, RecurrentWeights } from '@recurra/core/backend';
import type { RecurrentChange } from './baseline-kernels.js';
import { inputs, mapGates, ofCells, recurrent, request, weights, zeros } from './kernels.js';
import { compute, type Mutant } from './mutant.js';

const { lstm, gru } = ofCells;

const reordered = (cell: RecurrentSpec['cell'], order: readonly number[], only?: keyof RecurrentWeights) =>
  weights(cell, (tape, args, spec) =>
    mapGates(tape, args, spec, (gates, name) =>
      only && name !== only ? gates : order.map((gate) => gates[gate]),
    ),
  );

/** Replaces operations of the cell's computation; `change` runs for each call. */
function arithmetic(
  change: (right: Backend, spec: RecurrentSpec, inputs: RecurrentInputs) => Partial<Backend>,
): RecurrentChange {
  return { arithmetic: (right, spec, inputs) => ({ ...right, ...change(right, spec, inputs) }) };
}

const gates: Mutant[] = [
  lstm('f, i, g, o', 'input and forget gate are swapped', reordered('lstm', [1, 0, 2, 3])),
  lstm('i, g, f, o', 'forget gate and candidate are swapped', reordered('lstm', [0, 2, 1, 3])),
  lstm('i, f, o, g', 'candidate and output gate are swapped', reordered('lstm', [0, 1, 3, 2])),
  lstm('i, o, f, g', 'the order of ONNX', reordered('lstm', [0, 2, 3, 1])),
  lstm('U by itself', 'i and f are swapped in U only', reordered('lstm', [1, 0, 2, 3], 'recurrentKernel')),
  gru('z, r, n', 'the order of Keras', reordered('gru', [1, 0, 2])),
  gru('r, n, z', 'update gate and candidate are swapped', reordered('gru', [0, 2, 1])),
  gru(
    'z and 1 − z exchanged',
    'z ⊙ n + (1 − z) ⊙ h',
    weights('gru', (tape, args, spec) =>
      mapGates(tape, args, spec, ([r, z, n], name) => [r, name.endsWith('Gain') ? z : tape.affine(z, -1), n]),
    ),
  ),
  ...(['rnn', 'lstm', 'gru'] as const).map((cell) =>
    ofCells[cell](
      `U transposed`,
      'each gate’s recurrent kernel is transposed',
      weights(cell, (tape, args, spec) =>
        mapGates(tape, args, spec, (gates, name) =>
          name === 'recurrentKernel' && spec.outputSize === spec.units
            ? gates.map((gate) => tape.transpose(gate, [1, 0]))
            : gates,
        ),
      ),
    ),
  ),
  ...(['rnn', 'lstm', 'gru'] as const).map((cell) =>
    ofCells[cell](
      `no bias`,
      'the bias is not added',
      weights(cell, (tape, { bias }) => ({ bias: bias && zeros(tape, bias) })),
    ),
  ),
  recurrent(
    'bias twice',
    'the bias is added to x·W and to h·U',
    weights(['rnn', 'lstm', 'gru'], (tape, { bias }) => ({ bias: bias && tape.affine(bias, 2) })),
  ),
  lstm(
    'forget bias added',
    '1 is added, although the initial bias already contains it',
    weights('lstm', (tape, args, spec) =>
      mapGates(tape, args, spec, (gates, name) =>
        name === 'bias' ? gates.map((gate, i) => tape.affine(gate, 1, i === 1 ? 1 : 0)) : gates,
      ),
    ),
  ),
  gru(
    'no recurrent bias',
    'b′ is not added',
    weights('gru', (tape, { recurrentBias }) => ({
      recurrentBias: recurrentBias && zeros(tape, recurrentBias),
    })),
  ),
  gru(
    'b′ past the reset gate',
    'the candidate’s b′ is not multiplied by r',
    weights('gru', (tape, { bias, recurrentBias }) => {
      if (!bias || !recurrentBias) return {};
      return { bias: tape.add(bias, recurrentBias), recurrentBias: zeros(tape, recurrentBias) };
    }),
  ),
  gru(
    'reset before',
    'the reset gate is always applied before the product',
    request(() => ({ resetAfter: false })),
  ),
  gru(
    'reset after',
    'the reset gate is always applied after the product',
    request(() => ({ resetAfter: true })),
    'resetAfter: false',
  ),
];

const options: Mutant[] = [
  recurrent(
    'activation ignored',
    'the candidate’s activation is always tanh',
    request(() => ({ activation: 'tanh' })),
    'gradients/recurrent: rnn, activation',
  ),
  recurrent(
    'recurrentActivation ignored',
    'the gates’ activation is always sigmoid',
    request(() => ({ recurrentActivation: 'sigmoid' })),
    'gradients/recurrent: lstm, recurrentActivation',
  ),
  recurrent(
    'hard sigmoid',
    'the gates use the hard sigmoid of Keras 1',
    request(({ recurrentActivation: args }) => ({
      recurrentActivation: args === 'sigmoid' ? 'hardSigmoid' : args,
    })),
  ),
  recurrent(
    'tanh by a fraction',
    'tanh is x (27 + x²) / (27 + 9x²), with an error up to 0.01',
    arithmetic((right) => ({
      unary(op, x) {
        if (op !== 'tanh') return right.unary(op, x);
        return compute(right, (tape) => {
          const square = tape.mul(x, x);
          return tape.div(tape.mul(x, tape.affine(square, 1, 27)), tape.affine(square, 9, 27));
        });
      },
    })),
  ),
  lstm(
    'no tanh at the output',
    'h = o ⊙ c',
    arithmetic((right, spec) => {
      let calls = 0;
      return {
        unary: (op, x) =>
          spec.cell === 'lstm' && op === 'tanh' && ++calls % 2 === 0
            ? right.affine(x, 1, 0)
            : right.unary(op, x),
      };
    }),
  ),
  recurrent(
    'clip ignored',
    'gates are not clipped',
    request(() => ({ clip: 0 })),
  ),
  recurrent(
    'clip after',
    'the gates are clipped instead of their arguments',
    arithmetic((right, { clip }) => ({
      binary: (op, a, b) => (op.endsWith('imum') ? right.affine(a, 1, 0) : right.binary(op, a, b)),
      unary(op, x) {
        if (clip === 0 || (op !== 'sigmoid' && op !== 'tanh')) return right.unary(op, x);
        return compute(right, (tape) => {
          const bound = tape.fill([1], clip);
          return tape.maximum(tape.minimum(tape.unary(op, x), bound), tape.affine(bound, -1));
        });
      },
    })),
  ),
  lstm(
    'no peepholes',
    'the gates ignore the cell state',
    weights('lstm', (tape, { peepholes }) => ({ peepholes: peepholes && zeros(tape, peepholes) })),
    'peepholes',
  ),
  lstm(
    'peepholes i, o, f',
    'the order of ONNX',
    weights('lstm', (tape, { peepholes }, { units }) => {
      if (!peepholes) return {};
      const [i, f, o] = tape.split(peepholes, [units, units, units], 0);
      return { peepholes: tape.concat([i, o, f], 0) };
    }),
    'peepholes',
  ),
  lstm(
    'peephole on the old cell',
    'the output gate uses c instead of c′',
    arithmetic((right, { units }, { weights: { peepholes } }) => {
      const parts: Tensor[] = [];
      let old: Tensor | undefined;
      return {
        slice(x, begin, size) {
          const part = right.slice(x, begin, size);
          if (x === peepholes) parts[begin[0] / units] = part;
          return part;
        },
        binary(op, a, b) {
          if (op === 'mul' && b === parts[1]) old = a;
          return right.binary(op, op === 'mul' && b === parts[2] && old ? old : a, b);
        },
      };
    }),
    'peepholes',
  ),
  recurrent(
    'layerNorm: no normalisation',
    'h·U is only multiplied by the gain',
    weights(['rnn', 'lstm', 'gru'], () => ({ recurrentGain: undefined })),
  ),
  recurrent(
    'layerNorm: no gain',
    'h·U is normalised but not scaled',
    weights(['rnn', 'lstm', 'gru'], (tape, { recurrentGain }) => ({
      recurrentGain: recurrentGain && tape.fill(recurrentGain.shape, 1),
    })),
  ),
  recurrent(
    'layerNorm: no bias of the cell',
    'the bias of the normalised cell is not added',
    weights('lstm', (tape, { cellBias }) => ({ cellBias: cellBias && zeros(tape, cellBias) })),
    'gradients/recurrent: lstm, layerNorm',
  ),
  recurrent(
    'recurrentDropout ignored',
    'the mask is not applied',
    inputs(() => ({ recurrentMask: undefined })),
  ),
  recurrent('recurrentDropout of the output', 'the mask is also applied to y', {
    forward(tape, spec, args, right) {
      const { y, state } = right(tape, spec, args);
      return { y: args.recurrentMask ? tape.mul(y, args.recurrentMask) : y, state };
    },
  }),
];

export const recurrentCells: Mutant[] = [...gates, ...options];
