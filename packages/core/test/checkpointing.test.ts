/* Training in segments: the same results as without, bit for bit as with all activations kept, in less memory. */
import { reference } from '@recurra/backend-reference';
import {
  adam,
  apply,
  attention,
  batchNorm,
  bidirectional,
  checkpoint,
  concat,
  DivergenceError,
  dense,
  dropout,
  embedding,
  type FitOptions,
  graph,
  gru,
  type Layer,
  lastStep,
  lstm,
  meanOverTime,
  type Network,
  OptionError,
  rnn,
  type Sample,
  ShapeError,
  type Signal,
  type SignalShape,
  seededRandom,
  sequence,
  sequential,
  sgd,
  Tape,
  type Tensor,
  withTape,
} from '@recurra/core';
import { afterAll, describe, expect, it } from 'vitest';
import { planSegments } from '../src/training/segment-plan.js';

type AnyNetwork = Network<never>;
type Options = Partial<FitOptions>;
type Checkpointing = FitOptions['checkpointing'];

const backend = await reference();
afterAll(() => backend.dispose());

const random = seededRandom(7);
const numbers = (length: number) => Array.from({ length }, () => random.normal());
const steps = (length: number, features = 2) => Array.from({ length }, () => numbers(features));
const classes = (length: number) => Array.from({ length }, () => random.integer(3));
const lengths = [11, 4, 9, 1];

/** Four sequences of different lengths. */
const ragged = (y: (length: number) => unknown, weight?: (length: number) => number[]) =>
  lengths.map((length) => ({ x: steps(length), y: y(length), weight: weight?.(length) })) as Sample[];
const softmax = () => dense({ units: 3, activation: 'softmax' });
const chain = (layers: Layer[], inputShape: (number | null)[] = [null, 2]) =>
  sequential(layers, { inputShape }).on(backend, { seed: 2 }) as unknown as AnyNetwork;

/** Encoder, decoder from its state, a mask, two inputs of the decoder's steps, outputs at each step and at the end, and an input as an output. */
function twoInputs(): AnyNetwork {
  const inputs = { source: sequence(2), left: sequence(2), right: sequence(2) };
  return graph(inputs, ({ source, left, right }) => {
    const encoder = apply(gru({ units: 4 }), source);
    const a = apply(rnn({ units: 3, returnSequences: true }), left);
    const joined = apply(concat(), [a, apply(dropout({ rate: 0.3 }), right)]);
    const decoder = apply(gru({ units: 4, returnSequences: true }), joined, { initialState: encoder.state });
    const vector = apply(concat(), [apply(lastStep(), decoder), encoder]);
    return { steps: apply(softmax(), decoder), end: apply(dense({ units: 1 }), vector), right };
  }).on(backend, { seed: 2 }) as unknown as AnyNetwork;
}

const pairs = lengths.map((length, i) => ({
  x: { source: steps(7 - i), left: steps(length), right: steps(length) },
  y: { steps: classes(length), end: numbers(1), right: steps(length) },
}));

