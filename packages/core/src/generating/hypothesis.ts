/** A sequence that a decoder generated. */
export interface Hypothesis {
  /** The generated tokens, without those of `start` and without the end token. */
  readonly tokens: readonly number[];
  /** The log probability of the sequence, including its end token. {@link beamSearch} divides it by the length penalty. */
  readonly score: number;
  /** True if the sequence ended with the end token, false if it was cut off at `maxLength`. */
  readonly ended: boolean;
}

/** The best sequence that was generated for a source, and its alternatives. */
export interface Generated extends Hypothesis {
  /** The other hypotheses of this source, best first; those that were cut off come after those that ended. */
  readonly alternatives: readonly Hypothesis[];
}

/** The result for one source; for a batch a list, in the order of the sources. */
export type GeneratedOf<Batch extends boolean> = Batch extends true ? Generated[] : Generated;

/** Sorts hypotheses: those that ended come before those that were cut off, each from the best to the worst. */
export function ranked(hypotheses: readonly Hypothesis[]): Generated {
  const [best, ...alternatives] = [...hypotheses].sort(
    (a, b) => Number(b.ended) - Number(a.ended) || b.score - a.score,
  );
  return { ...best, alternatives };
}

/** The hypotheses of each source in the form of the stream: a list for a batch. */
export function resultsOf<Batch extends boolean>(
  isBatch: Batch,
  sources: readonly (readonly Hypothesis[])[],
): GeneratedOf<Batch> {
  const all = sources.map(ranked);
  return (isBatch ? all : all[0]) as GeneratedOf<Batch>;
}
