import type { GraphStream, StreamTypes } from '../network/graph-stream.js';
import { type GeneratedOf, type Hypothesis, resultsOf } from './hypothesis.js';
import { type GenerateOptions, startSteps } from './token-steps.js';

/** Returns the index of the largest value; the first one if there are several. */
export function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/**
 * Generates every row independently, one token after another. Rows that have ended are still computed while other rows continue,
 * but their hypotheses do not change.
 * @param choose returns the next token of a row, from the logarithms of the probabilities
 */
export async function generateRows<Types extends StreamTypes>(
  owner: string,
  stream: GraphStream<Types>,
  options: Omit<GenerateOptions, 'input' | 'output'> & { readonly input?: string; readonly output?: string },
  choose: (logProbabilities: Float64Array, row: number) => number,
): Promise<GeneratedOf<Types['batch']>> {
  const { end, maxLength, onStep } = options;
  const { next, first } = await startSteps(owner, stream as GraphStream, options);
  const rows = Array.from({ length: stream.rows }, () => ({
    tokens: [] as number[],
    score: 0,
    ended: false,
  }));
  const width = stream.rows / stream.sources;
  const sources = Array.from({ length: stream.sources }, (_, source): readonly Hypothesis[] =>
    rows.slice(source * width, (source + 1) * width),
  );
  for (let length = 1; length <= maxLength && rows.some(({ ended }) => !ended); length++) {
    const scores = await next(rows.map(({ tokens }) => tokens[tokens.length - 1] ?? first));
    for (const [row, hypothesis] of rows.entries()) {
      if (hypothesis.ended) continue;
      const token = choose(scores[row], row);
      hypothesis.score += scores[row][token];
      if (token === end) hypothesis.ended = true;
      else hypothesis.tokens.push(token);
    }
    onStep?.({ length, sources: snapshot(sources) });
  }
  return resultsOf<Types['batch']>(stream.isBatch, sources);
}

/** Returns a copy that later steps do not change. */
function snapshot(sources: readonly (readonly Hypothesis[])[]): Hypothesis[][] {
  return sources.map((rows) =>
    rows.map(({ tokens, score, ended }) => ({ tokens: [...tokens], score, ended })),
  );
}
