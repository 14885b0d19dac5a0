/* How decoders of a stream push tokens and read scores. */
import { OptionError, UnsupportedError } from '../errors.js';
import { yieldToEventLoop } from '../event-loop.js';
import { GraphStream, type StreamTypes } from '../network/graph-stream.js';
import { abortSignal, custom, didYouMean, optional, positiveInteger, show, wholeNumber } from '../options.js';
import type { Hypothesis } from './hypothesis.js';

/** What {@link greedy}, {@link sample} and {@link beamSearch} have in common. */
export interface GenerateOptions<Types extends StreamTypes = StreamTypes> {
  /** The token that every sequence starts from, or several: the beginning of a text. */
  readonly start: number | readonly number[];
  /** The token that ends a sequence. Default: none, and every sequence has `maxLength` tokens. */
  readonly end?: number;
  /** Tokens of a sequence at most, the end token counted. */
  readonly maxLength: number;
  /** The input that the tokens are pushed into. Default: the only one that is stepped. */
  readonly input?: keyof Types['steps'] & string;
  /** The output that scores the next token. Default: the only one that is a sequence. */
  readonly output?: Types['outputs'];
  /** Called after every step. */
  readonly onStep?: (step: GenerationStep) => void;
  /** Once it is aborted, the Promise is rejected with its reason after the current step. */
  readonly signal?: AbortSignal;
}

/** How far generating is. */
export interface GenerationStep {
  /** Tokens of a sequence so far: 1, 2, … */
  readonly length: number;
  /** By source: its hypotheses so far, in no order. */
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

/** One step: a token of each row to the logarithms of the probabilities of the next. */
export type NextScores = (tokens: readonly number[]) => Promise<readonly Float64Array[]>;

/** @throws OptionError unless `stream` is one that `network.stream(given)` returns */
export function checkStream(owner: string, stream: unknown): asserts stream is GraphStream {
  if (stream instanceof GraphStream) return;
  throw new OptionError(
    `${owner}: a stream is needed, as network.stream({ … }) returns it, not ${show(stream)}`,
  );
}

/**
 * Starts new sequences, and pushes all but the last of `start`.
 * @param owner the function that generates, for messages
 * @returns the step of a stream, and the token to push first
 * @throws OptionError where `input` or `output` does not exist or is needed; UnsupportedError for inputs that are stepped
 *   besides the tokens
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
