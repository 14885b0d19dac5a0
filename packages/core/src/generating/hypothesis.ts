/** A sequence that a decoder generated. */
export interface Hypothesis {
  /** Without the tokens that it started from, and without the end token. */
  readonly tokens: readonly number[];
  /** The logarithm of its probability, the end token's included; of {@link beamSearch} divided by the length penalty. */
  readonly score: number;
  /** It came to the end token. False: it was cut off at `maxLength`. */
  readonly ended: boolean;
}

/** What was generated for one source. */
export interface Generated extends Hypothesis {
  /** The other hypotheses of this source, best first; those that were cut off come after those that ended. */
  readonly alternatives: readonly Hypothesis[];
}

/** For a stream of one source what was generated for it; for a batch a list, in the order of the sources. */
export type GeneratedOf<Batch extends boolean> = Batch extends true ? Generated[] : Generated;

/** Best first, those that ended before those that were cut off. */
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