/** What is trained: the network, the samples, and options other than those in {@link train}. */
const problems: Readonly<Record<string, readonly [() => AnyNetwork, readonly unknown[], Options]>> = {
  'dropout of all kinds, lengths, weights of steps and labels, penalties, clipping': [
    () =>
      chain([
        gru({ units: 4, returnSequences: true, dropout: 0.3, recurrentDropout: 0.3 }),
        dropout({ rate: 0.4 }),
        lstm({ units: 3, returnSequences: true, projection: 2, kernelRegularizer: { l2: 0.1 } }),
        softmax(),
      ]),
    ragged(classes, (length) => Array.from({ length }, (_, t) => t % 3)),
    {
      loss: { kind: 'crossEntropy', labelWeights: [1, 2, 0.5], ignoreLabel: 1 },
      clip: { globalNorm: 0.1 },
    },
  ],
  'the last state': [
    () =>
      chain([
        lstm({ units: 3, returnSequences: true }),
        gru({ units: 3 }),
        dropout({ rate: 0.5 }),
        softmax(),
      ]),
    ragged(() => random.integer(3)),
    { loss: 'crossEntropy' },
  ],
  'masked tokens': [
    () =>
      chain(
        [
          embedding({ inputDim: 4, outputDim: 2, maskZero: true }),
          gru({ units: 3, returnSequences: true }),
          rnn({ units: 3, returnSequences: true, zeroOutputForMask: true }),
          softmax(),
        ],
        [null],
      ),
    lengths.map((length) => ({ x: Array.from({ length }, () => random.integer(4)), y: classes(length) })),
    { loss: 'crossEntropy' },
  ],
  'layers that run whole between others, and metrics of all outputs': [
    () =>
      chain([
        lstm({ units: 3, returnSequences: true }),
        batchNorm({ momentum: 0.5 }),
        bidirectional(gru({ units: 2, returnSequences: true, dropout: 0.2 })),
        rnn({ units: 3, returnSequences: true }),
        dense({ units: 2, activation: 'sigmoid' }),
      ]),
    ragged((length) => Array.from({ length }, () => [random.integer(2), random.uniform()])),
    { loss: 'binaryCrossEntropy', metrics: ['accuracy', 'auc'], trainingMetrics: true },
  ],
  'a mean over time after recurrent layers': [
    () => chain([rnn({ units: 3, returnSequences: true }), meanOverTime(), dense({ units: 1 })]),
    ragged(() => numbers(1)),
    { loss: 'huber' },
  ],
  'stateful layers in windows': [
    () =>
      chain([
        gru({ units: 3, returnSequences: true, stateful: true }),
        rnn({ units: 3, returnSequences: true }),
        softmax(),
      ]),
    [...ragged(classes), ...ragged(classes)],
    { loss: 'crossEntropy', bptt: { window: 6 }, shuffle: false },
  ],
  'a graph with several inputs and outputs': [
    twoInputs,
    pairs,
    {
      loss: { steps: 'crossEntropy', end: 'meanSquaredError', right: 'huber' },
      lossWeights: { end: 0.3 },
    } as never,
  ],
};

/** Trains a network for some steps, and returns the losses, norms, metrics, weights and buffers, in one list. */
async function train(
  network: AnyNetwork,
  samples: readonly unknown[],
  options: Options,
  checkpointing?: Checkpointing,
): Promise<number[]> {
  const results: number[] = [];
  const run = network.fit(
    samples as never,
    {
      optimizer: sgd({ learningRate: 0.5 }),
      epochs: 3,
      batchSize: 4,
      ...options,
      checkpointing,
    } as never,
  );
  for await (const { loss, gradientNorm, summary } of run) {
    results.push(loss, gradientNorm);
    if (summary?.training) results.push(...(Object.values(summary.training) as number[]));
  }
  for (const { data } of Object.values(await network.getWeights())) results.push(...data);
  return results;
}

function near(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 10);
}

/** Trains with and without segments, and compares. */
async function laws(name: string): Promise<void> {
  const [make, samples, options] = problems[name];
  const results = async (checkpointing?: Checkpointing) => {
    const network = make();
    try {
      return await train(network, samples, options, checkpointing);
    } finally {
      network.dispose();
    }
  };
  const whole = await results();
  for (const segments of [1, 3, 100]) {
    const again = await results({ segments });
    expect(again).toEqual(await results({ segments, recompute: false }));
    near(again, whole);
  }
}

