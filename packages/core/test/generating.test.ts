import { reference } from '@recurra/backend-reference';
import {
  activation,
  adam,
  apply,
  attention,
  beamSearch,
  concat,
  dense,
  embedding,
  evaluateGenerated,
  type Generated,
  graph,
  greedy,
  gru,
  type Layer,
  lstm,
  OptionError,
  sample,
  sequence,
  sequential,
  tokens,
  UnsupportedError,
} from '@recurra/core';
import { describe, expect, expectTypeOf, it } from 'vitest';

const START = 3;
const END = 0;
const V = 4;

/** Reads tokens, and writes others. Its weights are large, so that its guesses are sharp and unlike each other. */
const writer = (last: Layer<'activation', object, 'sequence', 'same'> | undefined = undefined) =>
  graph({ source: tokens(), target: tokens() }, ({ source, target }) => {
    const words = embedding({
      inputDim: V,
      outputDim: 5,
      embeddingsInitializer: { kind: 'uniform', min: -2, max: 2 },
    });
    const memory = apply(gru({ units: 4, returnSequences: true }), apply(words, source));
    const query = apply(gru({ units: 4, returnSequences: true }), apply(words, target), {
      initialState: memory.state,
    });
    const context = apply(attention(), { query, memory });
    const logits = apply(
      dense({ units: V, kernelInitializer: { kind: 'uniform', min: -3, max: 3 } }),
      apply(concat(), [query, context]),
    );
    return { scores: last ? apply(last, logits) : logits };
  });

const logSoftmax = (): Layer<'logSoftmax', object, 'sequence', 'same'> => ({
  kind: 'logSoftmax',
  options: {},
  build: (input) => ({
    outputShape: input,
    parameters: {},
    apply: (tape, { value }) => ({ output: { value: tape.logSoftmax(value) } }),
  }),
});

/** The logarithm of the probability of each sequence of at most `maxLength` tokens, the end counted. */
async function allSequences(
  network: ReturnType<ReturnType<typeof writer>['on']>,
  source: number[],
  maxLength: number,
) {
  const found: { tokens: number[]; score: number }[] = [];
  const visit = async (tokens: number[]) => {
    const { scores } = await network.predict({ source: [source], target: [[START, ...tokens]] });
    let score = 0;
    for (const [t, row] of scores[0].entries()) {
      const log = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
      score += row[tokens[t] ?? END] - log;
    }
    found.push({ tokens, score });
    if (tokens.length + 1 < maxLength) for (const token of [1, 2, 3]) await visit([...tokens, token]);
  };
  await visit([]);
  return found;
}

const options = { start: START, end: END, maxLength: 4 };
const sources = [[1, 2], [2, 1, 3], [3, 3, 1, 2], [2], [1, 1, 3]];

describe('beam search', () => {
  it('of a width of 1 is greedy, for one source and for a batch', async () => {
    for (const seed of [1, 2, 3]) {
      const network = writer().on(await reference(), { seed });
      const stream = network.stream({ source: sources });
      const taken = await greedy(stream, { ...options, maxLength: 8 });
      expectTypeOf(taken).toEqualTypeOf<Generated[]>();
      expect(await beamSearch(stream, { ...options, maxLength: 8, lengthPenalty: 0 })).toEqual(taken);
      for (const [i, source] of sources.entries()) {
        const one = await greedy(network.stream({ source }), { ...options, maxLength: 8 });
        expectTypeOf(one).toEqualTypeOf<Generated>();
        expect(one.tokens).toEqual(taken[i].tokens);
        expect(one.score).toBeCloseTo(taken[i].score, 10);
      }
    }
  });

  it.each([0, 0.6, 1.5])(
    'that is wide enough finds the best of all sequences: length penalty %f',
    async (lengthPenalty) => {
      const network = writer().on(await reference(), { seed: 4 });
      const stream = network.stream({ source: sources }, { rows: 128 * sources.length });
      const results = await beamSearch(stream, { ...options, width: 128, lengthPenalty });
      for (const [i, source] of sources.entries()) {
        const all = (await allSequences(network, source, options.maxLength))
          .map(({ tokens, score }) => ({
            tokens,
            score: score / ((5 + tokens.length + 1) / 6) ** lengthPenalty,
          }))
          .sort((a, b) => b.score - a.score);
        const { alternatives, ...best } = results[i];
        const ended = [best, ...alternatives].filter(({ ended }) => ended);
        expect(ended.map(({ tokens }) => tokens)).toEqual(all.map(({ tokens }) => tokens));
        ended.forEach(({ score }, n) => void expect(score).toBeCloseTo(all[n].score, 10));
      }
    },
  );

  it('reads logits, the result of softmax and logarithms of probabilities alike', async () => {
    const backend = await reference();
    const network = writer().on(backend, { seed: 5 });
    const weights = await network.getWeights();
    const search = async (last?: Parameters<typeof writer>[0]) =>
      beamSearch(writer(last).on(backend, { weights }).stream({ source: sources }, { rows: 15 }), options);
    const expected = await search();
    for (const last of [activation({ activation: 'softmax' }), logSoftmax() as never]) {
      for (const [i, { tokens, score, alternatives }] of (await search(last)).entries()) {
        expect(tokens).toEqual(expected[i].tokens);
        expect(score).toBeCloseTo(expected[i].score, 10);
        expect(alternatives.map(({ tokens }) => tokens)).toEqual(
          expected[i].alternatives.map(({ tokens }) => tokens),
        );
      }
    }
    await expect(search(activation({ activation: 'sigmoid' }))).rejects.toThrow(UnsupportedError);
  });

  it('gives what was cut off where too little has ended, and says so', async () => {
    const network = writer().on(await reference(), { seed: 6 });
    const { end: _, ...endless } = options;
    const {
      tokens: longest,
      ended,
      alternatives,
    } = await beamSearch(network.stream({ source: [1, 2] }, { rows: 3 }), endless);
    expect([longest.length, ended, alternatives.length]).toEqual([4, false, 2]);
  });
});

