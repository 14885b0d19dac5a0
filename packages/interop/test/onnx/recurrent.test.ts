/* Generated models of one recurrent node with all attributes, compared with onnxruntime. */
import { cpu } from '@recurra/backend-cpu';
import { reference } from '@recurra/backend-reference';
import type { Backend, NDArray } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readOnnx } from '../../src/onnx/read.js';
import { encodeModel, node, port, tensor } from '../../src/onnx/write/proto.js';
import { expectClose, numbers, type OrtFeed, onnxruntime } from './support.js';

const activations = [
  'Relu',
  'Tanh',
  'Sigmoid',
  'Affine',
  'LeakyRelu',
  'ThresholdedRelu',
  'ScaledTanh',
  'HardSigmoid',
  'Elu',
  'Softsign',
  'Softplus',
];
const takesAlpha = ['Affine', 'LeakyRelu', 'ThresholdedRelu', 'ScaledTanh', 'HardSigmoid', 'Elu'];
const takesBeta = ['Affine', 'ScaledTanh', 'HardSigmoid'];

const gates = { RNN: 1, GRU: 3, LSTM: 4 };
const functions = { RNN: 1, GRU: 2, LSTM: 3 };

const oneNode = fc.record({
  type: fc.constantFrom('RNN' as const, 'GRU' as const, 'LSTM' as const),
  opset: fc.constantFrom(7, 9, 11, 13, 14, 17, 21, 22),
  T: fc.integer({ min: 1, max: 6 }),
  B: fc.integer({ min: 1, max: 4 }),
  I: fc.integer({ min: 1, max: 5 }),
  H: fc.integer({ min: 1, max: 6 }),
  direction: fc.constantFrom('forward', 'reverse', 'bidirectional'),
  layout: fc.constantFrom(0, 0, 0, 1),
  clip: fc.constantFrom(undefined, undefined, 0.3, 1.5),
  activations: fc.option(fc.array(fc.constantFrom(...activations), { minLength: 6, maxLength: 6 }), {
    nil: undefined,
  }),
  constants: fc.boolean(),
  inputForget: fc.constantFrom(undefined, 0, 1),
  linearBeforeReset: fc.constantFrom(undefined, 0, 1),
  hiddenSize: fc.boolean(),
  bias: fc.boolean(),
  lengths: fc.boolean(),
  initialH: fc.boolean(),
  initialC: fc.boolean(),
  peepholes: fc.boolean(),
  outputs: fc.integer({ min: 1, max: 7 }),
  fedWeights: fc.boolean(),
});
type Spec = typeof oneNode extends fc.Arbitrary<infer T> ? T : never;

