/* Laws of attention: properties that hold for any numbers. */
import { type AnyLayer, attention, bahdanauDecoder, gru } from '@recurra/core';
import type { Check } from '../check.js';
import { differentiate, infer } from '../finite-differences.js';
import { rearranged, zeroPastLengths } from '../laws.js';
import { type InputRun, type LayerRun, layerProblem } from '../layer-problem.js';
import { same } from '../network-run.js';
import { at, build, random, type Values } from '../numbers.js';
import type { Case } from '../suite.js';
import { type Depth, exact } from '../tolerance.js';
import type { AttentionLayers } from './golden-attention.js';

const group = 'laws/attention';
const DEPTH: Depth = { steps: 10, terms: 64 };
const [STEPS, MEMORY_STEPS, BATCH, WIDTH] = [5, 6, 4, 4];
const LENGTHS = [5, 2, 3, 1];
/** The last row has none. */
const MEMORY_LENGTHS = [3, 6, 1, 0];
const QUERY = random([STEPS, BATCH, WIDTH], 1);
const MEMORY = random([MEMORY_STEPS, BATCH, WIDTH], 2);
const OUTPUT = 'output0';
const WEIGHTS = 'attention weights0';

type Make = typeof attention;
type Results = Readonly<Record<string, Values>>;
type Input = Values & Pick<InputRun, 'lengths' | 'mask'>;

const everyScore = (make: Make): AnyLayer[] => [
  make(),
  make({ score: 'general' }),
  make({ score: 'additive' }),
  make({ heads: 2 }),
];

/** A layer with these inputs. Its parameters are random, and do not depend on the number of steps. */
function problemOf(layer: AnyLayer, inputs: readonly Input[], weights: Results = {}) {
  const [first, ...more] = inputs.map(
    ({ shape, lengths, mask }): LayerRun => ({ kind: 'sequence', shape, lengths, mask }),
  );
  const problem = layerProblem(layer, { ...first, more });
  const values = inputs.map((input, i): [string, Values] => [i === 0 ? 'x' : `x${i}`, input]);
  return { ...problem, variables: { ...problem.variables, ...Object.fromEntries(values), ...weights } };
}

const outputs = (check: Check, ...of: Parameters<typeof problemOf>): Promise<Results> =>
  infer(check.tape(), problemOf(...of));

const steps = (x: Values, first: number, count: number) =>
  rearranged(x, [count, ...x.shape.slice(1)], ([t, ...rest]) => [t + first, ...rest]);

const row = (x: Values, b: number, count: number) =>
  rearranged(x, [count, 1, x.shape[2]], ([t, , f]) => [t, b, f]);

/**
 * A row alone, without padding, has the same result as in a batch with padding of any numbers. The weights and the gradients
 * of padding are exactly 0, and the output of a row without memory is 0.
 */
async function padding(check: Check, layer: AnyLayer): Promise<void> {
  const padded = (x: Values, lengths: readonly number[]) => ({
    ...build(x.shape, ([t, b, f]) => (t < lengths[b] ? at(x, [t, b, f]) : 1e4 - 3e3 * b)),
    lengths,
  });
  const problem = problemOf(layer, [padded(QUERY, LENGTHS), padded(MEMORY, MEMORY_LENGTHS)]);
  const { outputs: together, gradients } = await differentiate(check.tape(), problem);
  zeroPastLengths(check, together[OUTPUT], LENGTHS);
  zeroPastLengths(check, gradients.x, LENGTHS);
  zeroPastLengths(check, gradients.x1, MEMORY_LENGTHS);
  const weights = together[WEIGHTS];
  const bySteps = rearranged(weights, [MEMORY_STEPS, BATCH, STEPS], ([s, b, t]) => [t, b, s]);
  zeroPastLengths(check, bySteps, MEMORY_LENGTHS);
  for (const [b, count] of LENGTHS.entries()) {
    const memory = row(MEMORY, b, MEMORY_LENGTHS[b]);
    const alone = await outputs(check, layer, [row(QUERY, b, count), memory]);
    for (const name of [OUTPUT, WEIGHTS]) {
      const { shape } = alone[name];
      const mine = rearranged(together[name], shape, ([t, , f]) => [t, b, f]);
      same(check, `${name} of row ${b}`, mine, alone[name], DEPTH);
    }
  }
}

