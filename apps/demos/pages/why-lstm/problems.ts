/* Two problems of remembering: adding (Hochreiter & Schmidhuber 1997), and copying, with the answer given at once after the last step. */
import { type Sample, seededRandom } from '@recurra/core';

export type Problem = 'adding' | 'copying';

/** By step: a value, and whether it is marked: to be remembered. */
export type Steps = readonly (readonly [value: number, marked: 0 | 1])[];

export interface Puzzle extends Sample {
  readonly x: Steps;
  /** Adding: the sum of the two marked numbers. Copying: the marked bits, 0 or 1, in their order. */
  readonly y: readonly number[];
}

/** Bits to copy. */
export const BITS = 4;

/** Numbers to be answered after the last step. */
export const OUTPUTS: Readonly<Record<string, number>> = { adding: 1, copying: BITS };

/** A sum is right that is off by less. */
const TOLERANCE = 0.1;

/**
 * Adding: numbers from 0 to 1, one of the first half and one of the second marked. Copying: the first steps are bits, −1 or 1, and
 * all others 0. Another `set`, other puzzles.
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

/** The steps with `values` at the marked ones, and the answer to them. */
export function withMarked(problem: string, steps: Steps, values: readonly number[]): Puzzle {
  const rest = [...values];
  const x = steps.map(([value, marked]) => [marked ? (rest.shift() ?? value) : value, marked] as const);
  const y =
    problem === 'copying'
      ? values.map((bit) => (bit > 0 ? 1 : 0))
      : [values.reduce((sum, value) => sum + value, 0)];
  return { x, y };
}

/** Whether an output answers the puzzle: within 0.1 of the sum; or above 0 for each bit that is 1, and below for each that is 0. */
export function isRight(problem: string, output: readonly number[], y: readonly number[]): boolean {
  if (problem === 'copying') return y.every((bit, i) => output[i] > 0 === bit > 0);
  return Math.abs(output[0] - y[0]) < TOLERANCE;
}

/** Of how many percent of the puzzles the outputs are right. */
export function percentRight(
  problem: string,
  puzzles: readonly Puzzle[],
  outputs: readonly (readonly number[])[],
): number {
  const right = puzzles.filter(({ y }, i) => isRight(problem, outputs[i], y)).length;
  return (100 * right) / puzzles.length;
}

/** What can be reached without the memory that a problem asks for. */
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
