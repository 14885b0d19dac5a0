import { reference } from '@recurra/backend-reference';
import {
  adam,
  apply,
  batchNorm,
  bidirectional,
  dense,
  embedding,
  FormatError,
  graph,
  gru,
  type Layer,
  loadNetwork,
  lstm,
  OptionError,
  ShapeError,
  sequence,
  sequential,
  type TypesOf,
  tokens,
  UnsupportedError,
  vector,
} from '@recurra/core';
import { modelFromJson } from '@recurra/core/files';
import { describe, expect, it } from 'vitest';

/** Reads a sentence, and writes another one, token by token. */
const translator = () =>
  graph({ source: tokens(), target: tokens() }, ({ source, target }) => {
    const words = embedding({ inputDim: 7, outputDim: 4 });
    const memory = apply(bidirectional(lstm({ units: 3 })), apply(words, source), { name: 'encoder' });
    const query = apply(lstm({ units: 6, returnSequences: true }), apply(words, target), {
      name: 'decoder',
      initialState: memory.state,
    });
    return { scores: apply(dense({ units: 7 }), query), topic: apply(dense({ units: 2 }), memory) };
  });

const samples = [
  { x: { source: [1, 2, 3], target: [0, 3] }, y: { scores: [3, 2], topic: 1 } },
  { x: { source: [4, 5], target: [0, 5, 4] }, y: { scores: [5, 4, 1], topic: 0 } },
  { x: { source: [6], target: [0] }, y: { scores: [6], topic: 1 }, weight: 0.5 },
];
const loss = {
  scores: { kind: 'crossEntropy', fromLogits: true },
  topic: { kind: 'crossEntropy', fromLogits: true },
} as const;

describe('a graph', () => {
  it('names its nodes, and their parameters', async () => {
    const network = translator().on(await reference());
    expect(network.model.nodes.map(({ name }) => name)).toEqual([
      'embedding',
      'encoder',
      'embedding2',
      'decoder',
      'dense',
      'dense2',
    ]);
    expect([...network.parameters.keys()].filter((name) => name.includes('embedding'))).toEqual([
      'embedding.embeddings',
    ]);
    expect(network.model.summary()).toMatch(/decoder +lstm +sequence \[time, 6\] +264 +embedding2\n/);
    expect(network.model.summary()).toMatch(/embedding2 .*shares embedding/);
  });

  it('trains, evaluates, predicts, and goes on after saving and loading', async () => {
    const backend = await reference();
    const network = translator().on(backend, { seed: 1 });
    const settings = {
      optimizer: adam({ learningRate: 0.02 }),
      loss,
      lossWeights: { topic: 0.5 },
      batchSize: 2,
    };
    const before = await network.evaluate(samples, { loss, lossWeights: { topic: 0.5 } });
    expect(before.loss).toBeCloseTo((before['scores.loss'] ?? 0) + 0.5 * (before['topic.loss'] ?? 0), 12);
    await network.fit(samples, { ...settings, epochs: 60 }).done;
    const after = await network.evaluate(samples, { loss, metrics: { scores: ['accuracy'] } });
    expect(after['scores.accuracy']).toBe(1);

    const x = { source: samples.map(({ x }) => x.source), target: samples.map(({ x }) => x.target) };
    const { scores, topic } = await network.predict(x);
    expect(scores.map((row) => row.length)).toEqual([2, 3, 1]);
    expect(topic.map((row) => Number(row[1] > row[0]))).toEqual([1, 0, 1]);

    const again = await loadNetwork<TypesOf<typeof network>>(await network.save(), backend);
    expect(await again.predict(x)).toEqual({ scores, topic });
  });

  it('goes on from a checkpoint bit for bit', async () => {
    const backend = await reference();
    const settings = { optimizer: adam(), loss, batchSize: 1, seed: 3 } as const;
    const whole = translator().on(backend, { seed: 1 });
    await whole.fit(samples, { ...settings, epochs: 4 }).done;
    let bytes = new Uint8Array();
    const first = translator().on(backend, { seed: 1 });
    const save = (saved: Uint8Array) => {
      bytes = new Uint8Array(saved);
    };
    await first.fit(samples, { ...settings, epochs: 2, checkpoint: { save } }).done;
    const rest = translator().on(backend, { seed: 1 });
    await rest.fit(samples, { ...settings, epochs: 4, resume: bytes }).done;
    expect(await rest.getWeights()).toEqual(await whole.getWeights());
  });

  it('streams what depends on the target, and computes the rest once', async () => {
    const backend = await reference();
    const network = translator().on(backend, { seed: 5 });
    const source = [
      [1, 2, 3],
      [4, 5],
    ];
    const target = [
      [0, 3, 1],
      [0, 5, 2],
    ];
    const { scores } = await network.predict({ source, target });
    const empty = backend.memory();
    const stream = network.stream({ source }, { rows: 4 });
    for (let t = 0; t < 3; t++) {
      const pushed = await stream.push({ target: [target[0][t], target[0][t], target[1][t], target[1][t]] });
      for (const row of [0, 1, 2, 3]) {
        const expected = scores[Math.floor(row / 2)][t];
        pushed.scores[row].forEach((score, i) => void expect(score).toBeCloseTo(expected[i], 12));
      }
    }
    // Row 3 goes on from row 2, with another token than row 2.
    stream.reorder([1, 0, 2, 2]);
    expect(() => stream.reorder([2, 0, 2, 2])).toThrow(
      /row 0 cannot continue from row 2, which is not a row of the same source/,
    );
    stream.close();
    expect(backend.memory()).toEqual(empty);
    await expect(stream.push({ target: [0, 0, 0, 0] })).rejects.toThrow('closed');
  });

  it('whose state starts from one vector, the first of the state, is read again', () => {
    const model = graph({ x: sequence(2), start: vector(3) }, ({ x, start }) => ({
      y: apply(lstm({ units: 3 }), x, { initialState: start }),
    }));
    const json = JSON.parse(JSON.stringify(model));
    expect(JSON.parse(JSON.stringify(modelFromJson(json)))).toEqual(json);
  });

  it('streams a batch whose rows are given as NDArrays', async () => {
    const network = graph({ seen: vector(2), words: tokens() }, ({ seen, words }) => {
      const read = apply(embedding({ inputDim: 3, outputDim: 2 }), words);
      return { y: apply(gru({ units: 2, returnSequences: true }), read, { initialState: seen }) };
    }).on(await reference());
    const rows = [
      [1, 2],
      [3, 4],
    ];
    const stream = network.stream({ seen: rows.map((data) => ({ data, shape: [2] })) });
    expect([stream.sources, stream.isBatch]).toEqual([2, true]);
    const nested = network.stream({ seen: rows });
    expect(await stream.push({ words: [0, 1] })).toEqual(await nested.push({ words: [0, 1] }));
    const one = network.stream({ seen: { data: rows[0], shape: [2] } });
    expect([one.sources, one.isBatch]).toEqual([1, false]);
    for (const opened of [stream, nested, one]) opened.close();
    network.dispose();
  });

  it('of one path computes what the chain of its layers does', async () => {
    const backend = await reference();
    const layers = () =>
      [gru({ units: 3, returnSequences: true, dropout: 0.3 }), dense({ units: 2 })] as const;
    const chain = sequential(layers(), { inputShape: [null, 2] }).on(backend, { seed: 2 });
    const weights = await chain.getWeights();
    const path = graph({ x: sequence(2) }, ({ x }) => {
      const [first, second] = layers();
      return { y: apply(second, apply(first, x)) };
    }).on(backend, {
      weights: Object.fromEntries(
        Object.entries(weights).map(([name, value]) => [
          name.replace('0.', 'gru.').replace('1.', 'dense.'),
          value,
        ]),
      ),
    });
    const x = [
      [
        [1, 2],
        [3, 4],
      ],
      [[5, 6]],
    ];
    expect((await path.predict({ x })).y).toEqual(await chain.predict(x));
  });
});

