/* Whole graphs as PyTorch and Keras exporters write them, compared with onnxruntime. */
import { cpu } from '@recurra/backend-cpu';
import { reference } from '@recurra/backend-reference';
import { type Backend, StateError } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readOnnx } from '../../src/onnx/read.js';
import { encodeModel, node, port, tensor } from '../../src/onnx/write/proto.js';
import { expectClose, numbers, type OrtFeed, onnxruntime } from './support.js';

const backends: Backend[] = [];
beforeAll(async () => {
  backends.push(await cpu(), await reference());
});
afterAll(() => {
  for (const backend of backends) backend.dispose();
});

let seed = 0;
function weight(name: string, ...shape: number[]) {
  return tensor(
    name,
    'float32',
    shape,
    numbers(sizeOf(shape), ++seed).map((x) => x / 2),
  );
}
function ints(name: string, ...values: number[]) {
  return tensor(name, 'int64', [values.length], values);
}
function index(name: string, value: number) {
  return tensor(name, 'int64', [], [value]);
}

/**
 * A classifier: token ids, an embedding, two bidirectional LSTMs, and a linear layer on the last states of
 * both directions.
 */
function classifier(): Uint8Array {
  const [V, E, H, C] = [20, 6, 5, 3];
  return encodeModel({
    opset: 17,
    inputs: [port('tokens', 'int64', ['batch', 'time'])],
    outputs: [
      port('probabilities', 'float32', ['batch', C]),
      port('steps', 'float32', ['batch', 'time', 2 * H]),
    ],
    initializers: [
      weight('embedding', V, E),
      ...[E, 2 * H].flatMap((inputs, layer) => [
        weight(`W${layer}`, 2, 4 * H, inputs),
        weight(`R${layer}`, 2, 4 * H, H),
        weight(`B${layer}`, 2, 8 * H),
      ]),
      weight('fc', C, 2 * H),
      weight('fcBias', C),
      weight('gain', 2 * H),
      weight('shift', 2 * H),
      index('one', 1),
      ints('zero', 0),
      ints('flat', 0, 0, -1),
      ints('states', 2),
      ints('hidden', H),
    ],
    nodes: [
      // The initial states, computed from the batch size as PyTorch's exporter does it.
      node('Shape', ['tokens'], ['shape']),
      node('Constant', [], ['batchAt'], { value: index('', 0) }),
      node('Gather', ['shape', 'batchAt'], ['batch']),
      node('Unsqueeze', ['batch', 'zero'], ['batch1']),
      node('Concat', ['states', 'batch1', 'hidden'], ['stateShape'], { axis: 0 }),
      node('ConstantOfShape', ['stateShape'], ['start'], { value: tensor('', 'float32', [1], [0.1]) }),
      node('Gather', ['embedding', 'tokens'], ['embedded']),
      node('Transpose', ['embedded'], ['x0'], { perm: [1, 0, 2] }),
      ...[0, 1].flatMap((layer) => [
        node(
          'LSTM',
          [`x${layer}`, `W${layer}`, `R${layer}`, `B${layer}`, '', 'start', 'start'],
          [`y${layer}`, `h${layer}`, `c${layer}`],
          {
            hidden_size: H,
            direction: 'bidirectional',
          },
        ),
        // [T, 2, B, H] to [T, B, 2H]
        node('Transpose', [`y${layer}`], [`t${layer}`], { perm: [0, 2, 1, 3] }),
        node('Reshape', [`t${layer}`, 'flat'], [`x${layer + 1}`]),
      ]),
      node('Transpose', ['x2'], ['batchMajor'], { perm: [1, 0, 2] }),
      node('LayerNormalization', ['batchMajor', 'gain', 'shift'], ['steps']),
      node('Split', ['h1'], ['ahead', 'back'], { axis: 0 }),
      node('Concat', ['ahead', 'back'], ['both'], { axis: 2 }),
      node('Squeeze', ['both', 'zero'], ['last']),
      node('Dropout', ['last'], ['kept']),
      node('Gemm', ['kept', 'fc', 'fcBias'], ['logits'], { transB: 1 }),
      node('Softmax', ['logits'], ['probabilities'], { axis: 1 }),
    ],
  });
}

