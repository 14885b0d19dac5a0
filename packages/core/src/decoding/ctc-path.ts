/** A path through the classes of a row's frames, and the labels that it stands for. */
export interface CtcPath {
  /** The labels: the classes of the path, with equal neighbours counted once, and without blanks. */
  readonly labels: readonly number[];
  /** The frames of each label: from the first one to the one after the last. */
  readonly spans: readonly (readonly [from: number, to: number])[];
  /** The class of each frame, which is a label or the blank. */
  readonly path: readonly number[];
  /** The logarithm of the probability of the path. */
  readonly score: number;
}

/** The labels of a path, and the frames of each of them: ℬ of Graves et al. (2006). */
export function collapse(path: readonly number[], blank: number): Pick<CtcPath, 'labels' | 'spans'> {
  const labels: number[] = [];
  const spans: [number, number][] = [];
  for (const [t, label] of path.entries()) {
    if (label === blank) continue;
    if (label === path[t - 1]) spans[spans.length - 1][1] = t + 1;
    else {
      labels.push(label);
      spans.push([t, t + 1]);
    }
  }
  return { labels, spans };
}
