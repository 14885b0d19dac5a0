import { reference } from '@recurra/backend-reference';
import {
  adam,
  apply,
  ctcGreedy,
  DataError,
  dense,
  editDistance,
  graph,
  gru,
  loadNetwork,
  masking,
  type Network,
  OptionError,
  resolveLoss,
  type Sample,
  seededRandom,
  sequence,
  sequential,
  UnsupportedError,
} from '@recurra/core';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { CtcInputs, CtcKernel, CtcSpec } from '../src/contract/fused.js';
import { ctcLosses } from '../src/kernels/ctc.js';
import type { TargetLayout } from '../src/losses/targets.js';
import { Tape } from '../src/tape/tape.js';
import { allReadings, rowsUpTo } from './ctc-paths.js';

const backend = await reference();
afterAll(() => backend.dispose());

interface Rows {
  /** [T][B][C] */
  readonly logits: readonly (readonly (readonly number[])[])[];
  readonly lengths: readonly number[];
  readonly labels: readonly (readonly number[])[];
  readonly blank: number;
}

/** The losses of rows, and the gradient of Σ (row + 1) · loss with respect to the logits. */
async function run({ logits, lengths, labels, blank }: Rows, tape = new Tape(backend)) {
  const [T, B, C] = [logits.length, lengths.length, logits[0][0].length];
  const most = Math.max(1, ...labels.map(({ length }) => length));
  // Labels of padding are ignored, whatever they are.
  const padded = labels.flatMap((row, b) => Array.from({ length: most }, (_, i) => row[i] ?? (b + i) % C));
  const x = tape.watch(tape.constant(logits.flat(2), [T, B, C]));
  const inputs: CtcInputs = {
    logits: x,
    targets: tape.constant(padded, [B, most]),
    lengths: tape.constant(lengths, [B]),
    targetLengths: tape.constant(
      labels.map(({ length }) => length),
      [B],
    ),
  };
  const losses = ctcLosses(tape, inputs, blank);
  const seed = tape.constant(
    lengths.map((_, b) => b + 1),
    [B],
  );
  const [gradient] = tape.gradients([[losses, seed]], [x]);
  const result = { losses: [...(await backend.read(losses))], gradient: await backend.read(gradient) };
  tape.dispose();
  return result;
}

const total = (losses: readonly number[]) => losses.reduce((sum, loss, b) => sum + (b + 1) * loss, 0);

/** A row of rowsUpTo, with one of the lists of labels that it can be read as. */
const rowWithLabels = rowsUpTo(5, 3).chain((row) =>
  fc
    .constantFrom(...allReadings(row).values())
    .map(({ labels, probability }) => ({ ...row, labels, probability })),
);

