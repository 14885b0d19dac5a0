import { DataError, OptionError } from '../errors.js';
import type { GraphTypes, RowOf } from '../model/types.js';
import type { GraphStream } from '../network/graph-stream.js';
import { openStream } from '../network/open-stream.js';
import type { Predictor } from '../network/predictor.js';
import {
  abortSignal,
  checkOptions,
  custom,
  isRecord,
  levenshtein,
  optional,
  positiveInteger,
  show,
} from '../options.js';
import type { Hypothesis } from './hypothesis.js';

/** What a decoder is given, and what it should generate. */
export interface GeneratedSample<Types extends GraphTypes = GraphTypes> {
  /** The given inputs of one sequence, by name. */
  readonly x: { readonly [Name in keyof Types['inputs']]?: RowOf<Types['inputs'][Name]> };
  /** The right tokens, without start and end; or a list of several that are all right. */
  readonly y: readonly number[] | readonly (readonly number[])[];
}

/** How well a decoder generates. */
export interface GeneratedScores {
  /** Share of the samples whose tokens are all right. */
  readonly exactMatch: number;
  /** The mean number of tokens to insert, delete or replace (Levenshtein 1966) until they are right. */
  readonly editDistance: number;
  /**
   * All those edits for each token of the right sequences, over all samples together: the error rate of words, phones or
   * characters. Of several right sequences the one that is nearest counts.
   */
  readonly errorRate: number;
}

/** The options of {@link evaluateGenerated}. */
export interface EvaluateGeneratedOptions<Types extends GraphTypes = GraphTypes> {
  /**
   * Generates a sequence for each source of a stream: `(stream) => beamSearch(stream, { start, end, maxLength })`.
   */
  readonly generate: (
    stream: GraphStream<{
      readonly steps: Readonly<Record<keyof Types['inputs'] & string, number>>;
      readonly outputs: keyof Types['outputs'] & string;
      readonly batch: true;
    }>,
  ) => Promise<readonly Pick<Hypothesis, 'tokens'>[]>;
  /** Rows of the stream for each source. Default 1. */
  readonly width?: number;
  /** Sources that are generated side by side. Default 32. */
  readonly batchSize?: number;
  /** Called after each batch, with the scores of the samples so far. */
  readonly onProgress?: (
    progress: GeneratedScores & { readonly done: number; readonly samples: number },
  ) => void;
  /** Once it is aborted, the Promise is rejected with its reason after the current batch. */
  readonly signal?: AbortSignal;
}

/**
 * Measures what a decoder generates by itself. `network.evaluate` gives a decoder the right previous tokens at every step;
 * here it goes on from its own, as it does in use.
 * @throws OptionError for options that do not fit; DataError for a sample of another form
 */
export async function evaluateGenerated<Types extends GraphTypes>(
  network: Predictor<Types>,
  samples: readonly GeneratedSample<NoInfer<Types>>[],
  options: EvaluateGeneratedOptions<NoInfer<Types>>,
): Promise<GeneratedScores> {
  const { generate, width, batchSize, onProgress, signal } = checkOptions('evaluateGenerated', options, {
    generate: custom<EvaluateGeneratedOptions<Types>['generate']>('a function of a stream', isFunction),
    width: optional(positiveInteger, 1),
    batchSize: optional(positiveInteger, 32),
    onProgress: optional(
      custom<NonNullable<EvaluateGeneratedOptions['onProgress']>>('a function', isFunction),
    ),
    signal: optional(abortSignal),
  });
  if (!Array.isArray(samples) || samples.length === 0)
    throw new OptionError(`evaluateGenerated: samples must be an array of { x, y }, not ${show(samples)}`);
  const right = samples.map((sample, i) => rightOf(sample, i));
  let done = 0;
  let exact = 0;
  let edits = 0;
  let total = 0;
  const scores = () => ({ exactMatch: exact / done, editDistance: edits / done, errorRate: edits / total });
  while (done < samples.length) {
    signal?.throwIfAborted();
    const batch = samples.slice(done, done + batchSize);
    const names = Object.keys(batch[0].x);
    const given = Object.fromEntries(
      names.map((name) => [name, batch.map(({ x }) => (x as Readonly<Record<string, unknown>>)[name])]),
    );
    const stream = openStream(network, given as never, { rows: batch.length * width });
    try {
      const generated = await generate(stream as never);
      if (!Array.isArray(generated) || generated.length !== batch.length)
        throw new OptionError(
          `evaluateGenerated: generate must return ${batch.length} sequences, not ${show(generated)}`,
        );
      for (const { tokens } of generated) {
        const { distance, length } = nearest(tokens, right[done++]);
        exact += Number(distance === 0);
        edits += distance;
        total += length;
      }
    } finally {
      stream.close();
    }
    onProgress?.({ ...scores(), done, samples: samples.length });
  }
  return scores();
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

/** The right sequences of a sample. */
function rightOf(sample: GeneratedSample, index: number): readonly (readonly number[])[] {
  const { x, y } = isRecord(sample) ? sample : {};
  if (!isRecord(x) || !Array.isArray(y))
    throw new DataError(`sample ${index} must be { x, y }, with y a list of tokens, not ${show(sample)}`);
  return Array.isArray(y[0]) ? y : [y];
}

/** The distance to the right sequence that is the fewest edits away, and its length. */
function nearest(
  tokens: readonly number[],
  right: readonly (readonly number[])[],
): { readonly distance: number; readonly length: number } {
  const all = right.map((sequence) => ({ distance: levenshtein(tokens, sequence), length: sequence.length }));
  return all.reduce((best, other) => (other.distance < best.distance ? other : best));
}
