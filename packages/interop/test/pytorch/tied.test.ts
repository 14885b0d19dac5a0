/* State_dicts that the safetensors package wrote, which say less than a model: tied weights, every step or the last. */
import { readFileSync } from 'node:fs';
import { reference } from '@recurra/backend-reference';
import { decodeSafetensors, encodeSafetensors, type NDArray } from '@recurra/core';
import { networkOf, readStateDict } from '@recurra/interop';
import { expect, test } from 'vitest';

const backend = await reference();
const read = (name: string) => readFileSync(new URL(`../data/pytorch/${name}`, import.meta.url));
const io = (name: string) => JSON.parse(read(name).toString());

async function outputs(file: Uint8Array, input: NDArray, options = {}) {
  const network = networkOf(readStateDict(file, options), backend);
  const { shape, data } = await network.predict(input);
  network.dispose();
  return { shape, data: Array.from(data) };
}

function close(actual: { shape: readonly number[]; data: number[] }, expected: typeof actual): void {
  expect(actual.shape).toEqual(expected.shape);
  expected.data.forEach((value, i) => {
    expect(actual.data[i]).toBeCloseTo(value, 5);
  });
}

const { tensors } = decodeSafetensors(read('tied.safetensors'));
const { 'e.weight': shared, ...lstm } = tensors;
const tokens = io('tied.json').x;
const input = { shape: tokens.shape, data: Float32Array.from(tokens.data) };

test.each([
  ['as save_model writes it', read('tied.safetensors')],
  [
    'with the other name kept',
    encodeSafetensors({ 'o.weight': shared, ...lstm }, { 'e.weight': 'o.weight' }),
  ],
  ['with the reverse note', encodeSafetensors({ 'e.weight': shared, ...lstm }, { 'e.weight': 'o.weight' })],
  [
    'with names out of order',
    encodeSafetensors(
      { 'encoder.weight': shared, ...lstm },
      { format: 'pt', 'decoder.weight': 'encoder.weight' },
    ),
  ],
])('tied weights of an embedding and the output layer, %s', async (_, file) => {
  close(await outputs(file, input), io('tied.json').y);
  expect(readStateDict(file).notes).toEqual([expect.stringMatching(/every step is assumed.*each token/)]);
  expect((await outputs(file, input, { returnSequences: false })).shape).toEqual([2, 20]);
});

test('a tagger of both directions gives every step unless it is told otherwise', async () => {
  const { x, y } = io('bilstm2.json');
  const file = read('bilstm2.safetensors');
  const batch = { ...x, data: Float32Array.from(x.data) };
  close(await outputs(file, batch), y);
  expect(readStateDict(file).notes).toEqual([expect.stringMatching(/every step is assumed.*bidirectional/)]);
  expect(readStateDict(file, { returnSequences: true }).notes).toEqual([]);
  expect((await outputs(file, batch, { returnSequences: false })).shape).toEqual([2, 2]);
});
