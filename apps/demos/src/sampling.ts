/* Drawing from what a network says of its classes. */

/** The probabilities of these scores; a temperature below 1 makes the likely likelier. */
export function probabilitiesOf(scores: ArrayLike<number>, temperature: number): number[] {
  const scaled = Array.from(scores, (score) => score / temperature);
  const largest = Math.max(...scaled);
  const powers = scaled.map((score) => Math.exp(score - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** The index at which the running sum of the probabilities passes `at`, which is from 0 to below 1. */
export function drawn(probabilities: readonly number[], at: number): number {
  let sum = 0;
  const index = probabilities.findIndex((probability) => {
    sum += probability;
    return sum > at;
  });
  return index < 0 ? probabilities.length - 1 : index;
}
