/* The sequences of the data set, and a simple classifier for them. */
import { textOf } from '../../src/files.js';
import { BASES, CLASSES, encoded, LENGTH } from './bases.js';

export interface Sequence {
  /** 60 letters. */
  readonly letters: string;
  /** The index in {@link CLASSES}. */
  readonly kind: number;
}

/** The result of the task's `prepare`. */
export interface Junctions {
  readonly training: readonly { readonly x: readonly number[][]; readonly y: number }[];
  readonly known: readonly Sequence[];
  readonly test: readonly Sequence[];
}

/**
 * Every fifth of the different sequences is held out; `fold`, 1 to 5, selects which. Equal sequences are in
 * the same fold.
 */
export async function junctionsOf(file: Uint8Array, fold: number): Promise<Junctions> {
  const rows = (await textOf(file)).trim().split('\n').slice(1);
  const order = new Map<string, number>();
  const sequences = rows.map((row) => {
    const [label, , letters] = row.trim().split('\t');
    if (!order.has(letters)) order.set(letters, order.size);
    return { letters, kind: CLASSES.findIndex(({ code }) => code === label) };
  });
  const isTest = ({ letters }: Sequence) => (order.get(letters) as number) % 5 === fold - 1;
  const known = sequences.filter((sequence) => !isTest(sequence));
  return { training: known.map(sampleOf), known, test: sequences.filter(isTest) };
}

export function sampleOf({ letters, kind }: Sequence): Junctions['training'][number] {
  return { x: encoded(letters), y: kind };
}

/**
 * The share of `test` that naive Bayes classifies correctly: the class's frequency times that of each letter at its position,
 * each count one more than in `known` (Laplace smoothing). Letters for unknown bases are skipped.
 */
export function naiveBayes(known: readonly Sequence[], test: readonly Sequence[]): number {
  const tables = CLASSES.map((_, kind) => {
    const counts = Array.from({ length: LENGTH }, () => BASES.map(() => 1));
    const those = known.filter((sequence) => sequence.kind === kind);
    for (const { letters } of those) {
      for (const [i, letter] of [...letters].entries()) {
        if (BASES.includes(letter)) counts[i][BASES.indexOf(letter)]++;
      }
    }
    return { share: those.length / known.length, counts, total: those.length + BASES.length };
  });
  const right = test.filter(({ letters, kind }) => {
    const scores = tables.map(({ share, counts, total }) =>
      [...letters].reduce((sum, letter, i) => {
        const base = BASES.indexOf(letter);
        return base < 0 ? sum : sum + Math.log(counts[i][base] / total);
      }, Math.log(share)),
    );
    return scores.indexOf(Math.max(...scores)) === kind;
  });
  return right.length / test.length;
}
