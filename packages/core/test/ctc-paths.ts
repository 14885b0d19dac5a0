/* Connectionist temporal classification by its definition: every path is counted. */
import fc from 'fast-check';

/** A row: the logarithm of the probability of each class in each frame, and the class that is the blank. */
export interface Row {
  readonly frames: readonly (readonly number[])[];
  readonly blank: number;
}

/** What all paths with the same labels have in common. */
interface Reading {
  readonly labels: readonly number[];
  readonly probability: number;
  readonly best: { readonly path: readonly number[]; readonly probability: number };
}

/** The labels that a path stands for, by the definition: equal neighbours become one, then blanks are removed. */
function labelsOf(path: readonly number[], blank: number): number[] {
  return path.filter((label, t) => label !== path[t - 1]).filter((label) => label !== blank);
}

/** All lists of labels that a row can be read as, by `labels.join()`. */
export function allReadings({ frames, blank }: Row): Map<string, Reading> {
  const readings = new Map<string, Reading>();
  const visit = (path: readonly number[], probability: number): void => {
    if (path.length < frames.length) {
      for (const [label, score] of frames[path.length].entries())
        visit([...path, label], probability * Math.exp(score));
      return;
    }
    const labels = labelsOf(path, blank);
    const before = readings.get(labels.join());
    const best = before && before.best.probability >= probability ? before.best : { path, probability };
    readings.set(labels.join(), { labels, probability: (before?.probability ?? 0) + probability, best });
  };
  visit([], 1);
  return readings;
}

/** Rows of 1 to `time` frames and 2 to `classes` classes. */
export function rowsUpTo(time: number, classes: number): fc.Arbitrary<Row> {
  return fc.integer({ min: 2, max: classes }).chain((C) =>
    fc.record({
      blank: fc.integer({ min: 0, max: C - 1 }),
      frames: fc.array(
        fc
          .array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: C, maxLength: C })
          .map((logits) => {
            const total = Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0));
            return logits.map((z) => z - total);
          }),
        { minLength: 1, maxLength: time },
      ),
    }),
  );
}
