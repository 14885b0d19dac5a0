import type { UnaryOp } from '@recurra/core/backend';
import { describe, expect, it } from 'vitest';
import { cpu } from '../src/index.js';

const backend = await cpu();

const exact: Partial<Record<UnaryOp, (x: number) => number>> = {
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
};

/** Evenly spaced float32 numbers. */
function range(from: number, to: number, count = 200_000): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
}

/** Positive and negative float32 numbers, evenly spaced on a logarithmic scale. */
function magnitudes(from: number, to: number): Float32Array {
  const positive = range(Math.log(from), Math.log(to)).map(Math.exp);
  return Float32Array.of(
    ...positive.filter((_, i) => i % 8 === 0),
    ...positive.filter((_, i) => i % 8 === 4).map((x) => -x),
  );
}

/** The largest relative error, leaving out results that are subnormal. */
async function worst(op: UnaryOp, xs: Float32Array): Promise<{ error: number; at: number }> {
  const x = backend.upload(xs, [xs.length]);
  const y = backend.unary(op, x);
  const data = await backend.read(y);
  let largest = { error: 0, at: Number.NaN };
  xs.forEach((x, i) => {
    const expected = exact[op]?.(x) ?? Number.NaN;
    if (Math.abs(expected) < 1.2e-38) return;
    const error = Math.abs(data[i] - expected) / Math.abs(expected);
    if (!(error <= largest.error)) largest = { error, at: x };
  });
  backend.free(x);
  backend.free(y);
  return largest;
}

describe('functions are within 2e-7 of the exact value, relatively', () => {
  for (const [op, xs] of [
    ['exp', range(-87, 88.7)],
    ['exp', range(-1, 1)],
    ['exp', magnitudes(1e-30, 1)],
    ['tanh', range(-10, 10)],
    ['tanh', magnitudes(1e-37, 100)],
    ['sigmoid', range(-87, 87)],
    ['sigmoid', range(-4, 4)],
    ['log', magnitudes(1e-45, 3e38).map(Math.abs)],
    ['log', range(0.5, 2)],
    ['softplus', range(-87, 87)],
    ['softplus', range(-20, -14)],
    ['softplus', range(-2, 2)],
  ] as const) {
    it(`${op} from ${xs[0]} to ${xs[xs.length - 1]}`, async () => {
      const { error, at } = await worst(op, xs);
      expect(error, `at ${at}`).toBeLessThan(2e-7);
    });
  }
});

describe('functions at and beyond the limits of their ranges', () => {
  for (const [op, x, y] of [
    ['exp', 89, Infinity],
    ['exp', -Infinity, 0],
    ['exp', -104, 0],
    ['log', 0, -Infinity],
    ['log', -0, -Infinity],
    ['log', -1e-40, Number.NaN],
    ['log', Infinity, Infinity],
    ['log', -Infinity, Number.NaN],
    ['sqrt', -1, Number.NaN],
    ['sigmoid', Infinity, 1],
    ['sigmoid', -Infinity, 0],
    ['sigmoid', 1000, 1],
    ['tanh', Infinity, 1],
    ['tanh', -Infinity, -1],
    ['tanh', -0, -0],
    ['tanh', 1000, 1],
    ['softplus', 1000, 1000],
    ['softplus', -Infinity, 0],
    ['softplus', Infinity, Infinity],
    ['relu', Number.NaN, Number.NaN],
    ['step', Number.NaN, 0],
    ...(['exp', 'log', 'sqrt', 'abs', 'sigmoid', 'tanh', 'softplus'] as const).map(
      (op) => [op, Number.NaN, Number.NaN] as const,
    ),
  ] as const) {
    it(`${op}(${Object.is(x, -0) ? '-0' : x}) is ${y}`, async () => {
      const tensor = backend.upload([x], [1]);
      expect((await backend.read(backend.unary(op, tensor)))[0]).toBe(y);
    });
  }

  it('subnormal results', async () => {
    const x = backend.upload([-90, -100, -103], [3]);
    const y = await backend.read(backend.unary('exp', x));
    y.forEach((value, i) => {
      expect(value).toBeCloseTo(Math.exp([-90, -100, -103][i]), 44);
    });
  });
});
