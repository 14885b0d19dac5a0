/* Attention layers with one error each fail the goldens or the laws in float32; the correct layers pass. */
import { reference } from '@recurra/backend-reference';
import {
  type AnyLayer,
  attention,
  type BuiltLayer,
  bahdanauDecoder,
  type LayerContext,
  type LayerOutput,
  type Signal,
  type Tape,
  type Tensor,
} from '@recurra/core';
import { expect, test } from 'vitest';
import { lawsOfAttention } from '../src/cases/attention-laws.js';
import { type AttentionLayers, goldenAttention } from '../src/cases/golden-attention.js';
import { builtInGoldens } from '../src/goldens.js';
import { detached } from '../src/mutants/kernels.js';
import { singlePrecision } from '../src/mutants/single-precision.js';
import { type Case, type Result, Session } from '../src/suite.js';

/** The query, or a decoder's input, and the memory. */
type Inputs = readonly [query: Signal, memory: Signal];
type Apply = (tape: Tape, inputs: Inputs, context: LayerContext) => LayerOutput;
type Change = (right: Apply, layer: AnyLayer) => Apply;
type Options = NonNullable<Parameters<typeof attention>[0]>;

/** A layer with a changed `apply`. */
function changed<Made extends AnyLayer>(layer: Made, change: Change): Made {
  const names = layer.inputs as readonly string[];
  const build = (shapes: never): BuiltLayer => {
    const built: BuiltLayer<never> = layer.build(shapes);
    const right: Apply = (tape, inputs, context) =>
      built.apply(tape, Object.fromEntries(names.map((name, i) => [name, inputs[i]])) as never, context);
    const wrong = change(right, layer);
    const apply = (tape: Tape, inputs: Readonly<Record<string, Signal>>, context: LayerContext) =>
      wrong(tape, [inputs[names[0]], inputs[names[1]]], context);
    return { ...built, apply } as never;
  };
  return { ...layer, build };
}

/** The same change in both layers. */
const both = (change: Change): AttentionLayers => ({
  attention: (options) => changed(attention(options), change),
  bahdanauDecoder: (decoder, options) => changed(bahdanauDecoder(decoder, options), change),
});
const withOptions = (change: (options: Options) => Options): AttentionLayers => ({
  attention: (options = {}) => attention(change(options)),
  bahdanauDecoder,
});
/** Changed parameters, in layers with heads. */
const withWeights = (
  change: (weights: LayerContext['weights'], tape: Tape, heads: number) => Record<string, Tensor>,
): AttentionLayers => ({
  attention: (options) =>
    changed(attention(options), (right, layer) => (tape, inputs, context) => {
      const { heads } = layer.options as Options;
      if (heads === undefined) return right(tape, inputs, context);
      return right(tape, inputs, {
        ...context,
        weights: { ...context.weights, ...change(context.weights, tape, heads) },
      });
    }),
  bahdanauDecoder,
});
const causal = (change: (tape: Tape, query: Tensor) => { query: Tensor; from: number }): AttentionLayers => ({
  attention: (options) =>
    changed(attention(options), (right) => (tape, inputs, context) => {
      if (!options?.causal) return right(tape, inputs, context);
      const [{ value, ...query }, memory] = inputs;
      const { query: other, from } = change(tape, value);
      const { output } = right(tape, [{ ...query, value: other }, memory], context);
      const [, B, width] = output.value.shape;
      return { output: { value: tape.slice(output.value, [from, 0, 0], [value.shape[0], B, width]) } };
    }),
  bahdanauDecoder,
});
const zeros = (tape: Tape, { shape: [, B, width] }: Tensor) => tape.fill([1, B, width], 0);

