/*
 * Cases over generated examples (fast-check). An example is a small record of shapes, options and a seed for
 * the numbers. A failing example is shrunk and printed, so that it can be read and run again.
 */
import { OptionError } from '@recurra/core';
import fc from 'fast-check';
import type { Check } from './check.js';
import { Failure } from './failure.js';
import type { Case } from './suite.js';

/** Options for the generation of examples. */
export interface Generation {
  /** Number of examples of each generated case. Default 25. */
  readonly runs?: number;
  /** Seed of the examples, a 32-bit integer. The same seed gives the same examples. Default 1. */
  readonly seed?: number;
  /** Run only this example, the path that a failure printed. */
  readonly path?: string;
}

export const DEFAULT_RUNS = 25;
export const DEFAULT_SEED = 1;

/** @throws OptionError */
export function checkGeneration({ runs = DEFAULT_RUNS, seed = DEFAULT_SEED }: Generation): void {
  if (!Number.isInteger(runs) || runs < 1)
    throw new OptionError(`runs must be a whole number, 1 or more, not ${runs}`);
  if (seed !== (seed | 0)) throw new OptionError(`seed must be a 32-bit integer, not ${seed}`);
}

/** Makes a case from the generation options. */
export type GeneratedCase = (generation: Generation) => Case;

/** A case that must pass for every example. No example may leak tensors. */
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

/** A size: mostly small, sometimes zero. */
export const size = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 6 }) },
  { weight: 1, arbitrary: fc.constant(0) },
);

/** Sizes at tile edges and on both sides of them. */
const edge = fc.constantFrom(15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 127, 128, 129);

/** A size that may be at or next to a tile edge. */
export const longSize = fc.oneof(
  { weight: 4, arbitrary: size },
  { weight: 1, arbitrary: fc.integer({ min: 7, max: 130 }) },
  { weight: 1, arbitrary: edge },
);

/** A size for shapes of which only one size may be large. */
export const largeSize = fc.oneof(
  { weight: 1, arbitrary: fc.integer({ min: 7, max: 130 }) },
  { weight: 1, arbitrary: edge },
);

/** The seed of an example's numbers. */
export const numbersFrom = fc.nat({ max: 999 });

/** A shape of the given rank. */
export function shapeOf({
  ranks = [1, 4],
  of = size,
}: {
  ranks?: [number, number];
  of?: fc.Arbitrary<number>;
} = {}) {
  return fc.array(of, { minLength: ranks[0], maxLength: ranks[1] });
}

/** A shape of rank 1 to 4; shapes with long axes have few of them. */
export const shape = fc.oneof(shapeOf(), shapeOf({ ranks: [1, 2], of: longSize }));
