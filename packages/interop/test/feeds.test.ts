/* Valid and invalid inputs of a model's run, and the forms in which a file's bytes may be passed. */
import { readFileSync } from 'node:fs';
import { reference } from '@recurra/backend-reference';
import { DataError, dense, gru, ShapeError, sequential } from '@recurra/core';
import { encodeSafetensors } from '@recurra/core/files';
import { readKerasArchive, readOnnx, readStateDict, runnable } from '@recurra/interop';
import { describe, expect, test } from 'vitest';
import { encodeModel, node, port, tensor } from '../src/onnx/write/proto.js';

const backend = await reference();
const bytes = encodeModel({
  opset: 13,
  inputs: [port('tokens', 'int64', ['n']), port('scale', 'float32', [1])],
  outputs: [port('y', 'float32')],
  initializers: [tensor('table', 'float32', [4], [0, 10, 20, 30])],
  nodes: [node('Gather', ['table', 'tokens'], ['rows']), node('Mul', ['rows', 'scale'], ['y'])],
});
const graph = await (await readOnnx(bytes)).on(backend);
const network = sequential([gru({ units: 2 }), dense({ units: 1 })], { inputShape: [null, 2] }).on(backend);
const layers = runnable(network);
const scale = { shape: [1], data: Float32Array.of(0.5) };

test.each([
  ['BigInt64Array', BigInt64Array.of(3n, 1n)],
  ['BigUint64Array', BigUint64Array.of(3n, 1n)],
  ['Int32Array', Int32Array.of(3, 1)],
  ['Uint8Array', Uint8Array.of(3, 1)],
  ['Float64Array', Float64Array.of(3, 1)],
  ['a plain array', [3, 1]],
])('whole numbers in %s', async (_, data) => {
  const { y } = await graph.run({ tokens: { shape: [2], data }, scale: { shape: [1], data: [0.5] } });
  expect(Array.from(y.data)).toEqual([15, 5]);
});

test('a network takes every form of numbers too', async () => {
  const numbers = [1, 2, 3, 4];
  const run = async (data: ArrayLike<number> | ArrayLike<bigint>) =>
    (await layers.run({ input: { shape: [1, 2, 2], data } })).output.data;
  const expected = await run(Float32Array.from(numbers));
  for (const data of [numbers, Int8Array.from(numbers), BigInt64Array.from(numbers, BigInt)]) {
    expect(await run(data)).toEqual(expected);
  }
});

describe.each([
  ['graph', graph],
  ['network', layers],
] as const)('a %s rejects', (_, model) => {
  const [{ name }] = model.inputs;
  const rest = model === graph ? { scale } : {};
  test.each([
    ['no feeds', undefined, DataError, /inputs are .*: each must be given by name, as { shape, data }/],
    ['null', null, DataError, /not null/],
    ['nothing', {}, DataError, new RegExp(`${name}.* missing`)],
    ['a feed that is null', { [name]: null, ...rest }, DataError, new RegExp(`input ${name} must be`)],
    [
      'no shape',
      { [name]: { data: [1] }, ...rest },
      DataError,
      /must be { shape: \[…\], data: .*not { data }/,
    ],
    ['numbers without a shape', { [name]: [1, 2], ...rest }, DataError, /must be { shape: \[…\], data/],
    [
      'texts',
      { [name]: { shape: [2], data: [1, 'x'] }, ...rest },
      DataError,
      /element 1 must be a number, not "x"/,
    ],
    ['too few numbers', { [name]: { shape: [3], data: [1] }, ...rest }, ShapeError, /1 numbers do not fill/],
    ['a shape with fractions', { [name]: { shape: [1.5], data: [1] }, ...rest }, ShapeError, /whole numbers/],
    [
      'a name that is nearly right',
      { [`${name}s`]: scale, ...rest },
      DataError,
      new RegExp(`no input ${name}s; did you mean ${name}\\?`),
    ],
  ])('%s', async (_, feeds, error, message) => {
    const run = model.run(feeds as never);
    await expect(run).rejects.toThrow(error);
    await expect(run).rejects.toThrow(message);
  });
});

test('an integer outside the range of the input is rejected, and so is a fraction', async () => {
  const run = (data: ArrayLike<number> | ArrayLike<bigint>) =>
    graph.run({ tokens: { shape: [1], data }, scale });
  await expect(run(BigUint64Array.of(2n ** 63n))).rejects.toThrow(
    /9223372036854775808, is outside the range of int64/,
  );
  await expect(run([0.5])).rejects.toThrow(/must be a whole number, not 0.5/);
});

test('a file may be an ArrayBuffer, a Buffer or a view into a larger one', async () => {
  const state = encodeSafetensors({
    'rnn.weight_ih_l0': { shape: [2, 3], data: new Float32Array(6) },
    'rnn.weight_hh_l0': { shape: [2, 2], data: new Float32Array(4) },
  });
  const keras = readFileSync(new URL('data/keras3/functional.keras', import.meta.url));
  const cases: [Uint8Array, (file: Uint8Array | ArrayBuffer) => unknown][] = [
    [bytes, readOnnx],
    [state, (file) => readStateDict(file)],
    [keras, (file) => readKerasArchive(file)],
  ];
  for (const [file, read] of cases) {
    const copy = Uint8Array.from(file);
    const shifted = new Uint8Array([1, 2, 3, ...file, 4]).subarray(3, 3 + file.length);
    for (const form of [copy.buffer, Buffer.from(file), shifted]) await read(form);
    await expect(async () => read('model' as never)).rejects.toThrow(DataError);
  }
});
