/*
 * Cases over generated examples (fast-check). An example is a small record of shapes, options and a seed of numbers,
 * so that what is printed when it fails, shrunk as far as it still fails, can be read and run again.
 */
import { OptionError } from '@recurra/core';
import fc from 'fast-check';
import type { Check } from './check.js';
import { Failure } from './failure.js';
import type { Case } from './suite.js';

/** How examples are generated. */
export interface Generation {
  /** Examples of each generated case. Default 25. */
  readonly runs?: number;
  /** What the examples come from, a whole number of 32 bits: the same seed, the same examples. Default 1. */
  readonly seed?: number;
  /** Begin at this example, as a failure names it, and end with it. */
  readonly path?: string;
}

export const DEFAULT_RUNS = 25;
export const DEFAULT_SEED = 1;

/** @throws OptionError */
export function checkGeneration({ runs = DEFAULT_RUNS, seed = DEFAULT_SEED }: Generation): void {
  if (!Number.isInteger(runs) || runs < 1)
    throw new OptionError(`runs must be a whole number from 1, not ${runs}`);
  if (seed !== (seed | 0)) throw new OptionError(`seed must be a whole number of 32 bits, not ${seed}`);
}

/** A case, given how many examples, and which. */
export type GeneratedCase = (generation: Generation) => Case;

/** A case that holds for every example; each must leave nothing behind. */
export function generatedCase<Example>(
  group: string,
  name: string,
  examples: fc.Arbitrary<Example>,
  prove: (check: Check, example: Example) => Promise<void>,
): GeneratedCase {
  return ({ runs = DEFAULT_RUNS, seed = DEFAULT_SEED, path }) => ({
    group,
    name,
    async run(check) {
      const property = fc.asyncProperty(examples, (example) =>
        check.leavesNothing('the example', (check) => prove(check, example)),
      );
      const result = await fc.check(property, {
        numRuns: runs,
        seed,
        ...(path !== undefined && { path, endOnFailure: true }),
      });
      if (!result.failed) return;
      const { errorInstance: error, counterexample, counterexamplePath } = result;
      const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
      const failure = new Failure(
        `${name === 'Failure' ? message : `${name}: ${message}`}, for ${fc.stringify(counterexample?.[0])}`,
        { seed: result.seed, path: counterexamplePath ?? '0' },
      );
      failure.stack = stack;
      throw failure;
    },
  });
}

/** A size: mostly small, at times nothing. */
export const size = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 6 }) },
  { weight: 1, arbitrary: fc.constant(0) },
);

/** The edges of tiles, and what is on both sides of them. */
const edge = fc.constantFrom(15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 127, 128, 129);

/** A size that may lie across the edge of a tile. */
export const longSize = fc.oneof(
  { weight: 4, arbitrary: size },
  { weight: 1, arbitrary: fc.integer({ min: 7, max: 130 }) },
  { weight: 1, arbitrary: edge },
);

/** A size for something of which one size at a time is large. */
export const largeSize = fc.oneof(
  { weight: 1, arbitrary: fc.integer({ min: 7, max: 130 }) },
  { weight: 1, arbitrary: edge },
);

/** What the numbers of an example come from. */
export const numbersFrom = fc.nat({ max: 999 });

/** A shape of some rank. */
export function shapeOf({
  ranks = [1, 4],
  of = size,
}: {
  ranks?: [number, number];
  of?: fc.Arbitrary<number>;
} = {}) {
  return fc.array(of, { minLength: ranks[0], maxLength: ranks[1] });
}

/** Any of rank 1 to 4; long ones have few axes. */
export const shape = fc.oneof(shapeOf(), shapeOf({ ranks: [1, 2], of: longSize }));
