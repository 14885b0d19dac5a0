import type { Backend } from '@recurra/core';
import type { Check } from './check.js';
import { uniform, type Values } from './numbers.js';
import { farthest, ofGolden, ofGoldenFile, ulp } from './tolerance.js';

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

  /** How far each result goes when every input is moved by `move`: a random part of how finely it is known. */
  const spreadOf = async (move: Move): Promise<Record<string, number>> => {
    const others: Results[] = [];
    for (const seed of [1, 2]) {
      const moved = kind.moved(golden, (values) => movedBy(values, move, seed));
      others.push(await kind.compute(check, moved, reference));
    }
    const far = (name: string) =>
      Math.max(...others.map((other) => farthest(other[name].data, right[name].data)));
    return Object.fromEntries(Object.keys(right).map((name) => [name, MARGIN * far(name)]));
  };

  const digits = await spreadOf(ninthDigit);
  const inFile = (name: string) => ofGoldenFile(expected[name].data, digits[name]);
  for (const name of Object.keys(right)) {
    check.near(`the golden, by the reference: ${name} `, right[name], expected[name], inFile(name));
  }
  const single = check.precision === 'float32' ? await spreadOf(singleRounding) : undefined;
  const actual = await kind.compute(check, golden, check.backend);
  for (const [name, values] of Object.entries(expected)) {
    check.near(`${name} `, actual[name], values, single ? ofGolden(values.data, single[name]) : inFile(name));
  }
}

/** How finely a number is known. */
type Move = (value: number) => number;

/** A unit of the ninth digit: what a golden's file keeps. */
const ninthDigit: Move = (value) => (value === 0 ? 0 : 10 ** (Math.floor(Math.log10(Math.abs(value))) - 8));

/** The distance to the next float32: what a backend keeps. */
const singleRounding: Move = (value) => Math.abs(value) * ulp('float32');

/** Each number moved within half of `move`, as far as rounding may have moved it. */
function movedBy({ data, shape }: Values, move: Move, seed: number): Values {
  const parts = uniform(data.length, seed, -0.5, 0.5);
  return { shape, data: Array.from(data, (value, i) => value + parts[i] * move(value)) };
}
