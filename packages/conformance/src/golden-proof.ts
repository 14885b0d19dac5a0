import type { Backend } from '@recurra/core';
import type { Check } from './check.js';
import { uniform, type Values } from './numbers.js';
import { type Bound, farthest, ofGolden, ofGoldenFile } from './tolerance.js';

export type Results = Readonly<Record<string, Values>>;

/** How goldens of one kind are computed. */
export interface GoldenKind<Golden> {
  /** What a backend makes of the golden's inputs, by the names of {@link expected}. */
  compute(check: Check, golden: Golden, backend: Backend): Promise<Results>;
  /** What the golden says. */
  expected(golden: Golden): Results;
  /** The golden with `move` done to each of its inputs. */
  moved(golden: Golden, move: (values: Values) => Values): Golden;
}

/** A golden is believed within so many times what the rounding of its inputs does to its results. */
const MARGIN = 10;

/**
 * Proves a backend by a golden, after the golden itself has been proven by the reference: in float64 a slip in one of
 * its numbers shows, which in float32 could hide within the tolerance.
 */
export async function provesGolden<Golden>(
  check: Check,
  kind: GoldenKind<Golden>,
  golden: Golden,
): Promise<void> {
  const reference = await check.reference();
  const expected = kind.expected(golden);
  const right = await kind.compute(check, golden, reference);
  const others = await Promise.all(
    [1, 2].map((seed) =>
      kind.compute(
        check,
        kind.moved(golden, (values) => rerounded(values, seed)),
        reference,
      ),
    ),
  );
  const fileBounds: Record<string, Bound> = {};
  for (const [name, { data }] of Object.entries(right)) {
    const spread = Math.max(...others.map((other) => farthest(other[name].data, data)));
    fileBounds[name] = ofGoldenFile(expected[name].data, MARGIN * spread);
    check.near(`the golden, by the reference: ${name} `, right[name], expected[name], fileBounds[name]);
  }
  const actual = await kind.compute(check, golden, check.backend);
  for (const [name, values] of Object.entries(expected)) {
    const bound = check.precision === 'float32' ? ofGolden(values.data) : fileBounds[name];
    check.near(`${name} `, actual[name], values, bound);
  }
}

/** Each number moved within half a unit of its ninth digit, as far as rounding may have moved it before. */
function rerounded({ data, shape }: Values, seed: number): Values {
  const moves = uniform(data.length, seed, -0.5, 0.5);
  const unit = (value: number) => (value === 0 ? 0 : 10 ** (Math.floor(Math.log10(Math.abs(value))) - 8));
  return { shape, data: Array.from(data, (value, i) => value + moves[i] * unit(value)) };
}