const wrong: Readonly<Record<string, AttentionLayers>> = {
  'the lengths of the memory are ignored': both(
    (right) =>
      (tape, [query, memory], context) =>
        right(tape, [query, { ...memory, lengths: undefined }], context),
  ),
  'the mask of the memory is ignored': both(
    (right) =>
      (tape, [query, memory], context) =>
        right(tape, [query, { ...memory, mask: undefined }], context),
  ),
  'the lengths of the query are ignored': both(
    (right) =>
      (tape, [query, memory], context) =>
        right(tape, [{ ...query, lengths: undefined }, memory], context),
  ),
  'padding has 0.1 % of the weight': both((right) => (tape, [query, memory], context) => {
    const { output, state } = right(tape, [query, memory], context);
    const leak = right(tape, [query, { value: memory.value }], { ...context, watchAttention: undefined });
    const value = tape.add(tape.affine(output.value, 0.999), tape.affine(leak.output.value, 0.001));
    return { output: { value }, state };
  }),
  'no gradient of the memory': both(
    (right) =>
      (tape, [query, memory], context) =>
        right(tape, [query, { ...memory, value: detached(tape, memory.value) }], context),
  ),
  'no gradient of the query': both(
    (right) =>
      (tape, [query, memory], context) =>
        right(tape, [{ ...query, value: detached(tape, query.value) }, memory], context),
  ),
  'the watched weights are doubled': both((right) => (tape, inputs, context) => {
    const watchAttention = (shares: Tensor) => context.watchAttention?.(tape.affine(shares, 2));
    return right(tape, inputs, { ...context, watchAttention });
  }),
  'not causal': withOptions((options) => ({ ...options, causal: false })),
  'causal, but with the next step': causal((tape, x) => ({
    query: tape.concat([zeros(tape, x), x], 0),
    from: 1,
  })),
  'causal, but without the step itself': causal((tape, x) => {
    const later = tape.slice(x, [1, 0, 0], [x.shape[0] - 1, x.shape[1], x.shape[2]]);
    return { query: tape.concat([later, zeros(tape, x)], 0), from: 0 };
  }),
  'the scale of heads is forgotten': withOptions((options) => ({
    ...options,
    ...(options.heads && { scale: 1 }),
  })),
  'the scale is that of all heads together': withOptions((options) => ({
    ...options,
    ...(options.heads && { scale: 1 / Math.sqrt(options.units ?? 4) }),
  })),
  'heads are mixed up': withWeights(({ queryKernel }, tape, heads) => {
    const [rows, units] = queryKernel.shape;
    const [first, ...rest] = tape.split(queryKernel, new Array(heads).fill(units / heads), 1);
    return { queryKernel: tape.reshape(tape.concat([...rest, first], 1), [rows, units]) };
  }),
  'keys and values are exchanged': withWeights(({ keyKernel, valueKernel }) => ({
    keyKernel: valueKernel,
    valueKernel: keyKernel,
  })),
  'the bias of the output is forgotten': withWeights(({ outputBias }, tape) => ({
    outputBias: tape.affine(outputBias, 0),
  })),
};

const casesOf = (layers: AttentionLayers): Case[] => [
  ...lawsOfAttention(layers),
  ...builtInGoldens().flatMap((golden) =>
    // The large golden tests tiles of backends; for layers the small ones are enough.
    golden.type === 'attention' && !golden.name.includes('large') ? goldenAttention(golden, layers) : [],
  ),
];

async function failures(layers: AttentionLayers): Promise<Result[]> {
  const session = new Session(async () => singlePrecision(await reference()));
  try {
    const results: Result[] = [];
    for (const item of casesOf(layers)) results.push(await session.run(item));
    return results.filter(({ status }) => status === 'failed');
  } finally {
    session.close();
  }
}

test.each(Object.entries(wrong))('%s', async (_, layers) => {
  const found = await failures(layers);
  expect(found.length).toBeGreaterThan(0);
  // A mutant that throws proves nothing.
  for (const { reason } of found) expect(reason).not.toMatch(/^[A-Z]\w*Error/);
});

test('the correct layers pass', async () => {
  expect(await failures({ attention, bahdanauDecoder })).toEqual([]);
});
