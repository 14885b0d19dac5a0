/* A baseline: the translation of the training sentence that has the most words in common. */
import type { Pair, Tested } from './corpus.js';

/** The French of the nearest training sentence, for each; of equally near ones the first that has fewest other words. */
export function nearestSentences(known: readonly Pair[], test: readonly Tested[]): (readonly string[])[] {
  const sets = known.map(({ english }) => new Set(english));
  return test.map(({ english }) => {
    const words = new Set(english);
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (const [i, set] of sets.entries()) {
      let shared = 0;
      for (const word of words) if (set.has(word)) shared++;
      const near = shared - set.size / 100;
      if (near > most) [best, most] = [i, near];
    }
    return known[best].french;
  });
}
