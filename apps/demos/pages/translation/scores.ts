/* How good translations are. */
import type { Tested } from './corpus.js';

/** The share of sentences that are one of the right translations, word for word. */
export function exactMatch(written: readonly (readonly string[])[], test: readonly Tested[]): number {
  const right = written.filter((words, i) =>
    test[i].french.some((reference) => reference.join(' ') === words.join(' ')),
  );
  return right.length / written.length;
}

const LONGEST = 4;

/**
 * BLEU of a corpus, 0 to 1 (Papineni et al. 2002): the geometric mean of the shares of runs of 1 to 4 words that are in a right
 * translation too, less what is missing where the sentences are too short.
 */
export function bleu(written: readonly (readonly string[])[], test: readonly Tested[]): number {
  const found = new Array<number>(LONGEST).fill(0);
  const all = new Array<number>(LONGEST).fill(0);
  let length = 0;
  let wanted = 0;
  for (const [i, words] of written.entries()) {
    const references = test[i].french;
    length += words.length;
    wanted += nearestLength(words.length, references);
    for (let n = 1; n <= LONGEST; n++) {
      const allowed = references.map((reference) => runsOf(reference, n));
      for (const [run, count] of runsOf(words, n)) {
        found[n - 1] += Math.min(count, Math.max(...allowed.map((runs) => runs.get(run) ?? 0)));
        all[n - 1] += count;
      }
    }
  }
  const logs = found.map((count, n) => Math.log(count / all[n]) / LONGEST);
  return Math.min(1, Math.exp(1 - wanted / length)) * Math.exp(logs.reduce((sum, log) => sum + log, 0));
}

function nearestLength(length: number, references: readonly (readonly string[])[]): number {
  const lengths = references.map((reference) => reference.length);
  return lengths.reduce((best, other) => {
    const [far, near] = [Math.abs(best - length), Math.abs(other - length)];
    return near < far || (near === far && other < best) ? other : best;
  });
}

function runsOf(words: readonly string[], n: number): Map<string, number> {
  const runs = new Map<string, number>();
  for (let i = 0; i + n <= words.length; i++) {
    const run = words.slice(i, i + n).join(' ');
    runs.set(run, (runs.get(run) ?? 0) + 1);
  }
  return runs;
}
