/* Attention against PyTorch: outputs, attention weights, and the gradients of all inputs and parameters. */
import {
  attention,
  type Backend,
  bahdanauDecoder,
  gru,
  lstm,
  seededRandom,
  type Tensor,
} from '@recurra/core';
import type { Check } from '../check.js';
import type { AttentionGolden } from '../golden-attention.js';
import type { Weights } from '../golden-fields.js';
import { provesGolden, type Results } from '../golden-proof.js';
import { inputsOf, signalOf } from '../layer-problem.js';
import { read, transposed, type Values } from '../numbers.js';
import type { Case } from '../suite.js';

/** The functions that create the layers under test. */
export interface AttentionLayers {
  readonly attention: typeof attention;
  readonly bahdanauDecoder: typeof bahdanauDecoder;
}

export function goldenAttention(
  golden: AttentionGolden,
  make: AttentionLayers = { attention, bahdanauDecoder },
): Case {
  return {
    group: 'goldens/attention',
    name: golden.name,
    run: (check) =>
      provesGolden(
        check,
        { compute: (check, golden, backend) => compute(check, golden, backend, make), expected, moved },
        golden,
      ),
  };
}

async function compute(
  check: Check,
  golden: AttentionGolden,
  backend: Backend,
  make: AttentionLayers,
): Promise<Results> {
  const { queryLengths, memoryLengths } = golden;
  const tape = check.tape(backend);
  const watched = ({ data, shape }: Values) => tape.watch(tape.constant(data, shape));
  const [query, memory] = [golden.query, golden.memory].map(watched);
  const names = Object.keys(fromTorch(golden, golden.weights));
  const weights = Object.values(fromTorch(golden, golden.weights)).map(watched);

  const layer = layerOf(golden, make);
  const runs = [golden.query, golden.memory].map(({ shape }, i) => {
    const lengths = i === 0 ? queryLengths : memoryLengths;
    return { kind: 'sequence' as const, shape, ...(lengths && { lengths }) };
  });
  const shapes = runs.map(({ kind, shape: [time, , features] }) => ({ kind, time, features }));
  let attentionWeights: Tensor | undefined;
  const { output } = layer.build(inputsOf(layer, shapes)).apply(
    tape,
    inputsOf(
      layer,
      [query, memory].map((x, i) => signalOf(tape, runs[i], x)),
    ),
    {
      weights: Object.fromEntries(names.map((name, i) => [name, weights[i]])),
      buffers: {},
      training: false,
      random: (name) => seededRandom(0, name),
      watchAttention: (weights) => {
        attentionWeights = weights;
      },
    },
  );
  const { data, shape } = golden.dy;
  const gradients = tape.gradients([[output.value, tape.constant(data, shape)]], [query, memory, ...weights]);
  const host = (tensor: Tensor) => read(backend, tensor);
  const [dQuery, dMemory, ...rest] = await Promise.all(gradients.map(host));
  return {
    y: await host(output.value),
    attention: await host(attentionWeights as Tensor),
    dQuery,
    dMemory,
    ...gradientNames(toTorch(golden, Object.fromEntries(names.map((name, i) => [name, rest[i]])))),
  };
}

function layerOf(
  { score, decoder, heads, units, hiddenSize, causal }: AttentionGolden,
  make: AttentionLayers,
) {
  if (score === 'heads') return make.attention({ heads, units, causal });
  const options = { score, ...(score === 'additive' && { units }) };
  if (decoder === null) return make.attention({ ...options, causal });
  const cell = { gru: () => gru({ units: hiddenSize }), lstm: () => lstm({ units: hiddenSize }) }[decoder]();
  return make.bahdanauDecoder(cell, options);
}

function expected({ y, attention, dQuery, dMemory, dWeights }: AttentionGolden): Results {
  return { y, attention, dQuery, dMemory, ...gradientNames(dWeights) };
}

function moved(golden: AttentionGolden, move: (values: Values) => Values): AttentionGolden {
  const { query, memory, dy, weights } = golden;
  const entries = Object.entries(weights).map(([name, values]) => [name, move(values)] as const);
  return {
    ...golden,
    ...{ query: move(query), memory: move(memory), dy: move(dy) },
    weights: Object.fromEntries(entries),
  };
}

function gradientNames(weights: Weights): Results {
  return Object.fromEntries(Object.entries(weights).map(([name, values]) => [`gradient of ${name}`, values]));
}

/** The names of the matrices, ours and PyTorch's; PyTorch's are transposed, except `weight` of score 'general'. */
const MATRICES = {
  general: { kernel: 'weight' },
  additive: { queryKernel: 'query_weight', memoryKernel: 'memory_weight', scoreKernel: 'score_weight' },
  heads: {
    queryKernel: 'q_proj_weight',
    keyKernel: 'k_proj_weight',
    valueKernel: 'v_proj_weight',
    outputKernel: 'out_proj_weight',
  },
  dot: {},
} as const;
const CELL = { 'cell.kernel': 'weight_ih', 'cell.recurrentKernel': 'weight_hh' };
/** PyTorch concatenates these biases to `in_proj_bias`. */
const BIASES = ['queryBias', 'keyBias', 'valueBias'];

function matricesOf({ score, decoder }: AttentionGolden): [ours: string, theirs: string][] {
  const prefix = decoder ? 'attention.' : '';
  return [
    ...Object.entries(MATRICES[score]).map(([ours, theirs]): [string, string] => [prefix + ours, theirs]),
    ...(decoder ? Object.entries(CELL) : []),
  ];
}

function fromTorch(golden: AttentionGolden, theirs: Weights): Record<string, Values> {
  const { score, decoder, units } = golden;
  const ours: Record<string, Values> = {};
  for (const [our, their] of matricesOf(golden))
    ours[our] = their === 'weight' ? theirs[their] : transposed(theirs[their]);
  if (score === 'heads') {
    for (const [i, name] of BIASES.entries()) {
      const data = Array.from(theirs.in_proj_bias.data).slice(i * units, (i + 1) * units);
      ours[name] = { shape: [units], data };
    }
    ours.outputBias = theirs.out_proj_bias;
  }
  if (decoder === 'gru') {
    ours['cell.bias'] = theirs.bias_ih;
    ours['cell.recurrentBias'] = theirs.bias_hh;
  } else if (decoder === 'lstm') {
    const { data, shape } = theirs.bias_ih;
    ours['cell.bias'] = { shape, data: Array.from(data, (value, i) => value + theirs.bias_hh.data[i]) };
  }
  return ours;
}

function toTorch(golden: AttentionGolden, ours: Weights): Weights {
  const { score, decoder } = golden;
  const theirs: Record<string, Values> = {};
  for (const [our, their] of matricesOf(golden))
    theirs[their] = their === 'weight' ? ours[our] : transposed(ours[our]);
  if (score === 'heads') {
    const data = BIASES.flatMap((name) => Array.from(ours[name].data));
    theirs.in_proj_bias = { shape: [data.length], data };
    theirs.out_proj_bias = ours.outputBias;
  }
  if (decoder) {
    theirs.bias_ih = ours['cell.bias'];
    theirs.bias_hh = ours[decoder === 'gru' ? 'cell.recurrentBias' : 'cell.bias'];
  }
  return theirs;
}
