import { reference } from '@recurra/backend-reference';
import { afterAll, describe, expect, it } from 'vitest';
import type { CrossEntropyKernel } from '../src/contract/fused.js';
import type { ArrayInput } from '../src/data/ndarray.js';
import { DataError, OptionError } from '../src/errors.js';
import type { LossConfig } from '../src/losses/loss.js';
import { resolveLoss } from '../src/losses/resolve-loss.js';
import type { EncodedTargets, TargetLayout } from '../src/losses/targets.js';
import { seededRandom } from '../src/random.js';
import { Tape } from '../src/tape/tape.js';

const backend = await reference();
afterAll(() => backend.dispose());

/** Two samples with 3 and 2 steps, and 3 outputs. Row t·2 + b is step t of sample b; row 5 is padding. */
const layout: TargetLayout = { batch: 2, time: 3, features: 3, lengths: [3, 2] };
const { normal } = seededRandom(8, 'output');
const output = Array.from({ length: 18 }, () => 2 * normal());
const valid = [0, 1, 2, 3, 4];
const classes = [
  [2, 0, 1],
  [1, 2],
];
const classOfRow = [2, 1, 0, 2, 1];
const oneHot = classes.map((steps) => steps.map((label) => [0, 1, 2].map((c) => Number(c === label))));
const numbers = [
  [
    [0.1, 0.9, 0.4],
    [1, 0, 0.5],
    [0.3, 0.2, 0],
  ],
  [
    [0.7, 0.6, 1],
    [0, 0.8, 0.2],
  ],
];
const numberOf = (row: number, f: number) => numbers[row % 2][Math.floor(row / 2)][f];

const activations = { crossEntropy: 'softmax', binaryCrossEntropy: 'sigmoid' } as const;

/** Returns the loss of `values` [N, F] and its gradient. The values are logits for a loss that needs logits. */
async function run(
  config: LossConfig,
  values: readonly number[],
  encoded: EncodedTargets,
  tape = new Tape(backend),
) {
  const { kind, compute, fromLogits } = resolveLoss(config);
  const F = values.length / encoded.weights.length;
  const rows = tape.watch(tape.constant(values, [encoded.weights.length, F]));
  const activation = fromLogits ? undefined : activations[kind as keyof typeof activations];
  const signal = { value: rows, logits: activation && { kind: activation, value: rows } };
  const value = compute(tape, signal, encoded);
  const [gradient] = tape.gradients([[value, 1]], [rows]);
  expect(value.shape).toEqual([1]);
  const result = { value: (await backend.read(value))[0], gradient: [...(await backend.read(gradient))] };
  tape.dispose();
  return result;
}

const logSoftmax = (row: number, c: number) => {
  const z = output.slice(row * 3, row * 3 + 3);
  return z[c] - Math.log(z.reduce((sum, x) => sum + Math.exp(x), 0));
};
const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
const overElements = (of: (x: number, y: number) => number) =>
  mean(valid.flatMap((row) => [0, 1, 2].map((f) => of(output[row * 3 + f], numberOf(row, f)))));
const labelWeights = [0.5, 2, 1];
const sum = (of: (row: number, label: number) => number) =>
  valid.reduce((total, row) => total + of(row, classOfRow[row]), 0);

