import type { Hypothesis } from './hypothesis.js';

/** A hypothesis that is still followed, by the row of the stream that it is in. */
interface Running {
  readonly tokens: readonly number[];
  /** The logarithm of its probability; −∞ in a row that has none. */
  readonly score: number;
}

/** A hypothesis of `row`, and one more token. */
interface Continuation {
  readonly row: number;
  readonly token: number;
  readonly score: number;
}

/** How a {@link Beam} searches. */
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
    // All rows are alike at first: one of them is followed.
    this.#running = Array.from({ length: options.width }, (_, row) => ({
      tokens: [],
      score: row === 0 ? 0 : Number.NEGATIVE_INFINITY,
    }));
  }

  /** As many hypotheses have ended as are followed side by side, or there is nothing left to follow. */
  get done(): boolean {
    return this.#ended.length >= this.#options.width || !this.#running.some(isFollowed);
  }

  /** The token to push for each row. */
  lastTokens(first: number): number[] {
    return this.#running.map(({ tokens }) => tokens[tokens.length - 1] ?? first);
  }

  /**
   * Continues the hypotheses by the logarithms of the probabilities of the next token.
   * @returns for each row the one that it goes on from
   */
  advance(scores: readonly Float64Array[]): number[] {
    if (this.done) return [...this.#running.keys()];
    this.#length++;
    const { width, end } = this.#options;
    // One token of each row ends it, so that twice the width leaves enough that do not.
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

  /** Those that ended, and those that are followed. */
  hypotheses(): Hypothesis[] {
    const running = this.#running.filter(isFollowed);
    return [...this.#ended, ...running.map((hypothesis) => this.#hypothesis(hypothesis, false))];
  }

  /** The best, `width` at most: those that ended, and as many that were cut off as are missing. */
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

/** The best continuations of all rows, best first; of equal ones that of the earlier row and the smaller token. */
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
