/* Kernels with int8 weights: the accuracy of rounded rows, NaN, threads, and the memory. */

import { reference } from '@recurra/backend-reference';
import { dense, gru, loadNetwork, lstm, seededRandom, sequential } from '@recurra/core';
import type { DenseKernel } from '@recurra/core/backend';
import { expect, test } from 'vitest';
import { cpu } from '../src/index.js';

const random = seededRandom(5, 'int8');
const data = (count: number) => Float32Array.from({ length: count }, () => random.normal());

test('a dense layer is exact to the rounding of its rows, of any size and depth', async () => {
  const backend = await cpu();
  // 600 inputs: the sums of products need fewer than 16 bits for the rows.
  for (const [rows, inputs, units] of [
    [1, 1, 1],
    [3, 7, 33],
    [1, 600, 40],
    [70, 35, 17],
  ]) {
    const values = Int8Array.from(data(inputs * units), (x) => Math.max(-128, Math.min(127, 60 * x)));
    const scales = data(units).map(Math.abs);
    const x = data(rows * inputs).map((value, i) => value * 10 ** (Math.floor(i / inputs) % 3));
    const kernel = backend.int8?.upload(values, scales, [inputs, units]) as never;
    expect(backend.memory().bytes).toBe(inputs * units + 4 * units);
    const tensor = backend.upload(x, [rows, inputs]);
    const spec = {
      rows,
      inputSize: inputs,
      units,
      activation: 'linear',
      bias: false,
      training: false,
      inputGradient: false,
      int8: true,
    } as const;
    expect(backend.fused.dense?.declines(spec)).toBeUndefined();
    expect(backend.fused.dense?.declines({ ...spec, training: true })).toBe('int8 weights have no gradients');
    const { y } = (backend.fused.dense as DenseKernel).forward(spec, { x: tensor, kernel });
    const actual = await backend.read(y);
    const limit = Math.min(32767, Math.floor((2 ** 31 - 1) / (128 * inputs)));
    for (let row = 0; row < rows; row++) {
      const own = x.subarray(row * inputs, (row + 1) * inputs);
      const unit = Math.max(...own.map(Math.abs)) / limit;
      for (let j = 0; j < units; j++) {
        let [sum, size] = [0, 0];
        for (let k = 0; k < inputs; k++) {
          const weight = values[k * units + j] * scales[j];
          sum += own[k] * weight;
          size += Math.abs(weight);
        }
        const bound = (unit / 2) * size + 3e-7 * Math.abs(sum) + 1e-6;
        expect(Math.abs(actual[row * units + j] - sum)).toBeLessThanOrEqual(bound);
      }
    }
    for (const each of [kernel, tensor, y]) backend.free(each);
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
  }
  backend.dispose();
});

test('NaN and infinity in a row give NaN in this row only', async () => {
  const backend = await cpu();
  const network = sequential([dense({ units: 3 })], { inputShape: [4] }).on(backend, { seed: 1 });
  const quantized = await network.quantize();
  const kernel = quantized.parameters.get('0.kernel') as never;
  const x = backend.upload(
    [1, 2, 3, 4, 1, Number.NaN, 3, 4, 1, 2, Number.POSITIVE_INFINITY, 4, 0, 0, 0, 0],
    [4, 4],
  );
  const spec = {
    rows: 4,
    inputSize: 4,
    units: 3,
    activation: 'linear',
    bias: false,
    training: false,
    inputGradient: false,
    int8: true,
  } as const;
  const { y } = (backend.fused.dense as DenseKernel).forward(spec, { x, kernel });
  const rows = await backend.read(y);
  expect([...rows].map(Number.isNaN)).toEqual(
    [false, true, true, false].flatMap((missing) => [missing, missing, missing]),
  );
  expect([...rows.slice(9)]).toEqual([0, 0, 0]);
  backend.dispose();
});

test('threads give the same numbers, and a state outside of [−1, 1] is right', async () => {
  const [one, many, exact] = [
    await cpu({ threads: 1 }),
    await cpu({ threads: 3, share: 'always' }),
    await reference(),
  ];
  const model = sequential(
    [lstm({ units: 70, returnSequences: true }), gru({ units: 40, resetAfter: false })],
    { inputShape: [null, 9] },
  );
  const floats = model.on(exact, { seed: 2 });
  const file = await (await floats.quantize()).save();
  const networks = [
    await loadNetwork(file, one),
    await loadNetwork(file, many),
    await loadNetwork(file, exact),
  ];
  const x = { data: data(5 * 6 * 9), shape: [5, 6, 9] };
  const state = (size: number) => ({ data: data(5 * size).map((value) => 3 * value), shape: [5, size] });
  const initialState = { 0: [state(70), state(70)], 1: [state(40)] };
  const [a, b, c] = await Promise.all(
    networks.map(async (network) => (await network.predict(x, { initialState })) as { data: Float32Array }),
  );
  expect(b.data).toEqual(a.data);
  a.data.forEach((value, i) => {
    expect(Math.abs(value - c.data[i])).toBeLessThan(2e-3);
  });
  for (const backend of [one, many, exact]) backend.dispose();
});

test('int8 weights have no gradients', async () => {
  const backend = await cpu();
  const network = await sequential([dense({ units: 3 })], { inputShape: [4] })
    .on(backend)
    .quantize();
  const tape = network.tape();
  expect(() => tape.watch(network.parameters.get('0.kernel') as never)).toThrow('int8 weights');
  const x = tape.watch(tape.fill([1, 4], 1));
  expect(() => network.forward(tape, { value: x })).toThrow(/^matmul: expected a tensor, not int8 weights/);
  backend.dispose();
});
