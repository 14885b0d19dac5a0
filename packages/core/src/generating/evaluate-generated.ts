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

/** A sample for {@link evaluateGenerated}: the given inputs of a decoder, and the sequence that it should generate. */
export interface GeneratedSample<Types extends GraphTypes = GraphTypes> {
  /** The given inputs of one source, by name: those that you would pass to `network.stream`. */
  readonly x: { readonly [Name in keyof Types['inputs']]?: RowOf<Types['inputs'][Name]> };
  /** The correct tokens, without `start` and `end`; or a list of several correct sequences. */
  readonly y: readonly number[] | readonly (readonly number[])[];
}

/** The result of {@link evaluateGenerated}. */
export interface GeneratedScores {
  /** The fraction of samples whose tokens are all correct. */
  readonly exactMatch: number;
  /** The mean number of tokens to insert, delete or replace to get the correct sequence (Levenshtein 1966). */
  readonly editDistance: number;
  /**
   * The number of these edits in all samples, divided by the number of tokens in the correct sequences: the word, phone or
   * character error rate. If a sample has several correct sequences, the nearest one counts.
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
  /** The number of rows of the stream for each source: 1 for `greedy`, the beam width for `beamSearch`. Default 1. */
  readonly width?: number;
  /** The number of sources for which sequences are generated together. Default 32. */
  readonly batchSize?: number;
  /** Called after each batch, with the scores of the samples so far. */
  readonly onProgress?: (
    progress: GeneratedScores & { readonly done: number; readonly samples: number },
  ) => void;
  /** Abort it to stop: the Promise is then rejected with its reason after the current batch. */
  readonly signal?: AbortSignal;
}

/**
 * Compares the sequences that a decoder generates with the correct ones. In `network.evaluate`, the decoder receives the
 * correct previous tokens at each step; here it continues from its own tokens, as in an application.
 * @throws OptionError for invalid options or no samples; DataError for a sample that is not `{ x, y }`
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