const cases: [string, LossConfig, ArrayInput[], number][] = [
  ['crossEntropy of classes', 'crossEntropy', classes, -sum(logSoftmax) / 5],
  ['crossEntropy of one-hot rows', 'crossEntropy', oneHot, -sum(logSoftmax) / 5],
  ['crossEntropy from logits', { kind: 'crossEntropy', fromLogits: true }, classes, -sum(logSoftmax) / 5],
  ...[classes, oneHot].map((ys, i): [string, LossConfig, ArrayInput[], number] => [
    `crossEntropy with label weights, ${['classes', 'one-hot'][i]}`,
    { kind: 'crossEntropy', labelWeights },
    ys,
    -sum((row, c) => labelWeights[c] * logSoftmax(row, c)) / sum((_row, c) => labelWeights[c]),
  ]),
  [
    'binaryCrossEntropy',
    'binaryCrossEntropy',
    numbers,
    overElements((z, y) => -y * Math.log(1 / (1 + Math.exp(-z))) - (1 - y) * Math.log(1 / (1 + Math.exp(z)))),
  ],
  ...[[0.5, 2] as const, [[0.5, 2] as const, [1, 3] as const, [2, 0] as const]].map(
    (labelWeights, i): [string, LossConfig, ArrayInput[], number] => {
      const weightOf = (row: number, f: number) => {
        const [no, yes] =
          i === 0
            ? [0.5, 2]
            : [
                [0.5, 2],
                [1, 3],
                [2, 0],
              ][f];
        return no + numberOf(row, f) * (yes - no);
      };
      const over = (of: (row: number, f: number) => number) =>
        valid.reduce((total, row) => total + of(row, 0) + of(row, 1) + of(row, 2), 0);
      const lossOf = (z: number, y: number) =>
        y * Math.log1p(Math.exp(-z)) + (1 - y) * Math.log1p(Math.exp(z));
      return [
        `binaryCrossEntropy with label weights, ${['one pair', 'a pair for each output'][i]}`,
        { kind: 'binaryCrossEntropy', labelWeights },
        numbers,
        over((row, f) => weightOf(row, f) * lossOf(output[row * 3 + f], numberOf(row, f))) / over(weightOf),
      ];
    },
  ),
  [
    'crossEntropy with an ignored label',
    { kind: 'crossEntropy', ignoreLabel: -100 },
    [
      [2, -100, 1],
      [1, -100],
    ],
    -[0, 1, 4].reduce((total, row) => total + logSoftmax(row, classOfRow[row]), 0) / 3,
  ],
  ['meanSquaredError', 'meanSquaredError', numbers, overElements((x, y) => (x - y) ** 2)],
  ['meanAbsoluteError', 'meanAbsoluteError', numbers, overElements((x, y) => Math.abs(x - y))],
  [
    'huber',
    { kind: 'huber', delta: 0.7 },
    numbers,
    overElements((x, y) => {
      const d = Math.abs(x - y);
      return d <= 0.7 ? d ** 2 / 2 : 0.7 * (d - 0.35);
    }),
  ],
];

