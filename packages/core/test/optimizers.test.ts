import { reference } from '@recurra/backend-reference';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { FusedKernels } from '../src/contract/fused.js';
import type { OptimizerConfig, Schedule } from '../src/contract/optimizer-config.js';
import type { Tensor } from '../src/contract/tensor.js';
import { OptionError, ShapeError } from '../src/errors.js';
import { adagrad } from '../src/optimizers/adagrad.js';
import { adam, adamw } from '../src/optimizers/adam.js';
import { type Clip, checkClip, clipGradients } from '../src/optimizers/clipping.js';
import { Optimizer, optimizerConfig } from '../src/optimizers/optimizer.js';
import { rmsprop } from '../src/optimizers/rmsprop.js';
import { learningRateAt } from '../src/optimizers/schedules.js';
import { sgd } from '../src/optimizers/sgd.js';
import { seededRandom } from '../src/random.js';
import { Tape, withTape } from '../src/tape/tape.js';

const backend = await reference();
afterAll(() => backend.dispose());

const lr = 0.1;
const size = 3;
const { normal } = seededRandom(4, 'gradients');
const start = Array.from({ length: size }, normal);
const gradients = Array.from({ length: 6 }, () => Array.from({ length: size }, normal));

/** The update of one number by an optimizer, written as in PyTorch's documentation: (step, p, g) → p. */
type Reference = () => (t: number, p: number, g: number) => number;

const references: [string, OptimizerConfig, Reference][] = [
  ['sgd', sgd({ learningRate: lr, weightDecay: 0.2 }), () => (_t, p, g) => p - lr * (g + 0.2 * p)],
  [
    'sgd with momentum',
    sgd({ learningRate: lr, momentum: 0.9 }),
    () => {
      let b: number | undefined;
      return (_t, p, g) => {
        b = b === undefined ? g : 0.9 * b + g;
        return p - lr * b;
      };
    },
  ],
  [
    'sgd with nesterov and weight decay',
    sgd({ learningRate: lr, momentum: 0.9, nesterov: true, weightDecay: 0.2 }),
    () => {
      let b: number | undefined;
      return (_t, p, g0) => {
        const g = g0 + 0.2 * p;
        b = b === undefined ? g : 0.9 * b + g;
        return p - lr * (g + 0.9 * b);
      };
    },
  ],
  ...[adam, adamw].flatMap((make) =>
    [false, true].map((amsgrad): [string, OptimizerConfig, Reference] => [
      `${make.name}${amsgrad ? ' with amsgrad' : ''}`,
      make({ learningRate: lr, beta1: 0.8, beta2: 0.7, weightDecay: 0.2, amsgrad }),
      () => {
        let [m, v, max] = [0, 0, 0];
        return (t, p0, g0) => {
          const g = make === adam ? g0 + 0.2 * p0 : g0;
          const p = make === adamw ? p0 - lr * 0.2 * p0 : p0;
          m = 0.8 * m + 0.2 * g;
          v = 0.7 * v + 0.3 * g * g;
          max = Math.max(max, v);
          const second = (amsgrad ? max : v) / (1 - 0.7 ** t);
          return p - (lr * (m / (1 - 0.8 ** t))) / (Math.sqrt(second) + 1e-8);
        };
      },
    ]),
  ),
  ...[false, true].flatMap((centered) =>
    [0, 0.5].map((momentum): [string, OptimizerConfig, Reference] => [
      `rmsprop${centered ? ', centered' : ''}${momentum ? ', with momentum' : ''}`,
      rmsprop({ learningRate: lr, decay: 0.9, momentum, centered, weightDecay: 0.2 }),
      () => {
        let [square, average, b] = [0, 0, 0];
        return (_t, p, g0) => {
          const g = g0 + 0.2 * p;
          square = 0.9 * square + 0.1 * g * g;
          average = 0.9 * average + 0.1 * g;
          const v = centered ? square - average * average : square;
          b = momentum * b + g / (Math.sqrt(v) + 1e-8);
          return p - lr * b;
        };
      },
    ]),
  ),
  [
    'adagrad',
    adagrad({ learningRate: lr, learningRateDecay: 0.1, initialAccumulator: 0.3, weightDecay: 0.2 }),
    () => {
      let sum = 0.3;
      return (t, p, g0) => {
        const g = g0 + 0.2 * p;
        sum += g * g;
        return p - ((lr / (1 + (t - 1) * 0.1)) * g) / (Math.sqrt(sum) + 1e-10);
      };
    },
  ],
];

