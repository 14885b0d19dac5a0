import { reference } from '@recurra/backend-reference';
import {
  adam,
  add,
  apply,
  attention,
  bahdanauDecoder,
  bidirectional,
  concat,
  dense,
  embedding,
  graph,
  gru,
  loadNetwork,
  lstm,
  multiply,
  type Node,
  OptionError,
  ShapeError,
  sequence,
  Tape,
  type TypesOf,
  tokens,
  UnsupportedError,
  vector,
} from '@recurra/core';
import { describe, expect, it } from 'vitest';

const encode = (source: Node<'tokens'>) =>
  apply(
    bidirectional(lstm({ units: 8, returnSequences: true })),
    apply(embedding({ inputDim: 6, outputDim: 6 }), source),
  );

/** Writes a sequence from its end to its beginning: Luong's attention, after the decoder. */
const luong = () =>
  graph({ source: tokens(), target: tokens() }, ({ source, target }) => {
    const memory = encode(source);
    const words = apply(embedding({ inputDim: 6, outputDim: 6, maskZero: true }), target);
    const query = apply(lstm({ units: 16, returnSequences: true }), words, { initialState: memory.state });
    const context = apply(attention({ score: 'general' }), { query, memory });
    return { scores: apply(dense({ units: 6 }), apply(concat(), [query, context])) };
  });

/** The same by Bahdanau's, inside the decoder. */
const bahdanau = () =>
  graph({ source: tokens(), target: tokens() }, ({ source, target }) => {
    const memory = encode(source);
    const words = apply(embedding({ inputDim: 6, outputDim: 6 }), target);
    const decoder = bahdanauDecoder(lstm({ units: 16, dropout: 0.1, recurrentDropout: 0.1 }), { units: 8 });
    const query = apply(decoder, { input: words, memory }, { initialState: memory.state });
    return { scores: apply(dense({ units: 6 }), query) };
  });

const samples = [
  [2, 3, 4],
  [5, 4, 3, 2],
  [3, 5],
  [4, 2, 5, 3],
].map((source) => {
  const reversed = [...source].reverse();
  return { x: { source, target: [1, ...reversed.slice(0, -1)] }, y: { scores: reversed } };
});

describe.each([
  ['after the decoder', luong],
  ['inside the decoder', bahdanau],
])('attention %s', (_, make) => {
  it('trains, streams as it predicts, and is the same after saving and loading', async () => {
    const backend = await reference();
    const network = make().on(backend, { seed: 1 });
    const loss = { scores: { kind: 'crossEntropy', fromLogits: true } } as const;
    await network.fit(samples, { optimizer: adam({ learningRate: 0.02 }), loss, batchSize: 2, epochs: 40 })
      .done;
    const { 'scores.accuracy': accuracy } = await network.evaluate(samples, {
      loss,
      metrics: { scores: ['accuracy'] },
    });
    expect(accuracy).toBe(1);

    const x = { source: samples.map(({ x }) => x.source), target: samples.map(({ x }) => x.target) };
    const { scores } = await network.predict(x);
    const again = await loadNetwork<TypesOf<typeof network>>(await network.save(), backend);
    expect(await again.predict(x)).toEqual({ scores });

    const before = backend.memory();
    const stream = network.stream({ source: x.source });
    for (let t = 0; t < 2; t++) {
      const pushed = await stream.push({ target: x.target.map((row) => row[t]) });
      pushed.scores.forEach((row, b) => {
        row.forEach((score, i) => void expect(score).toBeCloseTo(scores[b][t][i], 12));
      });
    }
    stream.close();
    expect(backend.memory()).toEqual(before);
  });
});

