import type { Backend } from '@recurra/core';
import type { Check } from './check.js';
import { uniform, type Values } from './numbers.js';
import { farthest, ofGolden, ofGoldenFile, ulp } from './tolerance.js';

export type Results = Readonly<Record<string, Values>>;

/** How a backend computes one kind of golden. */
export interface GoldenKind<Golden> {
  /** Computes a backend's results from the golden's inputs, with the names in {@link expected}. */
  compute(check: Check, golden: Golden, backend: Backend, fused: boolean): Promise<Results>;
  /** The golden's results. */
  expected(golden: Golden): Results;
  /** The golden with `move` applied to each of its inputs. */
  moved(golden: Golden, move: (values: Values) => Values): Golden;
}

/** The tolerance of a golden, as a multiple of the change in its results that rounding its inputs causes. */
const MARGIN = 10;

/**
 * Proves a backend with a golden, after the reference has proven the golden itself: a wrong number in the
 * golden shows in float64, but could hide within the tolerance of float32.
 *
 * @param implementations the values of `fused` to test: true for fused kernels, false for composed
 */
export async function provesGolden<Golden>(
  check: Check,
  kind: GoldenKind<Golden>,
  golden: Golden,
  implementations: readonly boolean[] = [true],
): Promise<void> {
  const reference = await check.reference();
  const expected = kind.expected(golden);
  const right = await kind.compute(check, golden, reference, true);

  /** The change of each result when `move` perturbs every input by a random part of its resolution. */
  const spreadOf = async (move: Move): Promise<Record<string, number>> => {
    const others: Results[] = [];
    for (const seed of [1, 2]) {
      const moved = kind.moved(golden, (values) => movedBy(values, move, seed));
      others.push(await kind.compute(check, moved, reference, true));
    }
    const far = (name: string) =>
      Math.max(...others.map((other) => farthest(other[name].data, right[name].data)));
    return Object.fromEntries(Object.keys(right).map((name) => [name, MARGIN * far(name)]));
  };
  /** Fails unless the results are near; computes the spread only if one of them is not near without it. */
  const near = async (
    what: string,
    actual: Results,
    bound: typeof ofGoldenFile,
    move: Move,
  ): Promise<void> => {
    let spread: Record<string, number> | undefined;
    for (const [name, values] of Object.entries(expected)) {
      let allowed = bound(values.data, 0);
      if (!check.isNear(actual[name], values, allowed)) {
        spread ??= await spreadOf(move);
        allowed = bound(values.data, spread[name]);
      }
      check.near(`${what}${name} `, actual[name], values, allowed);
    }
  };

  await near('the golden, checked by the reference: ', right, ofGoldenFile, ninthDigit);
  const inFloat32 = check.precision === 'float32';
  for (const fused of implementations) {
    const actual = await kind.compute(check, golden, check.backend, fused);
    const what = implementations.length > 1 ? `${fused ? 'fused' : 'composed'}: ` : '';
    if (inFloat32) await near(what, actual, ofGolden, singleRounding);
    else await near(what, actual, ofGoldenFile, ninthDigit);
  }
}

/** The resolution of a number. */
type Move = (value: number) => number;

/** One unit of the ninth digit, the precision of a golden file. */
const ninthDigit: Move = (value) => (value === 0 ? 0 : 10 ** (Math.floor(Math.log10(Math.abs(value))) - 8));

/** The distance to the next float32, the precision of a backend. */
const singleRounding: Move = (value) => Math.abs(value) * ulp('float32');

/** Each number perturbed by at most half of its resolution, as rounding may have done. */
function movedBy({ data, shape }: Values, move: Move, seed: number): Values {
  const parts = uniform(data.length, seed, -0.5, 0.5);
  return { shape, data: Array.from(data, (value, i) => value + parts[i] * move(value)) };
}