function train(
  optimizer: Optimizer,
  parameters: Map<string, Tensor>,
  steps: number[][],
  fused: FusedKernels = {},
) {
  for (const gradient of steps) {
    const tape = new Tape({ ...backend, fused });
    optimizer.apply(tape, parameters, new Map([['w', tape.constant(gradient, [size])]]));
    tape.dispose();
  }
}

async function read(parameters: ReadonlyMap<string, Tensor>): Promise<number[]> {
  return [...(await backend.read(parameters.get('w') as Tensor))];
}

function expectClose(actual: readonly number[], expected: readonly number[], digits: number): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, x] of actual.entries()) expect(x).toBeCloseTo(expected[i], digits);
}

describe('optimizers', () => {
  it.each(references)(
    '%s gives the numbers of the equations that PyTorch documents, and leaves no tensor behind',
    async (_name, config, createReference) => {
      const before = backend.memory();
      const parameters = new Map([['w', backend.upload(start, [size])]]);
      const optimizer = new Optimizer(config, backend);
      train(optimizer, parameters, gradients);

      const expected = start.map((p, i) => {
        const step = createReference();
        return gradients.reduce((p, gradient, t) => step(t + 1, p, gradient[i]), p);
      });
      const actual = await read(parameters);
      expectClose(actual, expected, 11);

      optimizer.dispose();
      for (const parameter of parameters.values()) backend.free(parameter);
      expect(backend.memory()).toEqual(before);
    },
  );

  it.each(references)('%s gives the same numbers after its state is restored', async (_name, config) => {
    const parameters = new Map([['w', backend.upload(start, [size])]]);
    const optimizer = new Optimizer(config, backend);
    train(optimizer, parameters, gradients.slice(0, 3));

    const copy = async (x: Tensor) => backend.upload(await backend.read(x), x.shape);
    const resumed = new Map([['w', await copy(parameters.get('w') as Tensor)]]);
    const state = new Map([['w', await Promise.all((optimizer.state.get('w') ?? []).map(copy))]]);
    const again = new Optimizer(optimizerConfig(JSON.parse(JSON.stringify(config))), backend);
    again.restore(optimizer.step, state, resumed);

    train(optimizer, parameters, gradients.slice(3));
    train(again, resumed, gradients.slice(3));
    expect(await read(resumed)).toEqual(await read(parameters));
  });

  it('use the fused kernel unless it declines, and log which one ran', () => {
    const calls: number[] = [];
    const kernel = (reason?: string): FusedKernels => ({
      optimizer: {
        declines: () => reason,
        step: ({ learningRate, step }, { parameters, states }) => {
          calls.push(learningRate, step);
          return { parameters, states };
        },
      },
    });
    const schedule: Schedule = { kind: 'exponential', rate: 1, factor: 0.5 };
    const optimizer = new Optimizer(sgd({ learningRate: schedule }), backend);
    withTape(backend, (plain) => {
      const parameters = new Map([['w', backend.upload(start, [size])]]);
      const gradients = new Map([['w', plain.fill([size], 1)]]);
      const logs = [kernel(), kernel(), kernel('no sgd'), {}].map((fused) => {
        const tape = new Tape({ ...backend, fused });
        optimizer.apply(tape, parameters, gradients);
        return tape.kernelLog;
      });
      expect(calls).toEqual([1, 1, 0.5, 2]);
      expect(logs.map(([use]) => use.implementation)).toEqual(['fused', 'fused', 'composed', 'composed']);
      expect(logs[2][0].reason).toBe('no sgd');
    });
  });

  it('reject invalid arguments with a clear message', () => {
    expect(() => adam({ beta1: 1 })).toThrow('adam: beta1 must be a number from 0 to below 1, not 1');
    expect(() => adam({ beta: 0.9 } as object)).toThrow('adam: unknown option "beta"; did you mean "beta1"?');
    expect(() => sgd({ nesterov: true })).toThrow(OptionError);
    expect(() => optimizerConfig('adan')).toThrow(
      'optimizer must be one of sgd, adam, adamw, rmsprop, adagrad, not "adan"',
    );
    const rising = (step: number) => (step < 4 ? step / 10 : -1);
    expect([1, 2, 3].map((step) => learningRateAt(rising, step))).toEqual([0.1, 0.2, 0.3]);
    const after = { kind: 'warmUp', steps: 2, startFactor: 0, after: rising } as const;
    expect([1, 2, 3, 4].map((step) => learningRateAt(after, step))).toEqual([0, 0.05, 0.1, 0.2]);
    expect(() => learningRateAt(rising, 4)).toThrow(
      'the learning rate of step 4 must be a number, 0 or more, not -1',
    );
    expect(() => sgd({ learningRate: { kind: 'cosine', rate: 1 } as Schedule })).toThrow(
      'schedule cosine: steps is missing',
    );
    const parameters = new Map([['w', backend.upload(start, [size])]]);
    const optimizer = new Optimizer(adam(), backend);
    expect(() => optimizer.restore(1, new Map(), parameters)).toThrow(ShapeError);
    expect(() => optimizer.apply(new Tape(backend), parameters, new Map())).toThrow(
      'the gradient of w [3] is missing',
    );
  });
});

