import { reference } from '@recurra/backend-reference';
import {
  adam,
  type Backend,
  type Clip,
  clipGradients,
  DeviceError,
  DivergenceError,
  dense,
  type FitOptions,
  loadNetwork,
  repeatVector,
  sequential,
  sgd,
  Tape,
} from '@recurra/core';
import { afterAll, describe, expect, it } from 'vitest';
import { cpu } from '../src/index.js';

const [fast, exact] = [await cpu(), await reference()];
afterAll(() => {
  fast.dispose();
  exact.dispose();
});

describe('clipping', () => {
  const clips: Clip[] = [
    { value: 0.5 },
    { value: 1e37 },
    { norm: 2 },
    { norm: 1e-3 },
    { globalNorm: 3 },
    { globalNorm: 1e30 },
  ];

  it.each(clips)('by %j is right for gradients whose squares overflow float32', async (clip) => {
    const values = { huge: [1e38, -3e38, 2e20], large: [3e19, 1], small: [0.1, -0.2, 1e-30], none: [0] };
    const clipped = async (backend: Backend) => {
      const tape = new Tape(backend);
      const tensors = Object.entries(values).map(
        ([name, g]) => [name, tape.constant(g, [g.length])] as const,
      );
      const { gradients, globalNorm } = await clipGradients(tape, new Map(tensors), clip);
      const data = await Promise.all([...gradients.values()].map((x) => backend.read(x)));
      tape.dispose();
      return [globalNorm, ...data.flatMap((x) => [...x])];
    };
    const [actual, expected] = [await clipped(fast), await clipped(exact)];
    for (const [i, x] of actual.entries()) {
      // Subnormal numbers, below 2^-126, have fewer digits.
      expect(Math.abs(x - expected[i])).toBeLessThanOrEqual(Math.abs(expected[i]) * 1e-6 + 2 ** -149);
    }
  });

  const steep = sequential([dense({ units: 1 })], { inputShape: [1] });
  const weights = { '0.kernel': { data: [1], shape: [1, 1] }, '0.bias': { data: [0], shape: [1] } };
  const sample = { x: [3e9], y: 1e10 };
  const train = async (backend: Backend, more: Partial<FitOptions>) => {
    const network = steep.on(backend, { weights });
    const options = { loss: 'meanSquaredError', optimizer: sgd({ learningRate: 0.5 }), epochs: 2 } as const;
    const steps = [];
    for await (const { loss, gradientNorm } of network.fit([sample], { ...options, ...more }))
      steps.push(loss, gradientNorm);
    return [...steps, ...Object.values(await network.getWeights()).flatMap(({ data }) => [...data])];
  };

  it.each<Clip>([{ value: 0.5 }, { norm: 2 }, { globalNorm: 3 }])(
    'by %j keeps training with such gradients going',
    async (clip) => {
      for (const optimizer of [sgd({ learningRate: 0.5 }), adam({ learningRate: 0.1 })]) {
        const [actual, expected] = [
          await train(fast, { clip, optimizer }),
          await train(exact, { clip, optimizer }),
        ];
        expect(expected[1]).toBeGreaterThan(3e19);
        for (const [i, x] of actual.entries()) expect(x / expected[i]).toBeCloseTo(1, 4);
      }
    },
  );

  it('is needed for optimizers that square such a gradient: without it, an error says so', async () => {
    await expect(train(fast, {})).rejects.toThrow(DivergenceError);
    await expect(train(fast, {})).rejects.toThrow(
      /every number is finite, but the square of the gradient overflows float32/,
    );
  });
});

describe('a file of a few bytes', () => {
  it('whose output would exceed the memory loads, and predicting throws a typed error', async () => {
    const network = await loadNetwork(
      await sequential([repeatVector({ n: 2 ** 31 })], { inputShape: [3] })
        .on(fast)
        .save(),
      fast,
    );
    const { tensors } = fast.memory();
    await expect(network.predict([[1, 2, 3]])).rejects.toThrow(DeviceError);
    expect(fast.memory().tensors).toBe(tensors);
  });
});