/** A forecaster: scaled values of a week, two GRUs, and the values of the next day. */
function forecaster(): Uint8Array {
  const [I, H, horizon] = [3, 8, 4];
  return encodeModel({
    opset: 11,
    inputs: [port('history', 'float32', ['batch', 'time', I]), port('mean', 'float32', ['batch', 1, I])],
    outputs: [port('forecast', 'float32', ['batch', horizon, 1]), port('Y_h', 'float32', [1, 'batch', H])],
    initializers: [
      ...[I, H].flatMap((inputs, layer) => [
        weight(`W${layer}`, 1, 3 * H, inputs),
        weight(`R${layer}`, 1, 3 * H, H),
        weight(`B${layer}`, 1, 6 * H),
      ]),
      weight('fc', H, horizon),
      weight('fcBias', horizon),
      tensor('scale', 'float32', [], [0.5]),
      ints('from', -1),
      ints('to', 2 ** 52),
      ints('time', 0),
      ints('shape', -1, horizon, 1),
    ],
    nodes: [
      node('Sub', ['history', 'mean'], ['centred']),
      node('Div', ['centred', 'scale'], ['scaled']),
      node('Transpose', ['scaled'], ['x0'], { perm: [1, 0, 2] }),
      node('GRU', ['x0', 'W0', 'R0', 'B0'], ['y0'], { hidden_size: H, linear_before_reset: 1 }),
      node('Squeeze', ['y0'], ['x1'], { axes: [1] }),
      node('GRU', ['x1', 'W1', 'R1', 'B1'], ['y1', 'Y_h'], { hidden_size: H }),
      node('Squeeze', ['y1'], ['steps'], { axes: [1] }),
      node('Slice', ['steps', 'from', 'to', 'time'], ['last']),
      node('Squeeze', ['last'], ['vector'], { axes: [0] }),
      node('MatMul', ['vector', 'fc'], ['product']),
      node('Add', ['product', 'fcBias'], ['sum']),
      node('Reshape', ['sum', 'shape'], ['forecast']),
    ],
  });
}

async function compare(bytes: Uint8Array, feeds: Record<string, OrtFeed>): Promise<void> {
  const expected = await onnxruntime(bytes, feeds);
  const model = await readOnnx(bytes);
  for (const backend of backends) {
    const running = await model.on(backend);
    let held = 0;
    for (const again of [1, 2]) {
      const actual = await running.run(feeds);
      expect(Object.keys(actual)).toEqual(running.outputs.map(({ name }) => name));
      for (const name of Object.keys(expected))
        expectClose(actual[name], expected[name], `${backend.name} ${name}`);
      // After the first run, the reordered weights stay cached; the second run allocates nothing more.
      if (again === 1) held = backend.memory().tensors;
      expect(backend.memory().tensors).toBe(held);
    }
    running.dispose();
    expect(backend.memory().tensors).toBe(0);
  }
}

test('an embedding, two bidirectional LSTMs and a classifier', async () => {
  const data = Float64Array.from({ length: 4 * 9 }, (_, i) => (i * 7) % 20);
  await compare(classifier(), { tokens: { dtype: 'int64', shape: [4, 9], data } });
});

test('two GRUs that forecast', async () => {
  await compare(forecaster(), {
    history: { shape: [3, 24, 3], data: numbers(3 * 24 * 3, 5) },
    mean: { shape: [3, 1, 3], data: numbers(9, 6) },
  });
});

test('errors about inputs that do not fit give the name', async () => {
  const running = await (await readOnnx(classifier())).on(backends[0]);
  const tokens = (data: number[], ...shape: number[]) =>
    running.run({ tokens: { shape, data: Float32Array.from(data) } });
  await expect(tokens([1, 2], 2)).rejects.toThrow(/tokens must be \[\?,\?\], not \[2\]/);
  await expect(tokens([1, 2], 1, 3)).rejects.toThrow(/2 numbers do not fill/);
  await expect(tokens([1, 0.5], 1, 2)).rejects.toThrow(/element 1 must be a whole number, not 0.5/);
  await expect(tokens([1, 20], 1, 2)).rejects.toThrow(/"embedded" \(Gather\): index 20/);
  await expect(running.run({ ids: { shape: [1], data: Float32Array.of(1) } })).rejects.toThrow(
    /tokens missing; no input ids/,
  );
  running.dispose();
  await expect(tokens([1, 2], 1, 2)).rejects.toThrow(StateError);
});
