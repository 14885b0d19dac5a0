/* Recurrent layers compared with PyTorch: outputs, final states and all gradients. */
import {
  type Backend,
  bidirectional,
  gru,
  type Layer,
  lstm,
  type NDArray,
  type RecurrentLayer,
  rnn,
  sequential,
  type Tensor,
} from '@recurra/core';
import type { Check } from '../check.js';
import type { Weights } from '../golden-fields.js';
import type { SequenceGolden } from '../golden-files.js';
import { provesGolden, type Results } from '../golden-proof.js';
import { array, read, transposed, type Values } from '../numbers.js';
import type { Case } from '../suite.js';

export function goldenSequence(golden: SequenceGolden): Case {
  return {
    group: 'goldens/sequences',
    name: golden.name,
    run: (check) => provesGolden(check, { compute, expected, moved }, golden),
  };
}

async function compute(check: Check, golden: SequenceGolden, backend: Backend): Promise<Results> {
  const { lengths, layers } = golden;
  const network = check.use(modelOf(golden).on(backend));
  network.setWeights(fromTorch(golden));
  const tape = check.tape(backend);
  const upload = ({ data, shape }: Values) => tape.constant(data, shape);

  const x = tape.watch(upload(golden.x));
  const start = golden.start.map((state) => rowsOf(state).map((row) => tape.watch(upload(row))));
  for (const parameter of network.parameters.values()) tape.watch(parameter);
  const result = network.forward(
    tape,
    { value: x, ...(lengths && { lengths }) },
    { initialState: Object.fromEntries(byLayer(start, layers).entries()) },
  );
  const y = result.output.value;
  const end = fromLayers(Object.values(result.state), golden.end.length);

  const seeds = golden.dEnd.flatMap((state, s) =>
    rowsOf(state).map((row, i): [Tensor, Tensor] => [end[s][i], upload(row)]),
  );
  const of = [x, ...start.flat(), ...network.parameters.values()];
  const gradients = tape.gradients([[y, upload(golden.dy)], ...seeds], of);
  const host = (tensor: Tensor) => read(backend, tensor);
  const [dx, ...rest] = await Promise.all(gradients.map(host));
  const dStart = start.map((state) => joined(rest.splice(0, state.length)));
  const names = [...network.parameters.keys()];
  return {
    y: await host(y),
    ...byName(
      '',
      'n',
      await Promise.all(end.map(async (state) => joined(await Promise.all(state.map(host))))),
    ),
    dx,
    ...byName('d', '0', dStart),
    ...toTorch(golden, Object.fromEntries(names.map((name, i) => [name, rest[i]]))),
  };
}

function expected({ y, end, dx, dStart, dWeights }: SequenceGolden): Results {
  return { y, ...byName('', 'n', end), dx, ...byName('d', '0', dStart), ...gradientNames(dWeights) };
}

function moved(golden: SequenceGolden, move: (values: Values) => Values): SequenceGolden {
  const { x, dy, start, dEnd, weights } = golden;
  const entries = Object.entries(weights).map(([name, values]) => [name, move(values)] as const);
  return {
    ...golden,
    ...{ x: move(x), dy: move(dy), start: start.map(move), dEnd: dEnd.map(move) },
    weights: Object.fromEntries(entries),
  };
}

/** The final states hn and cn, and the gradients dh0 and dc0. */
function byName(prefix: string, suffix: string, [h, c]: readonly Values[]): Results {
  return { ...(h && { [`${prefix}h${suffix}`]: h }), ...(c && { [`${prefix}c${suffix}`]: c }) };
}

function gradientNames(weights: Weights): Results {
  return Object.fromEntries(Object.entries(weights).map(([name, values]) => [`gradient of ${name}`, values]));
}