/** The model of a spec, and its feeds: the same numbers in both layouts. */
function build(spec: Spec, seed: number, layout: number, hiddenSize: boolean) {
  const { type, T, B, I, H, opset } = spec;
  const D = spec.direction === 'bidirectional' ? 2 : 1;
  const G = gates[type];
  const used = spec.activations?.slice(0, D * functions[type]);
  const alphas = used?.filter((name) => takesAlpha.includes(name)).map((_, i) => 0.3 + 0.1 * i);
  const betas = used?.filter((name) => takesBeta.includes(name)).map((_, i) => 0.4 + 0.1 * i);
  const attributes = {
    direction: spec.direction,
    ...(hiddenSize && { hidden_size: H }),
    ...(layout === 1 && { layout }),
    ...(spec.clip !== undefined && { clip: { float: spec.clip } }),
    ...(used && { activations: used }),
    ...(spec.constants && alphas?.length && { activation_alpha: { floats: alphas } }),
    ...(spec.constants && betas?.length && { activation_beta: { floats: betas } }),
    ...(type === 'LSTM' && spec.inputForget !== undefined && { input_forget: spec.inputForget }),
    ...(type === 'GRU' &&
      spec.linearBeforeReset !== undefined && { linear_before_reset: spec.linearBeforeReset }),
  };
  const lstm = type === 'LSTM';
  const state = spec.layout === 1 ? [B, D, H] : [D, B, H];
  const tensors: Record<string, OrtFeed | undefined> = {
    X: random(spec.layout === 1 ? [B, T, I] : [T, B, I], seed),
    W: random([D, G * H, I], seed + 1),
    R: random([D, G * H, H], seed + 2),
    B: spec.bias ? random([D, 2 * G * H], seed + 3) : undefined,
    sequence_lens: spec.lengths
      ? {
          shape: [B],
          data: Float32Array.from({ length: B }, (_, b) => (seed + b * 7) % (T + 1)),
          dtype: 'int32',
        }
      : undefined,
    initial_h: spec.initialH ? random(state, seed + 4) : undefined,
    ...(lstm && {
      initial_c: spec.initialC ? random(state, seed + 5) : undefined,
      P: spec.peepholes ? random([D, 3 * H], seed + 6) : undefined,
    }),
  };
  const turnable = ['X', 'initial_h', 'initial_c'];
  if (layout !== spec.layout) {
    for (const name of turnable) if (tensors[name]) tensors[name] = swapped(tensors[name], [1, 0, 2]);
  }
  const isFed = (name: string) => turnable.includes(name) || name === 'sequence_lens' || spec.fedWeights;
  const present = Object.entries(tensors).filter(
    (entry): entry is [string, OrtFeed] => entry[1] !== undefined,
  );
  const outputs = ['Y', 'Y_h', ...(lstm ? ['Y_c'] : [])].map((name, i): string =>
    spec.outputs & (1 << i) ? name : '',
  );
  if (!outputs.some(Boolean)) outputs[0] = 'Y';
  while (outputs.at(-1) === '') outputs.pop();
  const bytes = encodeModel({
    opset,
    inputs: present
      .filter(([name]) => isFed(name))
      .map(([name, { shape, dtype = 'float32' }]) => port(name, dtype, shape)),
    outputs: outputs
      .filter((name) => name !== '')
      .map((name) => port(name, 'float32', name === 'Y' ? ['a', 'b', 'c', 'd'] : ['a', 'b', 'c'])),
    initializers: present
      .filter(([name]) => !isFed(name))
      .map(([name, { shape, data, dtype = 'float32' }]) => tensor(name, dtype, shape, data)),
    nodes: [
      node(
        type,
        Object.keys(tensors).map((name) => (tensors[name] ? name : '')),
        outputs,
        attributes,
      ),
    ],
  });
  return { bytes, feeds: Object.fromEntries(present.filter(([name]) => isFed(name))) };
}

const backends: Backend[] = [];
beforeAll(async () => {
  backends.push(await cpu(), await reference());
});
afterAll(() => {
  for (const backend of backends) backend.dispose();
});

test('400 generated models of one node give the outputs of onnxruntime', async () => {
  for (const [i, sample] of fc.sample(oneNode, { seed: 7, numRuns: 400 }).entries()) {
    const spec = sample.opset >= 14 ? sample : { ...sample, layout: 0 as const };
    const what = JSON.stringify(spec);
    const { bytes, feeds } = build(spec, 100 * i, spec.layout, spec.hiddenSize);
    const model = await readOnnx(bytes);
    const [onCpu, onReference] = [await model.on(backends[0]), await model.on(backends[1])];
    const actual = await onCpu.run(feeds);
    const exact = await onReference.run(feeds);
    for (const name of Object.keys(exact)) expectClose(actual[name], exact[name], `${name}, cpu, ${what}`);
    // onnxruntime requires layout 0 and the attribute hidden_size.
    const plain = build(spec, 100 * i, 0, true);
    const expected = await onnxruntime(plain.bytes, plain.feeds);
    for (const [name, array] of Object.entries(expected)) {
      const turned = spec.layout === 0 ? array : swapped(array, name === 'Y' ? [2, 0, 1, 3] : [1, 0, 2]);
      expectClose(actual[name], turned, `${name}, ${what}`);
    }
    onCpu.dispose();
    onReference.dispose();
  }
  expect(backends.map((backend) => backend.memory().tensors)).toEqual([0, 0]);
});

/** In ±0.5, so that activations without bounds do not overflow. */
function random(shape: readonly number[], seed: number): NDArray {
  return { shape, data: numbers(sizeOf(shape), seed).map((x) => x / 2) };
}

/** Axis i of the result is axis `permutation[i]`. */
function swapped({ data, shape }: NDArray, permutation: readonly number[]): NDArray {
  const to = permutation.map((axis) => shape[axis]);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const result = new Float64Array(data.length);
  for (let i = 0; i < result.length; i++) {
    let rest = i;
    let at = 0;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      at += (rest % to[axis]) * strides[permutation[axis]];
      rest = Math.floor(rest / to[axis]);
    }
    result[i] = data[at];
  }
  return { data: result, shape: to };
}