describe('samples', () => {
  it('at a temperature near 0, or of one token, are greedy', async () => {
    const network = writer().on(await reference(), { seed: 7 });
    const stream = network.stream({ source: sources });
    const taken = await greedy(stream, options);
    expect(await sample(stream, { ...options, temperature: 1e-6 })).toEqual(taken);
    expect(await sample(stream, { ...options, topK: 1 })).toEqual(taken);
    expect(await sample(stream, { ...options, topP: 1e-9 })).toEqual(taken);
  });

  it('are as frequent as they are probable', async () => {
    const network = writer().on(await reference(), { seed: 8 });
    const { scores } = await network.predict({ source: [[1]], target: [[START]] });
    const rows = 20_000;
    const stream = network.stream({ source: [1] }, { rows });
    const share = async (changes: object) => {
      const drawn = await sample(stream, { start: START, maxLength: 1, seed: 3, ...changes });
      const counts = new Array(V).fill(0);
      for (const { tokens } of [drawn, ...drawn.alternatives]) counts[tokens[0]] += 1 / rows;
      return counts;
    };
    const softmax = (logits: number[], keep = logits.map(() => true)) => {
      const powers = logits.map((x, i) => (keep[i] ? Math.exp(x) : 0));
      const total = powers.reduce((a, b) => a + b);
      return powers.map((power) => power / total);
    };
    const logits = scores[0][0] as number[];
    const order = [...logits.keys()].sort((a, b) => logits[b] - logits[a]);
    const cases: [object, number[]][] = [
      [{}, softmax(logits)],
      [{ temperature: 2 }, softmax(logits.map((x) => x / 2))],
      [
        { temperature: 3, topK: 2 },
        softmax(
          logits.map((x) => x / 3),
          logits.map((_, i) => order.indexOf(i) < 2),
        ),
      ],
    ];
    const [p1, p2] = order.map((i) => softmax(logits.map((x) => x / 4))[i]);
    cases.push([
      { temperature: 4, topP: p1 + p2 / 2 },
      softmax(
        logits.map((x) => x / 4),
        logits.map((_, i) => order.indexOf(i) < 2),
      ),
    ]);
    for (const [changes, expected] of cases) {
      const shares = await share(changes);
      // Four standard deviations.
      expected.forEach((p, i) => {
        expect(Math.abs(shares[i] - p)).toBeLessThanOrEqual(4 * Math.sqrt((p * (1 - p)) / rows));
      });
    }
    expect(await share({ seed: 4 })).not.toEqual(await share({ seed: 5 }));
    expect(await share({ seed: 4 })).toEqual(await share({ seed: 4 }));
  });
});

it('a chain goes on from the beginning of a text', async () => {
  const network = sequential(
    [
      embedding({ inputDim: V, outputDim: 3 }),
      lstm({ units: 5, returnSequences: true }),
      dense({ units: V, activation: 'softmax' }),
    ],
    { inputShape: [null] },
  ).on(await reference(), { seed: 2 });
  const { tokens: written, score } = await greedy(network.stream({}), { start: [1, 2, 3], maxLength: 3 });
  const text = [1, 2, 3, ...written];
  const [probabilities] = await network.predict([text.slice(0, -1)]);
  const steps = (probabilities as number[][]).slice(2);
  expect(steps.map((row) => row.indexOf(Math.max(...row)))).toEqual(written);
  expect(score).toBeCloseTo(
    steps.reduce((sum, row, t) => sum + Math.log(row[written[t]]), 0),
    10,
  );
});