describe('what does not fit in a graph', () => {
  const build = (body: (nodes: { a: never; b: never }) => unknown) =>
    graph({ a: sequence(2), b: vector(3) }, body as never);

  it.each([
    ['an input that nothing uses', () => build(({ a }) => ({ y: a })), /no layer uses the input "a"/],
    [
      'a name that is taken',
      () =>
        build(({ a, b }) => ({
          y: apply(dense({ units: 1 }), a, { name: 'b' }),
          z: apply(dense({ units: 1 }), b),
        })),
      /"b" is taken/,
    ],
    [
      'a state that the layer does not have',
      () => build(({ a }) => ({ y: apply(dense({ units: 1 }), a).state as never })),
      /has no state/,
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });

  it('a state of another width', () => {
    const make = () =>
      graph({ a: sequence(2), b: vector(3) }, ({ a, b }) => ({
        y: apply(gru({ units: 4 }), a, { initialState: b }),
      }));
    expect(make).toThrow(ShapeError);
    expect(make).toThrow('a single vector for gru must have 4 features, not 3');
  });

  it('wrong names are errors of the compiler, and of the run, with a suggestion', async () => {
    const network = translator().on(await reference());
    const source = [[1]];
    // @ts-expect-error there is no input sauce
    await expect(network.predict({ sauce: source, target: source })).rejects.toThrow(
      /"sauce"; did you mean "source"/,
    );
    // @ts-expect-error there is no output score
    expect(() => network.fit(samples, { optimizer: 'adam', loss: { score: 'crossEntropy' } })).toThrow(
      /"score"; did you mean "scores"/,
    );
    const words = embedding({ inputDim: 2, outputDim: 2 });
    // @ts-expect-error a sequence of features is not token ids
    expect(() => graph({ a: sequence(2) }, ({ a }) => ({ y: apply(words, a) }))).toThrow(ShapeError);
    // @ts-expect-error source was given already
    await expect(network.stream({ source: [1] }).push({ source: [1], target: [2] })).rejects.toThrow(
      /"source"/,
    );
    expect(() => network.stream({ target: [1] })).toThrow(UnsupportedError);
  });

  it.each([
    ['a circle', { from: 'dense' }, /node dense refers to "dense".*circle/],
    ['a reference to nothing', { from: 'nothing' }, /node dense refers to "nothing", which does not exist/],
    [
      'a layer that shares with one that shares',
      { shares: 'embedding2' },
      /shares the weights of "embedding2"/,
    ],
    ['a kind that is unknown', { kind: 'wizard' }, /wizard/],
  ])('a file with %s', (_, change, message) => {
    const json = JSON.parse(JSON.stringify(translator()));
    Object.assign(
      json.nodes.find(({ name }: { name: string }) => name === 'dense'),
      change,
    );
    expect(() => modelFromJson(json)).toThrow(FormatError);
    expect(() => modelFromJson(json)).toThrow(message);
  });

  it('a file with an input that nothing uses', () => {
    const json = JSON.parse(JSON.stringify(translator()));
    json.inputs.more = { kind: 'vector', features: 2 };
    expect(() => modelFromJson(json)).toThrow(/no layer uses the input "more"/);
    expect(JSON.parse(JSON.stringify(modelFromJson(JSON.parse(JSON.stringify(translator())))))).toEqual(
      JSON.parse(JSON.stringify(translator())),
    );
  });
});

it('buffers are saved, and not changed by the optimizer', async () => {
  const backend = await reference();
  const counter = (): Layer<'counter', object, 'vector', 'vector'> => ({
    kind: 'counter',
    options: {},
    build: (input) => ({
      outputShape: input,
      parameters: {},
      buffers: { steps: { shape: [1], initial: 'zeros' } },
      apply: (tape, { value }, { training, buffers: { steps } }) => ({
        output: { value },
        ...(training && { buffers: { steps: tape.affine(steps, 1, 1) } }),
      }),
    }),
  });
  const network = sequential([dense({ units: 1 }), counter()], { inputShape: [1] }).on(backend);
  expect([...network.parameters.keys()]).toEqual(['0.kernel', '0.bias']);
  const before = backend.memory().tensors;
  await network.fit(
    Array.from({ length: 6 }, (_, i) => ({ x: [i], y: i })),
    {
      loss: 'meanSquaredError',
      optimizer: 'adam',
      batchSize: 2,
      epochs: 2,
    },
  ).done;
  expect(backend.memory().tensors).toBe(before);
  expect((await network.getWeights())['1.steps'].data[0]).toBe(6);
  const again = await loadNetwork(await network.save(), backend, { layers: { counter } });
  expect((await again.getWeights())['1.steps'].data[0]).toBe(6);
});

it('a batchNorm that is used twice follows the statistics of both uses, one after the other', async () => {
  const network = graph({ a: vector(1), b: vector(1) }, ({ a, b }) => {
    const norm = batchNorm({ momentum: 0.5 });
    return { y: apply(norm, a), z: apply(norm, b) };
  }).on(await reference());
  const samples = [
    { x: { a: [1], b: [10] }, y: { y: [0], z: [0] } },
    { x: { a: [3], b: [30] }, y: { y: [0], z: [0] } },
  ];
  const loss = { y: 'meanSquaredError', z: 'meanSquaredError' } as const;
  await network.fit(samples, { loss, optimizer: 'adam', epochs: 1 }).done;
  // (0 · 0.5 + 2 · 0.5) · 0.5 + 20 · 0.5
  expect((await network.getWeights())['batchNorm.runningMean'].data[0]).toBe(10.5);
});

it.each(['constructor', 'toString', '__proto__'])('%s, which every object has, is no name', (name) => {
  const layer = gru({ units: 2 });
  const makes = [
    () => graph({ x: sequence(1) }, ({ x }) => ({ y: apply(layer, x, { name }) })),
    () => graph({ [name]: sequence(1) }, (inputs) => ({ y: apply(layer, inputs[name]) })),
    () => graph({ x: sequence(1) }, ({ x }) => ({ [name]: apply(layer, x) })),
    () => graph({ x: sequence(1) }, ({ x }) => ({ y: apply({ ...layer, kind: name as 'gru' }, x) })),
  ];
  for (const make of makes) {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(name);
  }
});

it('a layer whose kind has a full stop needs a name, so that its file can be read', () => {
  const layer = { ...dense({ units: 1 }), kind: 'my.layer' as 'dense' };
  expect(() => graph({ x: vector(1) }, ({ x }) => ({ y: apply(layer, x) }))).toThrow(
    /the kind "my.layer" needs { name }/,
  );
});