describe('ctcLosses', () => {
  it('is −log of the sum of all paths, with the gradient of finite differences', async () => {
    await fc.assert(
      fc.asyncProperty(rowWithLabels, rowWithLabels, async (first, second) => {
        const nothing = { frames: [], labels: [], probability: 1 };
        const fits = second.frames[0].length === first.frames[0].length && second.blank === first.blank;
        const rows = [first, fits ? second : nothing];
        const T = Math.max(...rows.map(({ frames }) => frames.length));
        // Frames of padding are NaN: nothing may read them.
        const padding = first.frames[0].map(() => Number.NaN);
        const logits = Array.from({ length: T }, (_, t) => rows.map(({ frames }) => frames[t] ?? padding));
        const given = {
          logits,
          lengths: rows.map(({ frames }) => frames.length),
          labels: rows.map(({ labels }) => labels),
          blank: first.blank,
        };
        const { losses, gradient } = await run(given);
        for (const [b, { probability }] of rows.entries())
          expect(losses[b]).toBeCloseTo(-Math.log(probability), 9);

        const C = padding.length;
        for (let n = 0; n < gradient.length; n++) {
          const [t, b, c] = [Math.floor(n / C / rows.length), Math.floor(n / C) % rows.length, n % C];
          if (t >= given.lengths[b]) {
            expect(gradient[n]).toBe(0);
            continue;
          }
          if (n % 3) continue;
          const moved = async (by: number) => {
            const copy = structuredClone(logits) as number[][][];
            copy[t][b][c] += by;
            return total((await run({ ...given, logits: copy })).losses);
          };
          const difference = ((await moved(1e-5)) - (await moved(-1e-5))) / 2e-5;
          expect(Math.abs(gradient[n] - difference)).toBeLessThan(1e-7);
        }
      }),
      { numRuns: 12 },
    );
  });

  it('stays finite where labels are as good as impossible', async () => {
    const logits = Array.from({ length: 30 }, () => [[300, -300, 0]]);
    const { losses, gradient } = await run({ logits, lengths: [30], labels: [[1, 1, 2]], blank: 0 });
    // The best paths read every label in one frame; there are 3,654 of them.
    expect(losses[0]).toBeCloseTo(1500 - Math.log(3654), 6);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  it('uses the fused kernel of a backend that accepts', async () => {
    const before = backend.memory();
    const specs: CtcSpec[] = [];
    const kernel: CtcKernel = {
      declines: ({ labels }) => (labels > 2 ? 'too many labels' : undefined),
      forward: (spec) => {
        specs.push(spec);
        return { losses: backend.fill([spec.batch], 7), saved: [backend.fill([1], 0)] };
      },
      backward: (_spec, { logits }, _outputs, dLosses) => {
        expect(dLosses.shape).toEqual([1]);
        return backend.fill(logits.shape, 3);
      },
    };
    const fused = () => new Tape({ ...backend, fused: { ctc: kernel } });
    const rows = { logits: [[[0, 1]], [[1, 0]]], lengths: [2], labels: [[0, 0]], blank: 1 };
    const { losses, gradient } = await run(rows, fused());
    expect([...losses, ...gradient]).toEqual([7, 3, 3, 3, 3]);
    expect(specs).toEqual([{ time: 2, batch: 1, classes: 2, labels: 2, blank: 1, training: true }]);
    const declined = fused();
    const long = { logits: new Array(5).fill([[0, 1]]), lengths: [5], labels: [[0, 0, 0]], blank: 1 };
    expect((await run(long, declined)).losses).toEqual((await run(long)).losses);
    expect(declined.kernelLog).toEqual([
      { kernel: 'ctc', implementation: 'composed', reason: 'too many labels' },
    ]);
    expect(backend.memory()).toEqual(before);
  });
});

/** Two samples of 4 and 2 frames, and 3 classes. */
const layout: TargetLayout = { batch: 2, time: 4, features: 3, lengths: [4, 2], indices: [40, 41] };

describe('the loss ctc', () => {
  /** The loss of a batch of `layout`, whose logits are all 0: each path has the probability 3^−frames. */
  async function lossOf(ys: readonly (readonly number[])[], options = {}, weights?: readonly number[]) {
    const loss = resolveLoss({ kind: 'ctc', ...options });
    const encoded = loss.encode(ys, { ...layout, weights });
    const tape = new Tape(backend);
    const value = tape.fill([4, 2, 3], 0);
    const [result] = await backend.read(
      loss.compute(tape, { value, logits: { kind: 'softmax', value } }, encoded),
    );
    tape.dispose();
    return { loss: result, ...encoded };
  }
  // [1, 2] in 4 frames: 15 paths; [2] in 2 frames: 3 paths.
  const first = -Math.log(15 / 81);
  const second = -Math.log(3 / 9);

  it('is the weighted mean of the losses of the samples', async () => {
    expect((await lossOf([[1, 2], [2]])).loss).toBeCloseTo((first + second) / 2, 12);
    expect((await lossOf([[1, 2], [2]], {}, [3, 1])).loss).toBeCloseTo((3 * first + second) / 4, 12);
    expect((await lossOf([[1, 2], []], {}, [0, 0])).loss).toBe(0);
    expect((await lossOf([[0, 1], [1]], { blank: 2 })).loss).toBeCloseTo((first + second) / 2, 12);
  });

  it('leaves out and counts samples that cannot be aligned, with zeroInfinity', async () => {
    const { loss, unaligned, weights, sampleWeights } = await lossOf(
      [
        [1, 2],
        [2, 2],
      ],
      { zeroInfinity: true },
    );
    expect(loss).toBeCloseTo(first, 12);
    expect({ unaligned, weights, sampleWeights }).toMatchObject({
      unaligned: 1,
      weights: Float64Array.of(1, 0),
      sampleWeights: Float64Array.of(1, 1),
    });
    expect((await lossOf([[1, 2], [2]], { zeroInfinity: true })).unaligned).toBe(0);
    expect(
      (
        await lossOf(
          [
            [1, 2],
            [2, 2],
          ],
          {},
          [1, 0],
        )
      ).loss,
    ).toBeCloseTo(first, 12);
    expect(
      (
        await lossOf(
          [
            [1, 1, 1],
            [2, 2],
          ],
          { zeroInfinity: true },
        )
      ).loss,
    ).toBe(0);
  });

  it.each<[Sample['y'][], object, string]>([
    [
      [
        [1, 2],
        [2, 2],
      ],
      {},
      'sample 41: y has 2 labels and 1 blank between equal ones, which need 3 frames, but the output has 2; make the output ' +
        'longer, or leave such samples out of the loss with zeroInfinity: true',
    ],
    [[[1, 2, 1, 2, 1], []], {}, 'sample 40: y has 5 labels, which need 5 frames, but the output has 4'],
    [
      [[1], [3]],
      {},
      'sample 41: y[0] must be a label, a whole number from 0 to 2 other than the blank 0, not 3',
    ],
    [
      [[1, 0], [1]],
      {},
      'sample 40: y[1] must be a label, a whole number from 0 to 2 other than the blank 0, not 0',
    ],
    [
      [[1], [1.5]],
      {},
      'sample 41: y[0] must be a label, a whole number from 0 to 2 other than the blank 0, not 1.5',
    ],
    [[1, [1]], {}, 'sample 40: y must be a list of labels, not 1'],
    [[[[1]], [1]], {}, 'sample 40: y must be a list of labels, not of shape [1,1]'],
    [[[1], [2]], { weights: [[1, 1, 1, 1], 1] }, 'sample 40: weight must be one number, not of shape [4]'],
  ])('rejects the targets %j', (ys, changed, message) => {
    const encode = () => resolveLoss('ctc').encode(ys, { ...layout, ...changed });
    expect(encode).toThrow(DataError);
    expect(encode).toThrow(message);
  });
});

/** Strings of up to three of the labels 1 and 2; each is a few frames long, with noise, and a pause of none or one frame. */
function strings(count: number, seed: number): Sample[] {
  const random = seededRandom(seed, 'strings');
  return Array.from({ length: count }, () => {
    const y = Array.from({ length: 1 + random.integer(3) }, () => 1 + random.integer(2));
    const classes = y.flatMap((label, i) => {
      const pause = y[i - 1] === label || random.integer(2) > 0 ? [0] : [];
      return [...pause, ...new Array<number>(1 + random.integer(2)).fill(label)];
    });
    const x = classes.map((label) => [0, 1, 2].map((c) => Number(c === label) + 0.3 * random.normal()));
    return { x, y };
  });
}

const layers = [
  gru({ units: 8, returnSequences: true }),
  dense({ units: 3, activation: 'softmax' }),
] as const;
const model = sequential(layers, { inputShape: [null, 3] });
const errorRate = editDistance({ name: 'errorRate', normalize: true });
const options = { loss: 'ctc', optimizer: adam({ learningRate: 0.05 }), batchSize: 8 } as const;
/** Its labels do not fit into its frames. */
const tooShort: Sample = { x: [[1, 0, 0]], y: [1, 2] };

describe('training', () => {
  it('learns to read strings', async () => {
    const network = model.on(backend, { seed: 1 });
    const run = network.fit(strings(64, 1), {
      ...options,
      epochs: 5,
      bucketByLength: true,
      validation: { samples: strings(16, 2) },
      metrics: [errorRate],
    });
    const { epochs } = await run.done;
    expect(epochs[0].unaligned).toBeUndefined();
    expect(epochs[4].validation?.errorRate).toBeLessThan(0.1);
    // The metric is that of the labels that greedy decoding reads from the predictions.
    const test = strings(8, 3);
    const read = ctcGreedy(await network.predict(test.map(({ x }) => x)));
    const scores = await network.evaluate(test, { loss: 'ctc', metrics: [editDistance()] });
    const exact = read.filter(({ labels }, i) => labels.join() === (test[i].y as number[]).join());
    expect(scores.editDistance === 0).toBe(exact.length === test.length);
    expect(exact.length).toBeGreaterThan(5);
  });

  it('reports the samples that are left out, and resumes with their count', async () => {
    const samples = [tooShort, ...strings(10, 4), tooShort, ...strings(5, 5)];
    const loss = { kind: 'ctc', zeroInfinity: true } as const;
    const train = (network: Network, resume?: Uint8Array) =>
      network.fit(samples, {
        ...options,
        loss,
        epochs: 2,
        shuffle: false,
        resume,
        validation: { samples: [...strings(3, 6), tooShort] },
      });
    const network = model.on(backend, { seed: 2 });
    const run = train(network);
    let checkpoint: Uint8Array | undefined;
    for await (const { step } of run) if (step === 1) checkpoint = await run.checkpoint();
    const history = await run.done;
    expect(history.epochs.map(({ unaligned }) => unaligned)).toEqual([2, 2]);
    expect(history.epochs[0].validation).toMatchObject({ unaligned: 1 });
    expect(await network.evaluate([tooShort], { loss })).toEqual({ loss: 0, unaligned: 1 });
    // A batch without a loss counts in the metrics all the same.
    const alone = { ...options, loss, epochs: 1, metrics: [editDistance()], trainingMetrics: true };
    for (const checkpointing of [false, 2]) {
      const { epochs } = await network.fit([tooShort], { ...alone, checkpointing }).done;
      expect(epochs[0].training?.editDistance).toBeGreaterThan(0);
    }

    const resumed = await loadNetwork(checkpoint as Uint8Array, backend);
    expect(await train(resumed, checkpoint).done).toEqual(history);
    expect(() => resumed.fit(samples, { ...options, resume: checkpoint })).toThrow('loss');
    // Without zeroInfinity, the sample is an error.
    const failed = network.fit([tooShort], options).done;
    await expect(failed).rejects.toThrow(
      'sample 0: y has 2 labels, which need 2 frames, but the output has 1',
    );
  });

  it('is a loss of an output of a graph', async () => {
    const words = graph({ sound: sequence(3) }, ({ sound }) => {
      const states = apply(gru({ units: 3, returnSequences: true }), sound);
      return { text: apply(dense({ units: 3 }), states), last: apply(gru({ units: 1 }), states) };
    });
    const network = words.on(backend, { seed: 1 });
    const samples = [...strings(3, 1), tooShort].map(({ x, y }) => ({ x: { sound: x }, y: { text: y } }));
    const loss = { text: { kind: 'ctc', zeroInfinity: true, fromLogits: true } } as const;
    const metrics = { text: [errorRate] } as const;
    const scores = await network.evaluate(samples as never, { loss, metrics });
    expect(scores.unaligned).toBe(1);
    expect(scores['text.errorRate']).toBeGreaterThan(0);
    expect(scores['text.loss']).toBe(scores.loss);
    const { epochs } = await network.fit(samples as never, { ...options, loss }).done;
    expect(epochs[0].unaligned).toBe(1);
  });

  it.each<[string, () => unknown, new (message: string) => Error, string]>([
    [
      'windows',
      () => model.on(backend).fit(strings(2, 1), { ...options, bptt: { window: 2 } }),
      OptionError,
      'bptt cannot cut sequences into windows here: the loss ctc: the labels of a sample are aligned with all of its steps',
    ],
    [
      'a metric of classes',
      () => model.on(backend).fit(strings(2, 1), { ...options, metrics: ['accuracy'] }),
      OptionError,
      '"accuracy" does not exist for the loss ctc',
    ],
    [
      'a blank that is no class',
      () => evaluate({ kind: 'ctc', blank: 3 }),
      OptionError,
      'from 0 to 2, not 3',
    ],
    [
      'a negative blank',
      () => evaluate({ kind: 'ctc', blank: -1 }),
      OptionError,
      'blank must be a whole number',
    ],
    ['no softmax', () => evaluate('ctc', [layers[0]]), OptionError, "must end with the activation 'softmax'"],
    [
      'one output for each sample',
      () => evaluate('ctc', [gru({ units: 3 }), layers[1]]),
      OptionError,
      'the output must be a sequence',
    ],
    [
      'masked steps',
      () => evaluate('ctc', [masking(), ...layers]),
      UnsupportedError,
      'cannot skip masked steps',
    ],
  ])('%s: a typed error', async (_, act, type, message) => {
    const acted = Promise.resolve().then(act);
    await expect(acted).rejects.toThrow(type);
    await expect(acted).rejects.toThrow(message);
  });

  function evaluate(
    loss: 'ctc' | { kind: 'ctc'; blank: number },
    of: Parameters<typeof sequential>[0] = layers,
  ) {
    return sequential(of, { inputShape: [null, 3] })
      .on(backend)
      .evaluate(strings(2, 1), { loss });
  }
});