describe('what does not go together', () => {
  const at = (body: (nodes: { a: never; b: never; v: never }) => unknown) =>
    graph({ a: sequence(3), b: sequence(4, { time: 5 }), v: vector(3) }, body as never);

  it.each([
    ['heads of a score', () => attention({ heads: 2, score: 'additive' }), /heads need score 'dot'/],
    ['units of dot', () => attention({ units: 3 }), /units need heads/],
    ['bias without heads', () => attention({ bias: true }), /bias needs heads/],
    ['units and heads', () => attention({ heads: 2, units: 3 }), /3, must be divisible by heads, 2/],
    [
      'a decoder that is none',
      () => bahdanauDecoder(dense({ units: 2 }) as never),
      /needs a recurrent layer/,
    ],
    [
      'a decoder that goes backwards',
      () => bahdanauDecoder(gru({ units: 2, goBackwards: true })),
      /goBackwards/,
    ],
    ['a misspelt option', () => attention({ casual: true } as never), /did you mean "causal"/],
    ['a list of nothing', () => at(() => ({ y: apply(concat(), []) })), /list of nodes/],
    [
      'no memory',
      // @ts-expect-error the memory is missing
      () => at(({ a }) => ({ y: apply(attention(), { query: a }) })),
      /input memory must be a node/,
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });

  it.each([
    [
      'widths of dot',
      () => at(({ a, b }) => ({ y: apply(attention(), { query: a, memory: b }) })),
      /not 3 and 4; use 'general'/,
    ],
    [
      'features and heads',
      () => at(({ a, b }) => ({ y: apply(attention({ heads: 2 }), { query: a, memory: b }) })),
      /width of the query, 3, must be divisible/,
    ],
    [
      'a vector as a memory',
      () =>
        graph({ a: sequence(3), v: vector(3) }, ({ a, v }) => ({
          // @ts-expect-error a vector is not a sequence
          y: apply(attention(), { query: a, memory: v }),
        })),
      /memory takes a sequence .*not a vector \[3\]/,
    ],
    [
      'vectors among sequences',
      () => at(({ a, v }) => ({ y: apply(concat(), [a, v]) })),
      /a sequence \[time, 3\] and a vector \[3\]; use repeatVector/,
    ],
    [
      'sums of unlike',
      () => at(({ a, b }) => ({ y: apply(add(), [a, b]) })),
      /same size, not a sequence \[time, 3\] and a sequence \[5, 4\]/,
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(ShapeError);
    expect(make).toThrow(message);
  });

  it('sequences of unlike lengths', async () => {
    const network = graph({ a: sequence(1), b: sequence(1) }, ({ a, b }) => ({
      y: apply(multiply(), [a, b]),
    })).on(await reference());
    const together = { a: [[2, 3], [4]], b: [[5, 6], [7]] };
    expect((await network.predict(together)).y).toEqual([[[10], [18]], [[28]]]);
    await expect(
      network.predict({
        ...together,
        b: [
          [5, 6],
          [7, 8],
        ],
      }),
    ).rejects.toThrow(/row \d has 1 steps in one input and 2 in another/);
  });

  it('a stream of a sequence that looks at itself', async () => {
    const network = graph({ x: sequence(4) }, ({ x }) => ({
      y: apply(attention({ heads: 2, causal: true }), { query: x, memory: x }),
    })).on(await reference());
    expect(() => network.stream({})).toThrow(UnsupportedError);
    expect(() => network.stream({})).toThrow(/causal/);
  });
});

it('an attention can be looked into: its weights, for each step of the query', async () => {
  const network = luong().on(await reference(), { seed: 1 });
  const { time, steps } = await network.inspect(
    {
      source: [
        [2, 3],
        [4, 5, 3],
      ],
      target: [
        [1, 3, 2],
        [1, 3],
      ],
    },
    { layer: 'attention' },
  );
  const { data, shape } = steps.attention;
  expect([time, ...shape]).toEqual([3, 3, 2, 3]);
  const row = (t: number, b: number) => Array.from(data.subarray((t * 2 + b) * 3, (t * 2 + b + 1) * 3));
  expect(row(0, 0)[2]).toBe(0);
  expect(row(2, 1)).toEqual([0, 0, 0]);
  for (const [t, b] of [
    [0, 0],
    [2, 0],
    [1, 1],
  ])
    expect(row(t, b).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
});

it('concat joins the channels of images, and the shape says so', async () => {
  const backend = await reference();
  const tape = new Tape(backend);
  const image = { kind: 'image', height: 1, width: 2, channels: 1 } as const;
  const built = concat().build([image, { ...image, channels: 2 }]);
  expect(built.outputShape).toEqual({ ...image, channels: 3 });
  const signals = [{ value: tape.constant([1, 2], [1, 2]) }, { value: tape.constant([3, 4, 5, 6], [1, 4]) }];
  const { value } = built.apply(tape, signals, {} as never).output;
  expect([...(await backend.read(value))]).toEqual([1, 3, 4, 2, 5, 6]);
  tape.dispose();
});
