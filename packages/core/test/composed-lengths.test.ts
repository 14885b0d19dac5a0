/* Composed recurrent layers on rows of unequal lengths. */
import { reference } from '@recurra/backend-reference';
import { gru, lstm, minGru, minLstm, rnn, seededRandom, Tape } from '@recurra/core';
import { expect, it } from 'vitest';

it.each([
  ['rnn', rnn({ units: 2, returnSequences: true })],
  ['lstm', lstm({ units: 2, returnSequences: true })],
  ['gru', gru({ units: 2, returnSequences: true })],
  ['minGru', minGru({ units: 2, returnSequences: true })],
  ['minLstm', minLstm({ units: 2, returnSequences: true })],
])('a row with NaN values has no gradient past its length: %s', async (_, layer) => {
  const backend = await reference();
  const tape = new Tape(backend);
  const built = layer.build({ kind: 'sequence', time: 3, features: 1 });
  const parameters = Object.entries(built.parameters).map(([name, { shape }]) => [
    name,
    tape.fill(shape, 0.5),
  ]);
  // Row 0 has one step, which is NaN; row 1 has three steps.
  const x = tape.watch(tape.constant([Number.NaN, 1, 9, 2, 9, 3], [3, 2, 1]));
  const input = { value: x, lengths: { rows: [1, 3], tensor: tape.constant([1, 3], [2]) } };
  const { output } = built.apply(tape, input, {
    weights: Object.fromEntries(parameters),
    buffers: {},
    training: true,
    random: (name) => seededRandom(1, name),
  });
  const [dx] = tape.gradients([[output.value, 1]], [x]);
  const [, , past1, own2, past2, own3] = await backend.read(dx);
  expect([past1, past2]).toEqual([0, 0]);
  expect(own2 * own3).not.toBe(0);
  expect(own2 * own3).not.toBeNaN();
  tape.dispose();
  backend.dispose();
});