describe('training in segments', () => {
  it.each(Object.keys(problems))('gives the results of training without them: %s', async (name) => {
    const { tensors } = backend.memory();
    await laws(name);
    expect(backend.memory().tensors).toBe(tensors);
  });

  it('cuts T steps into ⌈√T / 2⌉ segments by default', async () => {
    const samples = [{ x: steps(100), y: classes(100) }];
    const result = (checkpointing: Checkpointing) =>
      train(
        chain([rnn({ units: 3, returnSequences: true }), softmax()]),
        samples,
        { loss: 'crossEntropy' },
        checkpointing,
      );
    expect(await result(true)).toEqual(await result(5));
    expect(await result(true)).not.toEqual(await result(6));
  });

  it('goes on after an interruption as without one, in the same segments only', async () => {
    const samples = [...ragged(classes), ...ragged(classes)];
    const network = () =>
      chain([gru({ units: 3, returnSequences: true }), dropout({ rate: 0.3 }), softmax()]);
    const options = {
      loss: 'crossEntropy',
      optimizer: adam({ learningRate: 0.1 }),
      epochs: 2,
      batchSize: 4,
    } as const;
    const whole = network();
    await whole.fit(samples as never, { ...options, checkpointing: 3 } as never).done;
    const saved: Uint8Array[] = [];
    const first = network().fit(
      samples as never,
      {
        ...options,
        checkpointing: 3,
        checkpoint: { save: (bytes: Uint8Array) => saved.push(bytes) },
      } as never,
    );
    for await (const { step } of first) if (step === 3) break;
    const second = network();
    const resume = (checkpointing: Checkpointing) =>
      second.fit(samples as never, { ...options, checkpointing, resume: saved[0] } as never).done;
    await expect(async () => resume(4)).rejects.toThrow(/checkpointing is 4, but was 3/);
    await resume(3);
    expect(await second.getWeights()).toEqual(await whole.getWeights());
  });

  it('names the layer whose output is the first that is not finite', async () => {
    const network = chain([
      rnn({ units: 3, returnSequences: true }),
      dense({ units: 1, activation: 'exponential' }),
    ]);
    const samples = [{ x: [...steps(5), [1e30, 1e30], ...steps(3)], y: numbers(9) }];
    const weights = await network.getWeights();
    const kernel = Object.keys(weights).find((name) => name.startsWith('1.kernel')) as string;
    await network.setWeights({ ...weights, [kernel]: { data: [1e4, 1e4, 1e4], shape: [3, 1] } } as never);
    const { done } = network.fit(
      samples as never,
      { loss: 'meanSquaredError', optimizer: 'sgd', checkpointing: 3 } as never,
    );
    await expect(done).rejects.toThrow(DivergenceError);
    await expect(done).rejects.toThrow(/the output of layer 1.dense is the first/);
  });
});

describe('what cannot be cut', () => {
  const options = { loss: 'meanSquaredError', optimizer: 'sgd' } as const;
  const fit = (network: AnyNetwork, more: object) =>
    network.fit([] as never, { ...options, ...more } as never);

  it.each<[string, Layer[], (number | null)[], RegExp]>([
    [
      'a layer that reads both ways',
      [bidirectional(gru({ units: 2 })), dense({ units: 1 })],
      [null, 2],
      /layer 0, bidirectional: bidirectional also reads the sequence from its end/,
    ],
    [
      'a layer that reads backwards',
      [gru({ units: 2, goBackwards: true })],
      [null, 2],
      /layer 0, gru: gru with goBackwards reads/,
    ],
    [
      'a normalisation over time',
      [batchNorm(), meanOverTime()],
      [null, 2],
      /batchNorm computes statistics over all steps in training; layer 1, meanOverTime: meanOverTime needs all steps/,
    ],
    [
      'a model of vectors',
      [dense({ units: 1 })],
      [2],
      /finds no layer that can run in segments of a sequence/,
    ],
  ])('is declined with the reason where nothing else is left: %s', (_, layers, inputShape, reason) => {
    const network = chain(layers, inputShape);
    expect(() => fit(network, { checkpointing: true })).toThrow(OptionError);
    expect(() => fit(network, { checkpointing: true })).toThrow(reason);
  });

  it('attention over a memory runs whole, and in the order of the graph', async () => {
    const network = graph({ x: sequence(2) }, ({ x }) => {
      const memory = apply(gru({ units: 3, returnSequences: true }), x);
      const attended = apply(attention(), { query: memory, memory });
      return { y: apply(dense({ units: 1 }), apply(rnn({ units: 2, returnSequences: true }), attended)) };
    }).on(backend, { seed: 2 }) as unknown as AnyNetwork;
    const { stages } = planSegments(network.model, [], new Set());
    expect(stages.map(({ isCut, nodes }) => [isCut, ...nodes.map(({ name }) => name)])).toEqual([
      [true, 'gru'],
      [false, 'attention'],
      [true, 'rnn', 'dense'],
    ]);
  });

  it('options are checked', () => {
    const network = chain([rnn({ units: 2, returnSequences: true })]);
    for (const wrong of [0, -1, 2.5, 'yes', { segments: 0 }, { recompute: 1 }, { parts: 3 }])
      expect(() => fit(network, { checkpointing: wrong })).toThrow(OptionError);
    expect(() => fit(network, { checkpointing: true, gradientNorms: 'perStep' })).toThrow(
      /gradientNorms needs the states/,
    );
  });

  it('a layer that changes the number of steps must say that it needs them all', async () => {
    const twice = {
      kind: 'twice',
      options: {},
      build: (input: SignalShape) => ({
        outputShape: input,
        parameters: {},
        apply: (tape: Tape, { value }: Signal) => ({ output: { value: tape.concat([value, value], 0) } }),
      }),
    } as unknown as Layer;
    const network = chain([rnn({ units: 2, returnSequences: true }), twice]);
    const samples = [{ x: steps(6), y: steps(12) }];
    const { done } = network.fit(samples as never, { ...options, checkpointing: 2 } as never);
    await expect(done).rejects.toThrow(ShapeError);
    await expect(done).rejects.toThrow(/layer 1, twice, gives 6 steps .* for a segment of 3 steps/);
  });
});

