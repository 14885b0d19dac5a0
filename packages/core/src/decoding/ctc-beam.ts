import { OptionError } from '../errors.js';
import { show } from '../options.js';

/** A list of labels that was decoded. */
export interface CtcHypothesis {
  readonly labels: readonly number[];
  /** The logarithm of the labels' probability: of the paths that were followed, plus what the language model added. */
  readonly score: number;
}

/** Returns the logarithm that is added to the score of `labels` when `next` follows. */
export type LanguageModel = (labels: readonly number[], next: number) => number;

/** The options of a {@link CtcBeam}. */
export interface CtcBeamOptions {
  readonly width: number;
  readonly blank: number;
  readonly languageModel?: LanguageModel;
}

const impossible = Number.NEGATIVE_INFINITY;

/** A list of labels that some of the paths so far stand for. */
interface Prefix {
  readonly key: string;
  readonly labels: readonly number[];
  /** The sum of what the language model has added. */
  readonly bonus: number;
  /** What the language model adds, by the next label; filled when it is needed. */
  readonly bonuses: Map<number, number>;
  /** The logarithms of the probability of all paths that end with the blank, and of those that end with a label. */
  withBlank: number;
  withLabel: number;
}

/** The most probable beginnings of a row's labels. */
export class CtcBeam {
  readonly #options: CtcBeamOptions;
  #prefixes: readonly Prefix[];

  constructor(options: CtcBeamOptions) {
    this.#options = options;
    this.#prefixes = [{ ...newPrefix('', [], 0), withBlank: 0 }];
  }

  /** Reads one frame. @param frame the logarithm of the probability of each class */
  advance(frame: Float64Array): void {
    const { width, blank } = this.#options;
    const next = new Map(
      this.#prefixes.map((prefix) => [
        prefix.key,
        { ...prefix, withBlank: impossible, withLabel: impossible },
      ]),
    );
    for (const prefix of this.#prefixes) {
      const { key, labels, withBlank, withLabel } = prefix;
      const all = logAdd(withBlank, withLabel);
      const last = labels[labels.length - 1];
      const same = next.get(key) as Prefix;
      same.withBlank = all + frame[blank];
      if (last !== undefined) same.withLabel = logAdd(same.withLabel, withLabel + frame[last]);
      for (let label = 0; label < frame.length; label++) {
        // Two equal labels without a blank between them would be one.
        const score = (label === last ? withBlank : all) + frame[label];
        if (label === blank || score === impossible) continue;
        const longer = `${key} ${label}`;
        const target =
          next.get(longer) ??
          newPrefix(longer, [...labels, label], prefix.bonus + this.#bonus(prefix, label));
        target.withLabel = logAdd(target.withLabel, score);
        next.set(longer, target);
      }
    }
    const possible = [...next.values()].filter((prefix) => scoreOf(prefix) > impossible);
    this.#prefixes = possible.sort((a, b) => scoreOf(b) - scoreOf(a)).slice(0, width);
  }

  /** The beginnings that are left, best first; none if the language model excludes all of them. */
  hypotheses(): CtcHypothesis[] {
    return this.#prefixes.map((prefix) => ({ labels: prefix.labels, score: scoreOf(prefix) }));
  }

  #bonus({ labels, bonuses }: Prefix, label: number): number {
    const { languageModel } = this.#options;
    if (!languageModel) return 0;
    const bonus = bonuses.get(label) ?? languageModel(labels, label);
    // −∞ excludes a list of labels; +∞ would make all lists that follow equal.
    if (typeof bonus !== 'number' || Number.isNaN(bonus) || bonus === Number.POSITIVE_INFINITY)
      throw new OptionError(`ctcBeamSearch: languageModel must return a number below ∞, not ${show(bonus)}`);
    bonuses.set(label, bonus);
    return bonus;
  }
}

function newPrefix(key: string, labels: readonly number[], bonus: number): Prefix {
  return { key, labels, bonus, bonuses: new Map(), withBlank: impossible, withLabel: impossible };
}

function scoreOf({ withBlank, withLabel, bonus }: Prefix): number {
  return logAdd(withBlank, withLabel) + bonus;
}

/** log(exp(a) + exp(b)) */
function logAdd(a: number, b: number): number {
  const larger = Math.max(a, b);
  return larger === impossible ? impossible : larger + Math.log1p(Math.exp(Math.min(a, b) - larger));
}