it('what is generated does not depend on the other sources, and steps are reported', async () => {
  const network = writer().on(await reference(), { seed: 9 });
  const lengths: number[] = [];
  const all = await beamSearch(network.stream({ source: sources }, { rows: 2 * sources.length }), {
    ...options,
    maxLength: 9,
    onStep: ({ length, sources: now }) => {
      lengths.push(length);
      expect(now.length).toBe(sources.length);
    },
  });
  expect(lengths).toEqual(lengths.map((_, i) => i + 1));
  for (const [i, source] of sources.entries()) {
    const alone = await beamSearch(network.stream({ source }, { rows: 2 }), { ...options, maxLength: 9 });
    expect(alone.tokens).toEqual(all[i].tokens);
    expect(alone.score).toBeCloseTo(all[i].score, 10);
  }
});

it('a decoder that learnt to reverse is measured by what it generates; nothing is left behind', async () => {
  const backend = await reference();
  const network = writer().on(backend, { seed: 1 });
  const words = [[1], [2], [1, 2], [2, 1], [1, 1], [2, 2], [1, 2, 2], [2, 1, 1], [2, 2, 1]];
  const samples = words.map((source) => {
    const target = [...source].reverse();
    return { x: { source, target: [START, ...target] }, y: { scores: [...target, END] } };
  });
  await network.fit(samples, {
    loss: { scores: { kind: 'crossEntropy', fromLogits: true } },
    optimizer: adam({ learningRate: 0.03 }),
    epochs: 60,
    batchSize: 3,
  }).done;
  const tests = words.map((source) => ({ x: { source }, y: [...source].reverse() }));
  const before = backend.memory();
  const progress: number[] = [];
  expect(
    await evaluateGenerated(network, tests, {
      generate: (stream) => greedy(stream, options),
      batchSize: 4,
      onProgress: ({ done }) => progress.push(done),
    }),
  ).toEqual({ exactMatch: 1, editDistance: 0, errorRate: 0 });
  expect(progress).toEqual([4, 8, 9]);
  const scores = await evaluateGenerated(
    network,
    [
      { x: { source: [1, 2] }, y: [2, 2] },
      { x: { source: [2] }, y: [[1], [2, 1], [2]] },
    ],
    { width: 2, generate: (stream) => beamSearch(stream, options) },
  );
  expect(scores).toEqual({ exactMatch: 0.5, editDistance: 0.5, errorRate: 1 / 3 });

  const aborted = new AbortController();
  const rest = evaluateGenerated(network, tests, {
    generate: (stream) =>
      greedy(stream, { ...options, onStep: () => aborted.abort(), signal: aborted.signal }),
  });
  await expect(rest).rejects.toThrow(/abort/);
  for (let i = 0; i < 1000; i++) {
    const stream = network.stream({ source: words[i % words.length] }, { rows: 2 });
    if (i % 100 === 0) await beamSearch(stream, options);
    else await stream.push({ target: [START, START] });
    stream.close();
  }
  expect(backend.memory()).toEqual(before);
});

it('refuses what does not fit, by name', async () => {
  const backend = await reference();
  const network = writer().on(backend);
  const stream = network.stream({ source: [1] }, { rows: 2 });
  await expect(greedy(stream, options)).rejects.toThrow(/one row for each of its 1 sources, not 2/);
  await expect(beamSearch(stream, { ...options, width: 3 })).rejects.toThrow(
    /needs a stream of rows: 3, not 2/,
  );
  // @ts-expect-error there is no output score
  await expect(beamSearch(stream, { ...options, output: 'score' })).rejects.toThrow(/did you mean "scores"/);
  // @ts-expect-error source was given already
  await expect(beamSearch(stream, { ...options, input: 'source' })).rejects.toThrow(OptionError);
  await expect(sample(stream, { ...options, topP: 2 })).rejects.toThrow(
    /topP must be a number above 0, at most 1/,
  );
  const numbers = graph({ x: sequence(1) }, ({ x }) => ({
    y: apply(gru({ units: 2, returnSequences: true }), x),
  }));
  await expect(greedy(numbers.on(backend).stream({}), options)).rejects.toThrow(
    /needs an input of tokens\(\)/,
  );
});
