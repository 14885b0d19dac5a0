/*
 * State_dicts as PyTorch's users write them: with tied weights, with every step or the last one, with other
 * number types.
 */
import { readFileSync } from 'node:fs';
import { reference } from '@recurra/backend-reference';
import { type NDArray, UnsupportedError } from '@recurra/core';
import { decodeSafetensors, encodeSafetensors } from '@recurra/core/files';
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
    'with the other name stored',
    encodeSafetensors({ 'o.weight': shared, ...lstm }, { 'e.weight': 'o.weight' }),
  ],
  ['with reversed metadata', encodeSafetensors({ 'e.weight': shared, ...lstm }, { 'e.weight': 'o.weight' })],
  [
    'with unordered names',
    encodeSafetensors(
      { 'encoder.weight': shared, ...lstm },
      { format: 'pt', 'decoder.weight': 'encoder.weight' },
    ),
  ],
])('tied weights of an embedding and the output layer, %s', async (_, file) => {
  close(await outputs(file, input), io('tied.json').y);
  expect(readStateDict(file).notes).toEqual([
    expect.stringMatching(/every step is assumed.*number of tokens/),
  ]);
  expect((await outputs(file, input, { returnSequences: false })).shape).toEqual([2, 20]);
});

test('batch normalisation is rejected, and the error has the name of its module', () => {
  const refused = () => readStateDict(read('batchnorm.safetensors'));
  expect(refused).toThrow(UnsupportedError);
  expect(refused).toThrow('batch normalisation is not supported: bn has running statistics');
});

test.each(['F16', 'BF16'])('weights in %s', async (dtype) => {
  const { x, y } = io('bilstm2.json');
  const { tensors } = decodeSafetensors(read('bilstm2.safetensors'));
  const file = halved(tensors, dtype);
  const { data } = await outputs(file, { ...x, data: Float32Array.from(x.data) });
  data.forEach((value, i) => {
    expect(Math.abs(value - y.data[i])).toBeLessThan(dtype === 'F16' ? 1e-3 : 1e-2);
  });
});

/** A file with the numbers truncated to a 16-bit type. */
function halved(tensors: Readonly<Record<string, NDArray>>, dtype: string): Uint8Array {
  let offset = 0;
  const parts: Uint8Array[] = [];
  const header = Object.entries(tensors).map(([name, { data, shape }]) => {
    const bits = Uint16Array.from(data, (x) => {
      const single = new Uint32Array(Float32Array.of(x).buffer)[0];
      if (dtype === 'BF16') return single >>> 16;
      const exponent = ((single >>> 23) & 0xff) - 112;
      const sign = (single >>> 16) & 0x8000;
      return exponent <= 0 ? sign : sign | (exponent << 10) | ((single >>> 13) & 0x3ff);
    });
    parts.push(new Uint8Array(bits.buffer));
    const entry = { dtype, shape, data_offsets: [offset, offset + bits.byteLength] };
    offset += bits.byteLength;
    return [name, entry];
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...parts]);
}

test('a bidirectional tagger returns every step by default', async () => {
  const { x, y } = io('bilstm2.json');
  const file = read('bilstm2.safetensors');
  const batch = { ...x, data: Float32Array.from(x.data) };
  close(await outputs(file, batch), y);
  expect(readStateDict(file).notes).toEqual([expect.stringMatching(/every step is assumed.*bidirectional/)]);
  expect(readStateDict(file, { returnSequences: true }).notes).toEqual([]);
  expect((await outputs(file, batch, { returnSequences: false })).shape).toEqual([2, 2]);
});
