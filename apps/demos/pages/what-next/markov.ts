import { rankIn } from './sessions.js';

/**
 * For each session and each click from the second on: its rank in a first-order Markov chain, which orders products by how often
 * they followed the click before, and equal ones by their popularity.
 *
 * @param known the sessions that are counted
 * @param size one more than the largest product number
 */
export function markovRanks(
  known: readonly (readonly number[])[],
  sessions: readonly (readonly number[])[],
  size: number,
): number[][] {
  const popular = popularity(known, size);
  const total = popular.reduce((sum, count) => sum + count, 0);
  // Popularity is below 1, so that it only decides between equal counts.
  const after = Array.from({ length: size }, () => popular.map((count) => count / (total + 1)));
  for (const clicks of known) {
    for (let i = 1; i < clicks.length; i++) after[clicks[i - 1]][clicks[i]]++;
  }
  return sessions.map((clicks) => clicks.slice(1).map((click, i) => rankIn(after[clicks[i]], click)));
}

/** For each session and each click from the second on: its rank by popularity alone. */
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
