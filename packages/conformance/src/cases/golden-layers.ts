/* Single layers against PyTorch: outputs, new values of buffers, and the gradient of everything. */
import { type Backend, type Layer, seededRandom } from '@recurra/core';
import type { Check } from '../check.js';
import type { Weights } from '../golden-fields.js';
import { goldenLayers, type LayerGolden } from '../golden-layer.js';
import { provesGolden, type Results } from '../golden-proof.js';
import { at, build, read, type Values } from '../numbers.js';
import type { Case } from '../suite.js';

/** @param layers the functions that make the layers that are proved */
export function goldenLayer(golden: LayerGolden, layers: typeof goldenLayers = goldenLayers): Case {
  const compute = (check: Check, golden: LayerGolden, backend: Backend) =>
    run(check, golden, backend, layers[golden.kind](golden.options as never));
  return {
    group: 'goldens/layers',
    name: golden.name,
    run: (check) => provesGolden(check, { compute, expected, moved }, golden),
  };
}

async function run(check: Check, golden: LayerGolden, backend: Backend, layer: Layer): Promise<Results> {
  const { lengths, training, shape, dy } = golden;
  const tape = check.tape(backend);
  const upload = ({ data, shape }: Values) => tape.constant(data, shape);
  const all = <Result>(values: Readonly<Record<string, Result>>, f: (value: Result) => unknown) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, f(value)])) as never;
  const x = tape.watch(upload(golden.x));
  const weights = all(golden.weights, (values) => tape.watch(upload(values))) as never;
  const { output, buffers } = layer.build(shape).apply(
    tape,
    {
      value: x,
      ...(lengths && { lengths: { rows: lengths, tensor: tape.constant(lengths, [lengths.length]) } }),
    },
    {
      weights,
      buffers: all(golden.buffers, upload),
      training,
      random: (name) => seededRandom(0, name),
    },
  );
  const names = Object.keys(golden.weights);
  const gradients = tape.gradients([[output.value, upload(dy)]], [x, ...names.map((name) => weights[name])]);
  const host = (tensor: Parameters<typeof read>[1]) => read(backend, tensor);
  const [dx, ...rest] = await Promise.all(gradients.map(host));
  const moved: Record<string, Values> = {};
  for (const [name, tensor] of Object.entries(buffers ?? {})) moved[`new ${name}`] = await host(tensor);
  const y = await host(output.value);
  return {
    y: output.lengths === undefined && lengths ? zeroPast(y, lengths) : y,
    dx,
    ...Object.fromEntries(names.map((name, i) => [`gradient of ${name}`, rest[i]])),
    ...moved,
  };
}

/** What a layer that keeps the lengths computes at padded steps has no meaning. */
function zeroPast(y: Values, lengths: readonly number[]): Values {
  return build(y.shape, (index) => (index[0] < lengths[index[1]] ? at(y, index) : 0));
}

function expected({ y, dx, dWeights, newBuffers }: LayerGolden): Results {
  return { y, dx, ...prefixed('gradient of ', dWeights), ...prefixed('new ', newBuffers ?? {}) };
}

function prefixed(prefix: string, values: Weights): Results {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}

function moved(golden: LayerGolden, move: (values: Values) => Values): LayerGolden {
  const all = (values: Weights) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, move(value)]));
  return {
    ...golden,
    ...{ x: move(golden.x), dy: move(golden.dy) },
    weights: all(golden.weights),
    buffers: all(golden.buffers),
  };
}
