/** Statistics of a series of times. */
export interface Summary {
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** The interquartile range as a share of the median. */
  readonly spread: number;
  readonly runs: number;
}

/** @param times milliseconds, at least one */
export function summarize(times: readonly number[]): Summary {
  const sorted = [...times].sort((a, b) => a - b);
  const medianMs = quantile(sorted, 0.5);
  return {
    medianMs,
    minMs: sorted[0],
    maxMs: sorted[sorted.length - 1],
    spread: (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / medianMs,
    runs: sorted.length,
  };
}

export function median(values: readonly number[]): number {
  return summarize(values).medianMs;
}

/**
 * The interval that has the median of the distribution in at least 95 of 100 cases: two of the values, whatever the distribution
 * is. Six values or fewer give the whole range.
 */
export function medianInterval(values: readonly number[]): [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  // The probability that at most k of n values lie below the median.
  let probability = 0.5 ** n;
  let below = probability;
  let k = 0;
  while (below <= 0.025) {
    k++;
    probability *= (n - k + 1) / k;
    below += probability;
  }
  const first = Math.max(0, k - 1);
  return [sorted[first], sorted[n - 1 - first]];
}

/** Of positive numbers. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Interpolates linearly between the two nearest values. */
function quantile(sorted: readonly number[], share: number): number {
  const index = share * (sorted.length - 1);
  const low = Math.floor(index);
  const high = Math.ceil(index);
  return sorted[low] + (sorted[high] - sorted[low]) * (index - low);
}
