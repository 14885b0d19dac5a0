/*
 * Cells with one error each in place of slstm: the goldens or the definitions fail in float32 or, if only a gradient is
 * wrong, finite differences in float64. The right cells pass.
 */
import { type Activation, slstm, type Tape, type Tensor } from '@recurra/core';
import { expect, test } from 'vitest';
import { detached } from '../src/mutants/kernels.js';
import {
  type CellOptions,
  casesOf,
  failures,
  type Layers,
  logSigmoid,
  mixed,
  phi,
  RIGHT,
  testChanged,
  withStep,
} from './fixtures/changed-cells.js';

/** The parts of slstm's step that a mutant replaces. */
interface SlstmParts {
  readonly logForget: (tape: Tape, f: Tensor, forgetGate: CellOptions['forgetGate']) => Tensor;
  /** log f of the old c and n, relative to the stabiliser. */
  readonly forget: (tape: Tape, values: Logs) => Tensor;
  readonly input: (tape: Tape, values: Logs) => Tensor;
  readonly maximum: (tape: Tape, carried: Tensor, i: Tensor) => Tensor;
  readonly output: (tape: Tape, o: Tensor, c: Tensor, n: Tensor) => Tensor;
  readonly candidate: (tape: Tape, z: Tensor, activation: Activation) => Tensor;
  readonly carried: (tape: Tape, m: Tensor, logForget: Tensor, i: Tensor, n: Tensor) => Tensor;
}
type Logs = Readonly<Record<'carried' | 'maximum' | 'i' | 'logForget', Tensor>>;

const slstmWith = (changed: Partial<SlstmParts>): Layers =>
  withStep('slstm', (tape, [i, f, z, o], [, c, n, m], { activation = 'tanh', forgetGate }) => {
    const parts: SlstmParts = {
      logForget: (tape, f, kind) => (kind === 'exponential' ? f : logSigmoid(tape, f)),
      carried: (tape, m, logForget, i, n) => tape.select(n, tape.add(m, logForget), i),
      maximum: (tape, carried, i) => tape.maximum(carried, i),
      forget: (tape, { carried, maximum }) => tape.sub(carried, maximum),
      input: (tape, { i, maximum }) => tape.sub(i, maximum),
      candidate: phi,
      output: (tape, o, c, n) => tape.mul(tape.sigmoid(o), tape.div(c, n)),
      ...changed,
    };
    const logForget = parts.logForget(tape, f, forgetGate);
    const carried = parts.carried(tape, m, logForget, i, n);
    const maximum = parts.maximum(tape, carried, i);
    const logs = { carried, maximum, i, logForget };
    const [forget, input] = [tape.exp(parts.forget(tape, logs)), tape.exp(parts.input(tape, logs))];
    const cell = mixed(tape, forget, c, input, parts.candidate(tape, z, activation));
    const normalizer = tape.add(tape.mul(forget, n), input);
    return [parts.output(tape, o, cell, normalizer), cell, normalizer, maximum];
  });

/** Cells with wrong outputs. */
const wrong: Readonly<Record<string, Layers>> = {
  'slstm: no stabiliser': slstmWith({ maximum: (tape, carried) => tape.affine(carried, 0) }),
  'slstm: no stabiliser in the forget gate': slstmWith({ forget: (_, { logForget }) => logForget }),
  'slstm: no stabiliser in the input gate': slstmWith({ input: (_, { i }) => i }),
  'slstm: the stabiliser is that of the input gate': slstmWith({ maximum: (_, _carried, i) => i }),
  'slstm: the first step is stabilised by 0': slstmWith({
    carried: (tape, m, logForget) => tape.add(m, logForget),
  }),
  'slstm: the stabiliser’s maximum is not carried': slstmWith({
    carried: (tape, _m, logForget, i, n) => tape.select(n, logForget, i),
  }),
  'slstm: no normaliser': slstmWith({ output: (tape, o, c) => tape.mul(tape.sigmoid(o), c) }),
  'slstm: the normaliser is at least 1': slstmWith({
    output: (tape, o, c, n) => tape.mul(tape.sigmoid(o), tape.div(c, tape.maximum(n, tape.fill([1], 1.5)))),
  }),
  'slstm: the output gate without sigmoid': slstmWith({
    output: (tape, o, c, n) => tape.mul(o, tape.div(c, n)),
  }),
  'slstm: tanh of the cell': slstmWith({
    output: (tape, o, c, n) => tape.mul(tape.sigmoid(o), tape.tanh(tape.div(c, n))),
  }),
  'slstm: always tanh': slstmWith({ candidate: (tape, z) => tape.tanh(z) }),
  'slstm: the forget gate is always a sigmoid': slstmWith({ logForget: logSigmoid }),
  'slstm: the forget gate is always exponential': slstmWith({ logForget: (_, f) => f }),
  'slstm: one head': { ...RIGHT, slstm: ({ heads: _, ...options }: CellOptions) => slstm(options) } as Layers,
};

/** Cells with right outputs: some values are taken for constants. */
const wrongGradients: Readonly<Record<string, Layers>> = {
  'slstm: no gradient of the normaliser': slstmWith({
    output: (tape, o, c, n) => tape.mul(tape.sigmoid(o), tape.div(c, detached(tape, n))),
  }),
  'slstm: no gradient of the stabiliser in the forget gate alone': slstmWith({
    forget: (tape, { carried, maximum }) => tape.sub(carried, detached(tape, maximum)),
  }),
};

testChanged(wrong, wrongGradients);

test('a custom cell with the same step passes', async () => {
  expect(await failures(casesOf(slstmWith({})), 'float32')).toEqual([]);
});
