import { rankIn } from './sessions.js';

/**
 * By session and click from the second on: its rank if the likeliest product is the one that most often followed the click
 * before (a Markov chain of first order); among those that never did, the most popular.
 *
 * @param known sessions that are counted
 * @param size product numbers are below it
 */
export function markovRanks(
  known: readonly (readonly number[])[],
  sessions: readonly (readonly number[])[],
  size: number,
): number[][] {
  const popular = popularity(known, size);
  const total = popular.reduce((sum, count) => sum + count, 0);
  // Popularity is a fraction: it decides between equal counts only.
  const after = Array.from({ length: size }, () => popular.map((count) => count / (total + 1)));
  for (const clicks of known) {
    for (let i = 1; i < clicks.length; i++) after[clicks[i - 1]][clicks[i]]++;
  }
  return sessions.map((clicks) => clicks.slice(1).map((click, i) => rankIn(after[clicks[i]], click)));
}

/** By session and click from the second on: its rank if the likeliest product is always the most popular one. */
export function popularRanks(
  known: readonly (readonly number[])[],
  sessions: readonly (readonly number[])[],
  size: number,
): number[][] {
  const popular = popularity(known, size);
  return sessions.map((clicks) => clicks.slice(1).map((click) => rankIn(popular, click)));
}

function popularity(sessions: readonly (readonly number[])[], size: number): Float64Array {
  const counts = new Float64Array(size);
  for (const click of sessions.flat()) counts[click]++;
  return counts;
}
