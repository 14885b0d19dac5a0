/** The logarithm of softmax, in float64. */
export function logSoftmax(scores: Float32Array | Float64Array): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const score of scores) largest = Math.max(largest, score);
  let total = 0;
  for (const score of scores) total += Math.exp(score - largest);
  const log = largest + Math.log(total);
  return Float64Array.from(scores, (score) => score - log);
}