describe('schedules', () => {
  const rates = (schedule: Schedule, steps: number) =>
    Array.from({ length: steps }, (_, i) => Number(learningRateAt(schedule, i + 1).toPrecision(6)));

  // The expected values are those of torch.optim.lr_scheduler's StepLR, ExponentialLR, CosineAnnealingLR and LinearLR
  // in a SequentialLR.
  it.each<[Schedule, number[]]>([
    [{ kind: 'constant', rate: 0.3 }, [0.3, 0.3]],
    [{ kind: 'step', rate: 1, every: 2 }, [1, 1, 0.1, 0.1, 0.01]],
    [{ kind: 'exponential', rate: 2, factor: 0.5 }, [2, 1, 0.5, 0.25]],
    [{ kind: 'cosine', rate: 1, floor: 0.2, steps: 4 }, [1, 0.882843, 0.6, 0.317157, 0.2, 0.2]],
    [{ kind: 'warmUp', steps: 2, after: 0.9 }, [0.3, 0.6, 0.9, 0.9]],
    [
      { kind: 'warmUp', steps: 2, startFactor: 0, after: { kind: 'exponential', rate: 1, factor: 0.5 } },
      [0, 0.5, 1, 0.5, 0.25],
    ],
  ])('%j', (schedule, expected) => {
    expect(rates(schedule, expected.length)).toEqual(expected);
  });
});

describe('clipping', () => {
  const vectors = fc.array(
    fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1, maxLength: 5 }),
    {
      minLength: 1,
      maxLength: 4,
    },
  );
  const norm = (x: ArrayLike<number>) => Math.hypot(...Array.from(x));

  async function clip(gradients: number[][], by?: Clip) {
    const tape = new Tape(backend);
    const tensors = new Map(gradients.map((g, i) => [`${i}`, tape.constant(g, [g.length])]));
    const { gradients: afterClipping, globalNorm } = await clipGradients(tape, tensors, by);
    const clipped = await Promise.all([...afterClipping.values()].map((x) => backend.read(x)));
    tape.dispose();
    return { clipped: clipped.map((x) => [...x]), total: globalNorm };
  }

  it('reports the global norm before clipping, and does not change gradients below the limit', async () => {
    await fc.assert(
      fc.asyncProperty(vectors, async (gradients) => {
        for (const by of [undefined, { value: 10 }, { norm: 1e3 }, { globalNorm: 1e3 }]) {
          const { clipped, total } = await clip(gradients, by);
          // Adding 0 turns −0 into 0.
          const plain = (gradients: number[][]) => gradients.map((g) => g.map((x) => x + 0));
          expect(plain(clipped)).toEqual(plain(gradients));
          expect(total).toBeCloseTo(norm(gradients.flat()), 9);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('respects the limit and, for a norm, preserves the direction', async () => {
    await fc.assert(
      fc.asyncProperty(vectors, async (gradients) => {
        const total = norm(gradients.flat());
        const factor = Math.min(1, 1 / (total + 1e-6));
        const { clipped } = await clip(gradients, { globalNorm: 1 });
        expectClose(
          clipped.flat(),
          gradients.flat().map((x) => x * factor),
          9,
        );

        const each = await clip(gradients, { norm: 1 });
        const factors = gradients.map((g) => Math.min(1, 1 / (norm(g) + 1e-6)));
        expectClose(
          each.clipped.flat(),
          gradients.flatMap((g, i) => g.map((x) => x * factors[i])),
          9,
        );

        const byValue = await clip(gradients, { value: 0.5 });
        expectClose(
          byValue.clipped.flat(),
          gradients.flat().map((x) => Math.max(-0.5, Math.min(0.5, x))),
          12,
        );
      }),
      { numRuns: 30 },
    );
  });

  it.each([{}, { value: 1, norm: 1 }, { value: 0 }, { max: 1 }])('rejects %j', (clip) => {
    expect(() => checkClip(clip)).toThrow(OptionError);
  });
});