/** Masked steps of the memory have the same effect as removing them. */
async function masking(check: Check, layer: AnyLayer): Promise<void> {
  const kept = [1, 3, 4];
  const mask = build([MEMORY_STEPS, BATCH], ([s]) => (kept.includes(s) ? 1 : 0)).data;
  const fewer = rearranged(MEMORY, [kept.length, BATCH, WIDTH], ([s, b, f]) => [kept[s], b, f]);
  const masked = await outputs(check, layer, [QUERY, { ...MEMORY, mask }]);
  const expected = await outputs(check, layer, [QUERY, fewer]);
  same(check, 'the output', masked[OUTPUT], expected[OUTPUT], DEPTH);
  const seen = rearranged(masked[WEIGHTS], expected[WEIGHTS].shape, ([t, b, s]) => [t, b, kept[s]]);
  same(check, 'the weights', seen, expected[WEIGHTS], DEPTH);
  const unseen = build(masked[WEIGHTS].shape, ([t, b, s]) =>
    kept.includes(s) ? 0 : at(masked[WEIGHTS], [t, b, s]),
  );
  check.near(
    'the weights of masked steps',
    unseen,
    build(unseen.shape, () => 0),
    exact,
  );
}

/** Step t of causal attention equals attention of this step alone over the first t + 1 steps of the memory. */
async function causality(check: Check, make: Make, options: Parameters<Make>[0]): Promise<void> {
  const all = await outputs(check, make({ ...options, causal: true }), [QUERY, MEMORY]);
  for (let t = 0; t < STEPS; t++) {
    const alone = await outputs(check, make(options), [steps(QUERY, t, 1), steps(MEMORY, 0, t + 1)]);
    same(check, `step ${t}`, steps(all[OUTPUT], t, 1), alone[OUTPUT], DEPTH);
  }
}

/** The order of the heads does not matter, if the rows of the output projection are in the same order. */
async function heads(check: Check, make: Make): Promise<void> {
  const layer = make({ heads: 2 });
  const { variables } = problemOf(layer, [QUERY, MEMORY]);
  const before = await outputs(check, layer, [QUERY, MEMORY]);
  const other = (column: number) => (column + WIDTH / 2) % WIDTH;
  const moved = Object.entries(variables).flatMap(([name, values]): [string, Values][] => {
    if (!/^(query|key|value|output)Kernel$|^(query|key|value)Bias$/.test(name)) return [];
    const rows = name === 'outputKernel';
    const from = (index: readonly number[]) =>
      rows ? [other(index[0]), index[1]] : [...index.slice(0, -1), other(index[index.length - 1])];
    return [[name, rearranged(values, values.shape, from)]];
  });
  const after = await outputs(check, layer, [QUERY, MEMORY], Object.fromEntries(moved));
  same(check, 'the output', after[OUTPUT], before[OUTPUT], DEPTH);
}

/** With a memory of one step, whose weight is 1, the decoder equals its recurrent layer over the input concatenated with this step. */
async function oneStep(check: Check, make: typeof bahdanauDecoder): Promise<void> {
  const cell = (options = {}) => gru({ units: 3, ...options });
  const input = { ...QUERY, lengths: LENGTHS };
  const decoder = make(cell());
  const memory = steps(MEMORY, 0, 1);
  const { variables } = problemOf(decoder, [input, memory]);
  const own = Object.entries(variables).filter(([name]) => name.startsWith('cell.'));
  const weights = Object.fromEntries(own.map(([name, values]) => [name.slice('cell.'.length), values]));
  const joined = build([STEPS, BATCH, 2 * WIDTH], ([t, b, f]) =>
    f < WIDTH ? at(QUERY, [t, b, f]) : at(memory, [0, b, f - WIDTH]),
  );
  const decoded = await outputs(check, decoder, [input, memory]);
  const sequence = cell({ returnSequences: true });
  const expected = await outputs(check, sequence, [{ ...joined, lengths: LENGTHS }], weights);
  for (const name of [OUTPUT, 'final state0']) same(check, name, decoded[name], expected[name], DEPTH);
}

/** @param layers the functions that create the layers under test */
export function lawsOfAttention(layers: AttentionLayers = { attention, bahdanauDecoder }): Case[] {
  const { attention: make, bahdanauDecoder } = layers;
  const laws: Record<string, Case['run']> = {
    'padding changes nothing': async (check) => {
      const decoder = bahdanauDecoder(gru({ units: 3 }));
      for (const layer of [...everyScore(make), decoder]) await padding(check, layer);
    },
    'masked steps have the effect of removed steps': async (check) => {
      const decoder = bahdanauDecoder(gru({ units: 4 }), { score: 'dot' });
      for (const layer of [...everyScore(make), decoder]) await masking(check, layer);
    },
    'later steps have no effect on a causal attention': async (check) => {
      await causality(check, make, { score: 'additive' });
      await causality(check, make, { heads: 2 });
    },
    'the order of the heads does not matter': (check) => heads(check, make),
    'bahdanauDecoder with a memory of one step equals its recurrent layer': (check) =>
      oneStep(check, bahdanauDecoder),
  };
  return Object.entries(laws).map(([name, run]) => ({ group, name, run }));
}
