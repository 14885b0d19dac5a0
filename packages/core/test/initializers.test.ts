import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError, ShapeError } from '../src/errors.js';
import { initialize } from '../src/initialize.js';
import type { Initializer, InitializerKind } from '../src/initializers.js';
import { seededRandom } from '../src/random.js';

const draw = (initializer: Initializer, shape: number[], seed = 1) =>
  initialize(initializer, shape, seededRandom(seed, 'weight'));
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;
const variance = (values: Float32Array) => mean(values.map((x) => x * x)) - mean(values) ** 2;

describe('random', () => {
  it('gives the same numbers for the same seed and path, on every machine', () => {
    const numbers = (...path: (string | number)[]) => {
      const { uniform } = seededRandom(1, ...path);
      return [uniform(), uniform()];
    };
    expect(numbers('a', 2)).toEqual(numbers('a', 2));
    expect(numbers()).toEqual([0.837167687015608, 0.5394432400353253]);
    const paths = [numbers(), numbers('a'), numbers('b'), numbers('a', 1), numbers('a1'), numbers('a', '1')];
    expect(new Set(paths.map(([first]) => first)).size).toBe(paths.length);
  });

  it('shuffles to every order with equal probability, and loses no elements', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed++) {
      const order = seededRandom(seed).shuffle(['a', 'b', 'c']).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  it('draws normal numbers with mean 0, variance 1 and thin tails', () => {
    const { normal } = seededRandom(3);
    const values = new Float32Array(100_000).map(normal);
    expect(Math.abs(mean(values))).toBeLessThan(0.01);
    expect(Math.abs(variance(values) - 1)).toBeLessThan(0.015);
    expect(mean(values.map((x) => (Math.abs(x) > 2 ? 1 : 0)))).toBeCloseTo(0.0455, 2);
  });
});

describe('initialize', () => {
  // As in Keras 3: VarianceScaling with the fans of the last two dimensions, multiplied by a convolution's window.
  it.each<[InitializerKind, number[], number, number]>([
    ['glorotUniform', [30, 50, 40], 2 / (30 * 90), Math.sqrt(3 * (2 / (30 * 90)))],
    ['glorotNormal', [150, 250], 2 / 400, (2 * Math.sqrt(2 / 400)) / 0.8796],
    ['heUniform', [200, 150], 2 / 200, Math.sqrt(6 / 200)],
    ['heNormal', [200, 150], 2 / 200, (2 * Math.sqrt(2 / 200)) / 0.8796],
    ['lecunUniform', [3, 50, 150], 1 / 150, Math.sqrt(3 / 150)],
    ['lecunNormal', [150, 200], 1 / 150, (2 * Math.sqrt(1 / 150)) / 0.8796],
    ['uniform', [200, 100], 0.1 ** 2 / 12, 0.05],
    ['normal', [200, 100], 0.05 ** 2, Infinity],
  ])('%s has the variance and bound of Keras', (kind, shape, expected, bound) => {
    const values = draw(kind, shape);
    expect(variance(values) / expected).toBeGreaterThan(0.96);
    expect(variance(values) / expected).toBeLessThan(1.04);
    expect(Math.abs(mean(values))).toBeLessThan(4 * Math.sqrt(expected / values.length));
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound * 1.0001);
  });

  it('orthogonal gives orthonormal rows or columns, whichever are fewer, times the gain', () => {
    const size = fc.integer({ min: 1, max: 24 });
    fc.assert(
      fc.property(size, size, fc.integer(), fc.constantFrom(1, 0.5), (rows, columns, seed, gain) => {
        const w = draw({ kind: 'orthogonal', gain }, [rows, columns], seed);
        const wide = rows < columns;
        const count = Math.min(rows, columns);
        const at = (i: number, k: number) => (wide ? w[i * columns + k] : w[k * columns + i]);
        for (let i = 0; i < count; i++) {
          for (let j = 0; j <= i; j++) {
            let dot = 0;
            for (let k = 0; k < Math.max(rows, columns); k++) dot += at(i, k) * at(j, k);
            expect(Math.abs(dot - (i === j ? gain * gain : 0))).toBeLessThan(1e-6);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gives constants and identities, and the same values for the same seed', () => {
    expect([...draw({ kind: 'constant', value: 0.1 }, [2])]).toEqual([Math.fround(0.1), Math.fround(0.1)]);
    expect([...draw({ kind: 'identity', gain: 2 }, [2, 3])]).toEqual([2, 0, 0, 0, 2, 0]);
    expect([...draw('identity', [3, 2])]).toEqual([1, 0, 0, 1, 0, 0]);
    expect(draw('glorotNormal', [3, 4], 5)).toEqual(draw('glorotNormal', [3, 4], 5));
    expect(draw('glorotNormal', [3, 4], 5)).not.toEqual(draw('glorotNormal', [3, 4], 6));
  });

  it('rejects an option of another initializer, and a vector if it needs a matrix', () => {
    const wrong = { kind: 'uniform', stddev: 1 } as Initializer;
    expect(() => draw(wrong, [2, 2])).toThrow(OptionError);
    expect(() => draw('orthogonal', [4])).toThrow(ShapeError);
  });
});