function modelOf(golden: SequenceGolden) {
  const { kind, hiddenSize: units, bias, projection, nonlinearity, inputSize } = golden;
  const common = { units, bias, returnSequences: true };
  const make: Record<SequenceGolden['kind'], () => RecurrentLayer> = {
    rnn: () => rnn({ ...common, activation: nonlinearity ?? 'tanh' }),
    lstm: () => lstm({ ...common, ...(projection > 0 && { projection }) }),
    gru: () => gru({ ...common, resetAfter: true }),
  };
  const layer = (): Layer => (golden.bidirectional ? bidirectional(make[kind]()) : make[kind]());
  return sequential(Array.from({ length: golden.layers }, layer), { inputShape: [null, inputSize] });
}

/**
 * Lists each layer and direction, with the prefix of its parameters here and the suffix of PyTorch's names.
 */
function parts({ layers, bidirectional }: SequenceGolden): { prefix: string; suffix: string }[] {
  return Array.from({ length: layers }, (_, layer) =>
    bidirectional
      ? [
          { prefix: `${layer}.forward.`, suffix: `l${layer}` },
          { prefix: `${layer}.backward.`, suffix: `l${layer}_reverse` },
        ]
      : [{ prefix: `${layer}.`, suffix: `l${layer}` }],
  ).flat();
}

function fromTorch(golden: SequenceGolden): Record<string, NDArray> {
  const weights: Record<string, NDArray> = {};
  for (const { prefix, suffix } of parts(golden)) {
    const take = (name: string) => golden.weights[`${name}_${suffix}`];
    weights[`${prefix}kernel`] = array(transposed(take('weight_ih')));
    weights[`${prefix}recurrentKernel`] = array(transposed(take('weight_hh')));
    if (golden.projection > 0) weights[`${prefix}projection`] = array(transposed(take('weight_hr')));
    if (!golden.bias) continue;
    const [bias, other] = [take('bias_ih'), take('bias_hh')];
    if (golden.kind === 'gru') {
      weights[`${prefix}bias`] = array(bias);
      weights[`${prefix}recurrentBias`] = array(other);
    } else {
      weights[`${prefix}bias`] = array({
        ...bias,
        data: Array.from(bias.data, (value, i) => value + other.data[i]),
      });
    }
  }
  return weights;
}

function toTorch(golden: SequenceGolden, ours: Weights): Results {
  const theirs: Record<string, Values> = {};
  for (const { prefix, suffix } of parts(golden)) {
    theirs[`weight_ih_${suffix}`] = transposed(ours[`${prefix}kernel`]);
    theirs[`weight_hh_${suffix}`] = transposed(ours[`${prefix}recurrentKernel`]);
    if (golden.projection > 0) theirs[`weight_hr_${suffix}`] = transposed(ours[`${prefix}projection`]);
    if (!golden.bias) continue;
    theirs[`bias_ih_${suffix}`] = ours[`${prefix}bias`];
    theirs[`bias_hh_${suffix}`] = ours[`${prefix}${golden.kind === 'gru' ? 'recurrentBias' : 'bias'}`];
  }
  return gradientNames(theirs);
}

/**
 * Regroups the states by layer: PyTorch lists h, then c, of every layer and direction; here a layer has [h,
 * c] or [h, c, h, c].
 */
function byLayer(states: readonly (readonly Tensor[])[], layers: number): Tensor[][] {
  if (states.length === 0) return [];
  const directions = states[0].length / layers;
  return Array.from({ length: layers }, (_, layer) =>
    Array.from({ length: directions }, (_, d) => states.map((state) => state[layer * directions + d])).flat(),
  );
}

/** The inverse of {@link byLayer}. */
function fromLayers(layers: readonly (readonly Tensor[])[], kinds: number): Tensor[][] {
  return Array.from({ length: kinds }, (_, kind) => layers.flat().filter((_, i) => i % kinds === kind));
}

/** Splits [N, B, width] into N arrays of [B, width]. */
function rowsOf({ data, shape: [count, batch, width] }: Values): Values[] {
  const size = batch * width;
  return Array.from({ length: count }, (_, i) => ({
    shape: [batch, width],
    data: Array.from(data).slice(i * size, (i + 1) * size),
  }));
}

/** The inverse of {@link rowsOf}. */
function joined(rows: readonly Values[]): Values {
  return { shape: [rows.length, ...rows[0].shape], data: rows.flatMap(({ data }) => Array.from(data)) };
}
