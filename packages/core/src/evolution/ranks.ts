/**
 * Rank-shaped fitness (centred ranks; Salimans et al. 2017): the scores' ranks, spread evenly from −1/2 for the lowest to 1/2
 * for the highest. Equal scores share the mean of their ranks.
 *
 * @param scores at least two numbers; they may be infinite, but not NaN
 */
export function centredRanks(scores: readonly number[]): Float64Array {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => compare(scores[a], scores[b]));
  const ranks = new Float64Array(scores.length);
  for (let first = 0, last: number; first < order.length; first = last + 1) {
    for (last = first; scores[order[last + 1]] === scores[order[first]]; ) last++;
    const shaped = (first + last) / 2 / (scores.length - 1) - 0.5;
    for (let i = first; i <= last; i++) ranks[order[i]] = shaped;
  }
  return ranks;
}

/** Unlike a difference, it also orders infinite numbers. */
function compare(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
