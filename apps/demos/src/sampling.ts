/* Converts a network's class scores to probabilities, and draws a class from them. */

/**
 * Softmax of the scores divided by the temperature. A temperature below 1 makes the likely classes even
 * likelier.
 */
export function probabilitiesOf(scores: ArrayLike<number>, temperature: number): number[] {
  const scaled = Array.from(scores, (score) => score / temperature);
  const largest = Math.max(...scaled);
  const powers = scaled.map((score) => Math.exp(score - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** The class that a uniform random number `at`, 0 ≤ at < 1, draws: where the running sum of the probabilities passes it. */
export function drawn(probabilities: readonly number[], at: number): number {
  let sum = 0;
  const index = probabilities.findIndex((probability) => {
    sum += probability;
    return sum > at;
  });
  return index < 0 ? probabilities.length - 1 : index;
}

/** A symbol and its probability. */
export type Guess = readonly [symbol: string, probability: number];

/** The `count` most probable symbols, the likeliest first. */
export function likeliest(
  probabilities: readonly number[],
  symbols: readonly string[],
  count: number,
): Guess[] {
  const guesses = probabilities.map((probability, i): Guess => [symbols[i], probability]);
  return guesses.sort(([, a], [, b]) => b - a).slice(0, count);
}