describe('checkpoint', () => {
  const values = (shape: number[]) => ({ data: numbers(shape.reduce((a, b) => a * b)), shape });
  const [x, w] = [values([5, 4]), values([4, 4])];
  /** Four products, each in a checkpoint or not; the last one in two, one inside the other. */
  const run = async (kept: boolean) => {
    const tape = new Tape(backend);
    let peak = 0;
    const product = (tape: Tape, [h, b]: readonly Tensor[]) => {
      const y = tape.tanh(tape.softmax(tape.tanh(tape.matmul(h, b))));
      peak = Math.max(peak, backend.memory().bytes);
      return [y];
    };
    const nested = (tape: Tape, inputs: readonly Tensor[]) => checkpoint(tape, inputs, product);
    try {
      const [a, b] = [x, w].map(({ data, shape }) => tape.watch(tape.constant(data, shape)));
      const [h] = [product, product, product, nested].reduce<readonly Tensor[]>(
        ([h], body) => (kept ? product(tape, [h, b]) : checkpoint(tape, [h, b], body)),
        [a],
      );
      const gradients = tape.gradients([[h, 1]], [a, b]);
      return { peak, gradients: await Promise.all(gradients.map((dx) => backend.read(dx))) };
    } finally {
      tape.dispose();
    }
  };

  it('gives the same gradients with less memory', async () => {
    const { tensors } = backend.memory();
    const [kept, again] = [await run(true), await run(false)];
    expect(again.gradients).toEqual(kept.gradients);
    expect(again.peak).toBeLessThan(kept.peak);
    expect(backend.memory().tensors).toBe(tensors);
  });

  it('adds up the gradients of an input that is an output, and of an output that is there twice', async () => {
    await withTape(backend, async (tape) => {
      const a = tape.watch(tape.constant([2, 3], [2]));
      const outputs = checkpoint(tape, [a], (inner) => {
        const square = inner.mul(a, a);
        return [a, square, square];
      });
      const [da] = tape.gradients(
        outputs.map((y) => [y, 1] as const),
        [a],
      );
      expect([...(await backend.read(tape.keep(da)))]).toEqual([9, 13]);
      backend.free(da);
    });
  });

  it('refuses a body that uses a watched tensor that is no input, and wrong arguments', () => {
    withTape(backend, (tape) => {
      const [a, b] = [1, 2].map((value) => tape.watch(tape.fill([1], value)));
      expect(() => checkpoint(tape, [a], (inner) => [inner.mul(a, b)])).toThrow(
        /uses a watched tensor of shape \[1\] that is not one of its inputs/,
      );
      expect(() => checkpoint({} as Tape, [a], () => [])).toThrow(OptionError);
      expect(() => checkpoint(tape, a as never, () => [])).toThrow(OptionError);
      expect(() => checkpoint(tape, [a], 3 as never)).toThrow(OptionError);
    });
  });
});
