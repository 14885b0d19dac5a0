/* What a network shows of the inside of a recurrent layer. */
import { cpu } from '@recurra/backend-cpu';
import { reference } from '@recurra/backend-reference';
import {
  bidirectional,
  dense,
  embedding,
  gru,
  type Layer,
  lstm,
  OptionError,
  rnn,
  sequential,
} from '@recurra/core';
import { describe, expect, it } from 'vitest';

const ROWS = [
  [[0.5], [-1], [2]],
  [[1.5], [0.25]],
];

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** A layer of one unit over {@link ROWS}, its parameters [W, U, b …] in the order of the gates. */
async function inspected(layer: Layer, create = reference) {
  const backend = await create();
  const network = sequential([layer], { inputShape: [null, 1] }).on(backend, { seed: 3 });
  const weights = await network.getWeights();
  const held = backend.memory();
  const inside = await network.inspect(ROWS, { layer: 0 });
  expect(backend.memory()).toEqual(held);
  const output = await network.predict(ROWS);
  backend.dispose();
  const at = (gate: string, t: number, row: number) => inside.gates[gate].data[2 * t + row];
  const h = (t: number, row: number) => (t < 0 ? 0 : inside.output.data[2 * t + row]);
  const w = (name: string, gate: number) => weights[`0.${name}`].data[gate];
  return { inside, output, at, h, w };
}

const PLACES = ROWS.flatMap((row, r) => row.map(([x], t) => [r, t, x] as const));

describe.each([
  ['reference', reference, 12],
  ['cpu', cpu, 5],
] as const)('on %s', (_, create, digits) => {
  it('an LSTM shows i, f, g, o and c', async () => {
    const { inside, output, at, h, w } = await inspected(lstm({ units: 1, returnSequences: true }), create);
    expect(inside.lengths).toEqual([3, 2]);
    expect(Object.keys(inside.gates)).toEqual(['i', 'f', 'g', 'o', 'c']);
    expect(inside.gates.c.shape).toEqual([3, 2, 1]);
    for (const [row, t, x] of PLACES) {
      const z = (gate: number) =>
        x * w('kernel', gate) + h(t - 1, row) * w('recurrentKernel', gate) + w('bias', gate);
      const gates = [sigmoid(z(0)), sigmoid(z(1)), Math.tanh(z(2)), sigmoid(z(3))];
      for (const [g, name] of [...'ifgo'].entries()) expect(at(name, t, row)).toBeCloseTo(gates[g], digits);
      const c = gates[1] * (t > 0 ? at('c', t - 1, row) : 0) + gates[0] * gates[2];
      expect(at('c', t, row)).toBeCloseTo(c, digits);
      expect(h(t, row)).toBeCloseTo(gates[3] * Math.tanh(c), digits);
      expect(h(t, row)).toBeCloseTo((output as number[][][])[row][t][0], digits);
    }
  });

  it.each([true, false])('a GRU shows r, z and n, resetAfter: %s', async (resetAfter) => {
    const layer = gru({ units: 1, returnSequences: true, resetAfter });
    const { inside, output, at, h, w } = await inspected(layer, create);
    expect(Object.keys(inside.gates)).toEqual(['r', 'z', 'n']);
    for (const [row, t, x] of PLACES) {
      const before = h(t - 1, row);
      const into = (gate: number) => x * w('kernel', gate) + w('bias', gate);
      const u = (gate: number) =>
        before * w('recurrentKernel', gate) + (resetAfter ? w('recurrentBias', gate) : 0);
      const r = sigmoid(into(0) + u(0));
      const z = sigmoid(into(1) + u(1));
      const n = Math.tanh(into(2) + r * u(2));
      expect([at('r', t, row), at('z', t, row), at('n', t, row)].map((v) => v.toFixed(digits - 1))).toEqual(
        [r, z, n].map((v) => v.toFixed(digits - 1)),
      );
      expect(h(t, row)).toBeCloseTo((1 - z) * n + z * before, digits);
      expect(h(t, row)).toBeCloseTo((output as number[][][])[row][t][0], digits);
    }
  });

  it('a layer that reads backwards shows its steps in the order of time', async () => {
    const { inside, h, w } = await inspected(rnn({ units: 1, goBackwards: true }), create);
    expect(inside.gates).toEqual({});
    for (const [row, t, x] of PLACES) {
      const after = t + 1 < ROWS[row].length ? h(t + 1, row) : 0;
      const z = x * w('kernel', 0) + after * w('recurrentKernel', 0) + w('bias', 0);
      expect(h(t, row)).toBeCloseTo(Math.tanh(z), digits);
    }
  });
});

it('each direction of a layer further on is shown by itself', async () => {
  const backend = await reference();
  const model = sequential(
    [
      embedding({ inputDim: 4, outputDim: 2 }),
      bidirectional(lstm({ units: 3, returnSequences: true })),
      dense({ units: 1 }),
    ],
    { inputShape: [null] },
  );
  const network = model.on(backend, { seed: 1 });
  const ahead = await network.inspect([[0, 1, 2]], { layer: 1 });
  const back = await network.inspect([[0, 1, 2]], { layer: 1, direction: 'backward' });
  const changed = (x: typeof ahead, y: typeof ahead) =>
    [0, 1, 2].map(
      (t) => x.output.data.slice(3 * t, 3 * t + 3).join() !== y.output.data.slice(3 * t, 3 * t + 3).join(),
    );
  const other = [[0, 3, 2]];
  expect(changed(ahead, await network.inspect(other, { layer: 1, direction: 'forward' }))).toEqual([
    false,
    true,
    true,
  ]);
  expect(changed(back, await network.inspect(other, { layer: 1, direction: 'backward' }))).toEqual([
    true,
    true,
    false,
  ]);

  await expect(network.inspect(other, { layer: 0 })).rejects.toThrow(
    'layer 0 is not a recurrent layer; the layers are 0 embedding, 1 bidirectional, 2 dense',
  );
  await expect(network.inspect(other, { layer: 7 })).rejects.toThrow(OptionError);
  await expect(network.inspect(other, { layer: 0, direction: 'backward' })).rejects.toThrow(OptionError);
  await expect(network.inspect(other, { layer: -1 })).rejects.toThrow(OptionError);
  backend.dispose();
});
