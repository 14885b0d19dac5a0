/*
 * Two memory problems: adding (Hochreiter & Schmidhuber 1997), and copying, with the whole answer after the
 * last step.
 */
import { type Sample, seededRandom } from '@recurra/core';

export type Problem = 'adding' | 'copying';

/** For each step: a value, and 1 if it is marked to be remembered. */
export type Steps = readonly (readonly [value: number, marked: 0 | 1])[];

export interface Puzzle extends Sample {
  readonly x: Steps;
  /** Adding: the sum of the two marked numbers. Copying: the marked bits, 0 or 1, in their order. */
  readonly y: readonly number[];
}

/** The number of bits to copy. */
export const BITS = 4;

/** The number of outputs after the last step. */
export const OUTPUTS: Readonly<Record<string, number>> = { adding: 1, copying: BITS };

/** A sum is right if its error is smaller. */
const TOLERANCE = 0.1;

/**
 * Adding: numbers from 0 to 1, with one number of each half marked. Copying: the first steps are bits, −1 or
 * 1, and all other steps are 0. `set` seeds the random numbers.
 */
export function puzzles(problem: string, count: number, steps: number, set: 'training' | 'test'): Puzzle[] {
  const draw = seededRandom(1, problem, set, steps);
  const half = Math.floor(steps / 2);
  return Array.from({ length: count }, () => {
    if (problem === 'copying') {
      const blank = Array.from({ length: steps }, (_, t) => [0, t < BITS ? 1 : 0] as const);
      return withMarked(
        problem,
        blank,
        Array.from({ length: BITS }, () => 2 * draw.integer(2) - 1),
      );
    }
    const numbers = Array.from({ length: steps }, () => draw.uniform());
    const marked = [draw.integer(half), half + draw.integer(steps - half)];
    const x = numbers.map((number, t) => [number, marked.includes(t) ? 1 : 0] as const);
    return withMarked(
      problem,
      x,
      marked.map((t) => numbers[t]),
    );
  });
}

/** The steps with `values` at the marked ones, and the right answer for them. */
export function withMarked(problem: string, steps: Steps, values: readonly number[]): Puzzle {
  const rest = [...values];
  const x = steps.map(([value, marked]) => [marked ? (rest.shift() ?? value) : value, marked] as const);
  const y =
    problem === 'copying'
      ? values.map((bit) => (bit > 0 ? 1 : 0))
      : [values.reduce((sum, value) => sum + value, 0)];
  return { x, y };
}

/**
 * True if an output solves the problem: it is within 0.1 of the sum, or above 0 for each bit that is 1 and
 * below 0 for each bit that is 0.
 */
export function isRight(problem: string, output: readonly number[], y: readonly number[]): boolean {
  if (problem === 'copying') return y.every((bit, i) => output[i] > 0 === bit > 0);
  return Math.abs(output[0] - y[0]) < TOLERANCE;
}

/** The percentage of problems with right outputs. */
export function percentRight(
  problem: string,
  puzzles: readonly Puzzle[],
  outputs: readonly (readonly number[])[],
): number {
  const right = puzzles.filter(({ y }, i) => isRight(problem, outputs[i], y)).length;
  return (100 * right) / puzzles.length;
}

/** The scores that are possible without the required memory. */
export function guesses(problem: string, puzzles: readonly Puzzle[]): { name: string; score: number }[] {
  if (problem === 'copying') return [{ name: 'guessing the bits', score: 100 / 2 ** BITS }];
  const later = ({ x }: Puzzle) => x.findLast(([, marked]) => marked === 1)?.[0] ?? 0;
  const score = (answer: (puzzle: Puzzle) => number) =>
    percentRight(
      problem,
      puzzles,
      puzzles.map((puzzle) => [answer(puzzle)]),
    );
  return [
    { name: 'the later number and ½', score: score((puzzle) => later(puzzle) + 0.5) },
    { name: 'always 1', score: score(() => 1) },
  ];
}
