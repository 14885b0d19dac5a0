/*
 * Cells with one error each in place of minGru and minLstm: the goldens or the definitions fail in float32 or, if only a gradient is
 * wrong, finite differences in float64. The right cells pass.
 */
import type { Tape, Tensor } from '@recurra/core';
import { expect, test } from 'vitest';
import { detached } from '../src/mutants/kernels.js';
import {
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

const rest = (tape: Tape, x: Tensor) => tape.affine(x, -1, 1);

/** minGru with the factors of h and of the candidate computed from z. */
const minGruWith = (factors: (tape: Tape, z: Tensor, h: Tensor) => readonly [Tensor, Tensor]): Layers =>
  withStep('minGru', (tape, [z, candidate], [h], { activation = 'linear' }) => {
    const [a, b] = factors(tape, z, h);
    return [mixed(tape, a, h, b, phi(tape, candidate, activation))];
  });
const minLstmWith = (factors: (tape: Tape, f: Tensor, i: Tensor) => readonly [Tensor, Tensor]): Layers =>
  withStep('minLstm', (tape, [f, i, candidate], [h], { activation = 'linear' }) => {
    const [a, b] = factors(tape, f, i);
    return [mixed(tape, a, h, b, phi(tape, candidate, activation))];
  });

const rightMinGru = (tape: Tape, z: Tensor): readonly [Tensor, Tensor] => [
  rest(tape, tape.sigmoid(z)),
  tape.sigmoid(z),
];
const rightMinLstm = (tape: Tape, f: Tensor, i: Tensor): readonly [Tensor, Tensor] => {
  const a = tape.sigmoid(tape.sub(logSigmoid(tape, f), logSigmoid(tape, i)));
  return [a, rest(tape, a)];
};

/** Cells with wrong outputs. */
const wrong: Readonly<Record<string, Layers>> = {
  'minGru: z and 1 − z swapped': minGruWith(
    (tape, z) => [...rightMinGru(tape, z)].reverse() as [Tensor, Tensor],
  ),
  'minGru: the candidate without z': minGruWith((tape, z) => [rightMinGru(tape, z)[0], tape.fill([1], 1)]),
  'minGru: z without sigmoid': minGruWith((tape, z) => [rest(tape, z), z]),
  'minGru: z also of the state': minGruWith((tape, z, h) => rightMinGru(tape, tape.add(z, h))),
  'minGru: gates in the other order': withStep(
    'minGru',
    (tape, [h, z], [state], { activation = 'linear' }) => [
      mixed(
        tape,
        ...([rightMinGru(tape, z)[0], state, rightMinGru(tape, z)[1]] as const),
        phi(tape, h, activation),
      ),
    ],
  ),
  'minGru: the candidate without its activation': withStep('minGru', (tape, [z, candidate], [h]) => [
    mixed(tape, rightMinGru(tape, z)[0], h, rightMinGru(tape, z)[1], candidate),
  ]),
  'minLstm: f and i not normalised': minLstmWith((tape, f, i) => [tape.sigmoid(f), tape.sigmoid(i)]),
  'minLstm: i not normalised': minLstmWith((tape, f, i) => [rightMinLstm(tape, f, i)[0], tape.sigmoid(i)]),
  'minLstm: normalised before the sigmoid': minLstmWith((tape, f, i) => {
    const a = tape.sigmoid(tape.sub(f, i));
    return [a, rest(tape, a)];
  }),
  'minLstm: f and i swapped': minLstmWith((tape, f, i) => rightMinLstm(tape, i, f)),
  'minLstm: divided by a sum that underflows': minLstmWith((tape, f, i) => {
    const gates = [tape.sigmoid(f), tape.sigmoid(i)];
    const sum = tape.add(gates[0], gates[1]);
    return [tape.div(gates[0], sum), tape.div(gates[1], sum)];
  }),
  'minLstm: always tanh': withStep('minLstm', (tape, [f, i, candidate], [h]) => {
    const [a, b] = rightMinLstm(tape, f, i);
    return [mixed(tape, a, h, b, tape.tanh(candidate))];
  }),
};

/** Cells with right outputs: some values are taken for constants. */
const wrongGradients: Readonly<Record<string, Layers>> = {
  'minGru: no gradient of z in 1 − z': minGruWith((tape, z) => [
    detached(tape, rightMinGru(tape, z)[0]),
    rightMinGru(tape, z)[1],
  ]),
  'minLstm: no gradient of the sum f + i': minLstmWith((tape, f, i) => {
    const sum = detached(tape, tape.add(tape.sigmoid(f), tape.sigmoid(i)));
    return [tape.div(tape.sigmoid(f), sum), tape.div(tape.sigmoid(i), sum)];
  }),
};

testChanged(wrong, wrongGradients);

test('the right layers pass, and so do custom cells with the same step', async () => {
  for (const layers of [RIGHT, minGruWith(rightMinGru), minLstmWith(rightMinLstm)])
    expect(await failures(casesOf(layers), 'float32')).toEqual([]);
});