describe('losses', () => {
  it.each(cases)(
    '%s and its gradient are means over the elements that are not padding',
    async (_name, config, ys, expected) => {
      const encoded = resolveLoss(config).encode(ys, layout);
      const { value, gradient } = await run(config, output, encoded);
      expect(value).toBeCloseTo(expected, 12);

      for (let i = 0; i < output.length; i++) {
        const at = async (shift: number) => {
          const moved = output.map((x, k) => (k === i ? x + shift : x));
          return (await run(config, moved, encoded)).value;
        };
        expect(gradient[i]).toBeCloseTo(((await at(1e-5)) - (await at(-1e-5))) / 2e-5, 8);
      }
      expect(gradient.slice(15)).toEqual([0, 0, 0]);
    },
  );

  it.each(cases)('%s of a batch of padding is 0 with a gradient of 0', async (_name, config) => {
    const nothing = resolveLoss(config).encode([[], []].slice(0, 0), { ...layout, batch: 2 });
    const { value, gradient } = await run(config, output, nothing);
    expect(value).toBe(0);
    expect(gradient.map(Math.abs)).toEqual(output.map(() => 0));
  });

  it('stay finite if a probability rounds to 0', async () => {
    const crossEntropy = resolveLoss('crossEntropy').encode([1], { batch: 1, features: 2 });
    expect((await run('crossEntropy', [1000, -1000], crossEntropy)).value).toBe(2000);
    const binary = resolveLoss('binaryCrossEntropy').encode([0], { batch: 1, features: 1 });
    expect((await run('binaryCrossEntropy', [1000], binary)).value).toBe(1000);
  });

  it('compute the cross entropy of classes with the fused kernel unless it declines', async () => {
    const kernel = (reason?: string): CrossEntropyKernel => ({
      declines: ({ rows, classes, training }) =>
        rows === 6 && classes === 3 && training ? reason : 'wrong spec',
      forward: () => ({ loss: backend.fill([1], 7), saved: [backend.fill([2], 0)] }),
      backward: (_spec, { logits }) => backend.fill(logits.shape, 3),
    });
    const before = backend.memory();
    const encoded = resolveLoss('crossEntropy').encode(classes, layout);
    const fused = new Tape({ ...backend, fused: { crossEntropy: kernel() } });
    const { value, gradient } = await run('crossEntropy', output, encoded, fused);
    expect([value, gradient[0]]).toEqual([7, 3]);
    expect(fused.kernelLog).toEqual([{ kernel: 'crossEntropy', implementation: 'fused' }]);
    const declined = new Tape({ ...backend, fused: { crossEntropy: kernel('too many') } });
    expect((await run('crossEntropy', output, encoded, declined)).value).toBeCloseTo(
      -sum(logSoftmax) / 5,
      12,
    );
    expect(declined.kernelLog).toEqual([
      { kernel: 'crossEntropy', implementation: 'composed', reason: 'too many' },
    ]);
    expect(backend.memory()).toEqual(before);
  });

  it.each<[LossConfig, ArrayInput[], string]>([
    [
      'crossEntropy',
      [
        [0, 1, 3],
        [0, 1],
      ],
      'sample 40: y at step 2 must be a class, a whole number from 0 to 2, not 3',
    ],
    [
      'crossEntropy',
      [
        [0, 1.5, 1],
        [0, 1],
      ],
      'sample 40: y at step 1 must be a class, a whole number from 0 to 2, not 1.5',
    ],
    [
      'crossEntropy',
      [
        [0, 1, 2],
        [0, 1, 2],
      ],
      'sample 41: y must be of shape [2], not of shape [3]',
    ],
    ['crossEntropy', [[[0.5, 0.6, 0]], [0, 1]], 'sample 40: y must be of shape [3,3], not of shape [1,3]'],
    [
      'crossEntropy',
      [
        [
          [1, 1, 0],
          [1, 0, 0],
          [1, 0, 0],
        ],
        oneHot[1],
      ],
      'must be probabilities that add up to 1, not [1,1,0]',
    ],
    [
      'meanSquaredError',
      [
        numbers[0],
        [
          [0, 0, 0],
          [0, Number.NaN, 0],
        ],
      ],
      'sample 41: y[1][1] (step 1) is NaN, not a finite number',
    ],
    [
      'binaryCrossEntropy',
      [
        numbers[0],
        [
          [0, 0, 0],
          [0, 2, 0],
        ],
      ],
      'sample 41: y at step 1 must be from 0 to 1, not 2',
    ],
    [
      { kind: 'crossEntropy', ignoreLabel: -1 },
      [
        [0, -1, 1],
        [0, -2],
      ],
      'sample 41: y at step 1 must be a class, a whole number from 0 to 2, or -1, which is ignored, not -2',
    ],
  ])('%j rejects %j', (config, ys, message) => {
    const encode = () => resolveLoss(config).encode(ys, { ...layout, indices: [40, 41] });
    expect(encode).toThrow(DataError);
    expect(encode).toThrow(message);
  });

  it('reject an output without the required activation', async () => {
    const encoded = resolveLoss('crossEntropy').encode([0], { batch: 1, features: 2 });
    const tape = new Tape(backend);
    const rows = tape.fill([1, 2], 0);
    const compute = (config: LossConfig, kind?: 'softmax' | 'sigmoid') => () =>
      resolveLoss(config).compute(tape, { value: rows, logits: kind && { kind, value: rows } }, encoded);
    expect(compute('crossEntropy')).toThrow(
      "must end with the activation 'softmax', not with something else",
    );
    expect(compute('crossEntropy', 'sigmoid')).toThrow(OptionError);
    expect(compute({ kind: 'crossEntropy', fromLogits: true }, 'softmax')).toThrow(OptionError);
    tape.dispose();
    expect(() => resolveLoss('crossentropy' as 'crossEntropy')).toThrow('loss must be one of crossEntropy');
    expect(() => resolveLoss({ kind: 'huber', delta: 0 })).toThrow(
      'huber: delta must be a positive number, not 0',
    );
    const weighted = resolveLoss({ kind: 'crossEntropy', labelWeights: [1, 2] });
    expect(() => weighted.encode(classes, layout)).toThrow(
      'labelWeights has 2 numbers, and the model 3 classes',
    );
    const pairs = resolveLoss({ kind: 'binaryCrossEntropy', labelWeights: [[1, 2]] });
    expect(() => pairs.encode(numbers, layout)).toThrow('labelWeights has 1 pairs, and the model 3 outputs');
    const wrong = { kind: 'binaryCrossEntropy', labelWeights: [1, -2] } as const;
    expect(() => resolveLoss(wrong)).toThrow(
      'labelWeights must be two numbers, 0 or more, for the labels 0 and 1',
    );
    expect(() => resolveLoss({ kind: 'crossEntropy', ignoreLabel: 0.5 })).toThrow('must be a whole number');
  });
});
