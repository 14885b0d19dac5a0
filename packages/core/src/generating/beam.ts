import type { Hypothesis } from './hypothesis.js';

/** A hypothesis that is still followed. Its index is the row of the stream. */
interface Running {
  readonly tokens: readonly number[];
  /** The logarithm of its probability; −∞ if the row has no hypothesis. */
  readonly score: number;
}

/** The hypothesis of `row` with one more token. */
interface Continuation {
  readonly row: number;
  readonly token: number;
  readonly score: number;
}

/** The options of a {@link Beam}. */
export interface BeamOptions {
  readonly width: number;
  readonly end?: number;
  /** See `beamSearch`. */
  readonly lengthPenalty: number;
}

/** The hypotheses of one source. */
export class Beam {
  readonly #options: BeamOptions;
  #running: readonly Running[];
  readonly #ended: Hypothesis[] = [];
  #length = 0;

  constructor(options: BeamOptions) {
    this.#options = options;
    // All rows are equal at first, so only the first one is followed.
    this.#running = Array.from({ length: options.width }, (_, row) => ({
      tokens: [],
      score: row === 0 ? 0 : Number.NEGATIVE_INFINITY,
    }));
  }

  /** True if `width` hypotheses have ended, or there is no hypothesis left to follow. */
  get done(): boolean {
    return this.#ended.length >= this.#options.width || !this.#running.some(isFollowed);
  }

  /** Returns the token to push for each row. @param first the token of rows without tokens */
  lastTokens(first: number): number[] {
    return this.#running.map(({ tokens }) => tokens[tokens.length - 1] ?? first);
  }

  /**
   * Continues the hypotheses by one token.
   * @param scores for each row, the logarithms of the probabilities of the next token
   * @returns for each row, the row whose state it continues from
   */
  advance(scores: readonly Float64Array[]): number[] {
    if (this.done) return [...this.#running.keys()];
    this.#length++;
    const { width, end } = this.#options;
    // In each row one token ends the sequence. So of twice the width, at least `width` continuations do not end.
    const best = bestContinuations(this.#running, scores, 2 * width);
    for (const { row, token, score } of best.slice(0, width)) {
      if (token === end) this.#ended.push(this.#hypothesis({ ...this.#running[row], score }, true));
    }
    const going = best.filter(({ token }) => token !== end).slice(0, width);
    const running = going.map(({ row, token, score }) => ({
      tokens: [...this.#running[row].tokens, token],
      score,
    }));
    const nothing = {
      tokens: running[0]?.tokens ?? this.#running[0].tokens,
      score: Number.NEGATIVE_INFINITY,
    };
    this.#running = Array.from({ length: width }, (_, row) => running[row] ?? nothing);
    return Array.from({ length: width }, (_, row) => going[row]?.row ?? row);
  }

  /** Returns the hypotheses that have ended, and those that are still followed. */
  hypotheses(): Hypothesis[] {
    const running = this.#running.filter(isFollowed);
    return [...this.#ended, ...running.map((hypothesis) => this.#hypothesis(hypothesis, false))];
  }

  /** Returns the best hypotheses, at most `width`: those that have ended and, if they are fewer, others that were cut off. */
  best(): Hypothesis[] {
    const { width } = this.#options;
    const ended = [...this.#ended].sort((a, b) => b.score - a.score);
    const running = this.hypotheses().slice(ended.length);
    return [...ended, ...running].slice(0, width);
  }

  #hypothesis({ tokens, score }: Running, ended: boolean): Hypothesis {
    const penalty = ((5 + this.#length) / 6) ** this.#options.lengthPenalty;
    return { tokens, score: score / penalty, ended };
  }
}

function isFollowed({ score }: Running): boolean {
  return score > Number.NEGATIVE_INFINITY;
}

/** Returns the best continuations of all rows, best first. Of equal ones, the one with the smaller row, then token, comes first. */
function bestContinuations(
  running: readonly Running[],
  scores: readonly Float64Array[],
  count: number,
): Continuation[] {
  const best: Continuation[] = [];
  for (const [row, hypothesis] of running.entries()) {
    if (!isFollowed(hypothesis)) continue;
    for (const [token, logProbability] of scores[row].entries()) {
      const score = hypothesis.score + logProbability;
      if (score === Number.NEGATIVE_INFINITY) continue;
      if (best.length === count && score <= best[count - 1].score) continue;
      let at = best.length;
      while (at > 0 && best[at - 1].score < score) at--;
      best.splice(at, 0, { row, token, score });
      if (best.length > count) best.pop();
    }
  }
  return best;
}
