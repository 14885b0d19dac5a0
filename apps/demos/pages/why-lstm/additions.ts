/* The adding problem (Hochreiter & Schmidhuber 1997): remember a number until another comes, and add the two. */
import { type Sample, seededRandom } from '@recurra/core';

export interface Addition extends Sample {
  /** By step: a number from 0 to 1, and whether it is marked. */
  readonly x: readonly (readonly [number: number, marked: 0 | 1])[];
  /** The sum of the two marked numbers. */
  readonly y: number;
}

/** Sequences of `steps`, one number marked in the first half and one in the second; another `set`, others. */
export function additions(count: number, steps: number, set: 'training' | 'test'): Addition[] {
  const draw = seededRandom(1, 'additions', set, steps);
  const half = Math.floor(steps / 2);
  return Array.from({ length: count }, () => {
    const numbers = Array.from({ length: steps }, () => draw.uniform());
    const marked = [draw.integer(half), half + draw.integer(steps - half)];
    const x = numbers.map((number, t) => [number, marked.includes(t) ? 1 : 0] as const);
    return { x, y: numbers[marked[0]] + numbers[marked[1]] };
  });
}

/** The second marked number. */
export function laterOf({ x }: Addition): number {
  return x.findLast(([, marked]) => marked === 1)?.[0] ?? 0;
}

/** The mean square of what an answer is off by. */
export function meanSquare(samples: readonly Addition[], answer: (sample: Addition) => number): number {
  return samples.reduce((sum, sample) => sum + (answer(sample) - sample.y) ** 2, 0) / samples.length;
}
