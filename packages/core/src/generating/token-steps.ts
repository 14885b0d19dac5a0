/* The step of a decoder: tokens in, log probabilities of the next token out. */
import { OptionError, UnsupportedError } from '../errors.js';
import { yieldToEventLoop } from '../event-loop.js';
import { GraphStream, type StreamTypes } from '../network/graph-stream.js';
import { abortSignal, custom, didYouMean, optional, positiveInteger, show, wholeNumber } from '../options.js';
import type { Hypothesis } from './hypothesis.js';

/** The options that {@link greedy}, {@link sample} and {@link beamSearch} have in common. */
export interface GenerateOptions<Types extends StreamTypes = StreamTypes> {
  /** The token that every sequence starts with, or several tokens, such as the beginning of a text. */
  readonly start: number | readonly number[];
  /** The token that ends a sequence. Default: none, and every sequence has `maxLength` tokens. */
  readonly end?: number;
  /** The largest number of tokens in a sequence, including the end token. */
  readonly maxLength: number;
  /** The name of the input that takes the tokens. Default: the stepped input of tokens. */
  readonly input?: keyof Types['steps'] & string;
  /** The name of the output that scores the next token. Default: the only output that is a sequence. */
  readonly output?: Types['outputs'];
  /** Called after every step. */
  readonly onStep?: (step: GenerationStep) => void;
  /** Abort it to stop: the Promise is then rejected with its reason after the current step. */
  readonly signal?: AbortSignal;
}

/** The progress of generating, for `onStep`. */
export interface GenerationStep {
  /** The number of tokens in each sequence so far: 1, 2, … */
  readonly length: number;
  /** The hypotheses so far of each source, unordered. */
  readonly sources: readonly (readonly Hypothesis[])[];
}

/** The checks of {@link GenerateOptions}. */
export const generateChecks = {
  start: custom<number | readonly number[]>('a token id, or a list of them', (start) =>
    Array.isArray(start) ? start.length > 0 && start.every(wholeNumber.accepts) : wholeNumber.accepts(start),
  ),
  end: optional(wholeNumber),
  maxLength: positiveInteger,
  input: optional(custom<string>('the name of an input', (name) => typeof name === 'string')),
  output: optional(custom<string>('the name of an output', (name) => typeof name === 'string')),
  onStep: optional(custom<(step: GenerationStep) => void>('a function', (f) => typeof f === 'function')),
  signal: optional(abortSignal),
};

/** Runs one step: takes a token for each row and returns the log probabilities of the next one. */
export type NextScores = (tokens: readonly number[]) => Promise<readonly Float64Array[]>;

/** Checks a stream. @throws OptionError unless it is a result of `network.stream(given)` or `openStream` */
export function checkStream(owner: string, stream: unknown): asserts stream is GraphStream {
  if (stream instanceof GraphStream) return;
  throw new OptionError(
    `${owner}: a stream is needed, as network.stream({ … }) returns it, not ${show(stream)}`,
  );
}

/**
 * Starts new sequences, and pushes all tokens of `start` except the last one.
 * @param owner the name of the calling function, for messages
 * @returns the function for a step, and the token to push first
 * @throws OptionError for an `input` or `output` that does not exist, or an `output` that is missing although there are
 *   several; UnsupportedError if other inputs than the tokens are stepped
 */
export async function startSteps(
  owner: string,
  stream: GraphStream,
  {
    start,
    input,
    output,
    signal,
  }: Pick<GenerateOptions, 'start' | 'signal'> & { readonly input?: string; readonly output?: string },
): Promise<{ readonly next: NextScores; readonly first: number }> {
  checkStream(owner, stream);
  const target = inputOf(owner, stream, input);
  const scores = outputOf(owner, stream, output);
  const next: NextScores = async (tokens) => {
    signal?.throwIfAborted();
    await yieldToEventLoop();
    signal?.throwIfAborted();
    return stream.logProbabilities({ [target]: tokens }, scores);
  };
  const beginning = typeof start === 'number' ? [start] : start;
  stream.reset();
  for (const token of beginning.slice(0, -1)) await next(new Array<number>(stream.rows).fill(token));
  return { next, first: beginning[beginning.length - 1] };
}

function inputOf(owner: string, { inputs }: GraphStream, wanted: string | undefined): string {
  const names = Object.keys(inputs);
  if (wanted !== undefined && !names.includes(wanted))
    throw new OptionError(`${owner}: no input ${show(wanted)} is stepped${didYouMean(wanted, names)}`);
  const tokens = names.filter((name) => inputs[name].shape.kind === 'tokens');
  const [name = tokens[0]] = wanted === undefined ? [] : [wanted];
  if (name === undefined || inputs[name].shape.kind !== 'tokens')
    throw new UnsupportedError(
      `${owner}: the stream needs an input of tokens(), and has ${names.join(', ')}`,
    );
  const others = names.filter((other) => other !== name);
  if (others.length === 0) return name;
  throw new UnsupportedError(
    `${owner}: besides ${name} the stream steps ${others.join(', ')}, for which there are no values; give them to stream()`,
  );
}

function outputOf(owner: string, { outputs }: GraphStream, wanted: string | undefined): string {
  const names = Object.keys(outputs);
  if (wanted !== undefined && !names.includes(wanted))
    throw new OptionError(`${owner}: there is no output ${show(wanted)}${didYouMean(wanted, names)}`);
  const sequences = names.filter((name) => outputs[name].shape.kind === 'sequence');
  if (wanted !== undefined && !sequences.includes(wanted))
    throw new OptionError(`${owner}: the output ${wanted} must be a sequence, with the scores of every step`);
  if (wanted !== undefined) return wanted;
  if (sequences.length === 1) return sequences[0];
  if (sequences.length === 0)
    throw new UnsupportedError(
      `${owner}: the model needs an output with the scores of every step (returnSequences: true); it has ${names.join(', ')}`,
    );
  throw new OptionError(`${owner}: there are several outputs; set output: one of ${sequences.join(', ')}`);
}
