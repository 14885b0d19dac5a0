/*
 * The errors for NaN or infinite weights name the tensor; infinite constants that are no weights are
 * accepted.
 */
import { reference } from '@recurra/backend-reference';
import {
  dense,
  embedding,
  FormatError,
  gru,
  layerNorm,
  lstm,
  type NDArray,
  rnn,
  sequential,
} from '@recurra/core';
import { encodeSafetensors } from '@recurra/core/files';
import { readLayersModel, readOnnx, readStateDict, writeLayersModel, writeOnnx } from '@recurra/interop';
import { expect, test } from 'vitest';
import { encodeModel, node, port, tensor } from '../src/onnx/write/proto.js';

const backend = await reference();
const wrong = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** The file with the number `marker` replaced. */
function poisoned(file: Uint8Array, marker: number, by: number): Uint8Array {
  const copy = Buffer.from(file);
  const at = copy.indexOf(Buffer.from(Float32Array.of(marker).buffer));
  expect(at).toBeGreaterThan(0);
  copy.writeFloatLE(by, at);
  return copy;
}

test('every weight of an ONNX file', async () => {
  const layers = [
    embedding({ inputDim: 5, outputDim: 3 }),
    lstm({ units: 2, returnSequences: true }),
    layerNorm(),
    gru({ units: 2, returnSequences: true }),
    dense({ units: 2 }),
    rnn({ units: 2 }),
    dense({ units: 1 }),
  ];
  const network = sequential(layers, { inputShape: [null] }).on(backend);
  const weights = await network.getWeights();
  const marker = 0.123;
  for (const [name, { data, shape }] of Object.entries(weights)) {
    const marked = Float32Array.from(data, (_, i) => (i === data.length - 1 ? marker : 0.5));
    network.setWeights({ ...weights, [name]: { data: marked, shape } }, { allowNonFinite: true });
    const file = await writeOnnx(network);
    for (const value of wrong) {
      const read = readOnnx(poisoned(file, marker, value));
      await expect(read, `${name} ${value}`).rejects.toThrow(FormatError);
      await expect(read, `${name} ${value}`).rejects.toThrow(
        new RegExp(`^initializer ".+": element \\[[\\d,]+\\] must be a finite number, not ${value}$`),
      );
    }
  }
});

test('a mask of −∞ in an ONNX file is accepted, but NaN in it is not', async () => {
  const model = (mask: number) =>
    encodeModel({
      opset: 13,
      inputs: [port('x', 'float32', [2, 2])],
      outputs: [port('y', 'float32')],
      initializers: [
        tensor('mask', 'float32', [2, 2], [0, mask, 0, 0]),
        tensor('w', 'float32', [2, 2], [1, 0, 0, 1]),
      ],
      nodes: [
        node('MatMul', ['x', 'w'], ['scores']),
        node('Add', ['scores', 'mask'], ['masked']),
        node('Softmax', ['masked'], ['y']),
      ],
    });
  const running = await (await readOnnx(model(Number.NEGATIVE_INFINITY))).on(backend);
  const { y } = await running.run({ x: { shape: [2, 2], data: [0, 0, 0, 0] } });
  expect(Array.from(y.data)).toEqual([1, 0, 0.5, 0.5]);
  running.dispose();
  await expect(readOnnx(model(Number.NaN))).rejects.toThrow(
    'initializer "mask": element [0,1] must be a number, not NaN',
  );
});

test.each(wrong)('%s in a state_dict and in a Keras model', async (value) => {
  const array = (...shape: number[]): NDArray => ({
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.1),
  });
  const state = {
    'rnn.weight_ih_l0': array(8, 3),
    'rnn.weight_hh_l0': array(8, 2),
    'rnn.bias_ih_l0': array(8),
    'rnn.bias_hh_l0': array(8),
  };
  for (const name of Object.keys(state) as (keyof typeof state)[]) {
    const data = Float32Array.from(state[name].data).fill(value, 3, 4);
    const read = () => readStateDict(encodeSafetensors({ ...state, [name]: { ...state[name], data } }));
    expect(read).toThrow(FormatError);
    expect(read).toThrow(`${name}: element [`);
  }
  const network = sequential([lstm({ units: 2 })], { inputShape: [null, 3] }).on(backend);
  const files = await writeLayersModel(network);
  const weights = Uint8Array.from(files['weights.bin'] as Uint8Array);
  new DataView(weights.buffer).setFloat32(4, value, true);
  const json = new TextEncoder().encode(files['model.json'] as string);
  await expect(readLayersModel(json, async () => weights)).rejects.toThrow(
    /the weight kernel of .*: element \[0,1\] must be a finite number/,
  );
});
