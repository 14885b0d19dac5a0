import { DataError } from '../errors.js';
import type { Candidate } from './candidate.js';

/** The maximum difference of outputs, relative to their norm. Rounding errors in float32 are much smaller. */
const tolerance = 1e-4;

/**
 * Excludes the candidates whose outputs are not finite, or differ from the outputs that most candidates agree on. In a
 * tie, a float64 candidate is trusted first, then the first candidate in the list.
 */
export function compareOutputs(candidates: readonly Candidate[]): void {
  const computed = candidates.filter(({ error }) => !error);
  for (const candidate of computed) {
    const finite = candidate.outputs.every((output) => Array.from(output).every(Number.isFinite));
    if (!finite) candidate.fail(new DataError('its outputs are not finite numbers'));
  }
  const finite = computed.filter(({ error }) => !error);
  const support = (candidate: Candidate) => {
    const agreeing = finite.filter((other) => difference(other.outputs, candidate.outputs) <= tolerance);
    return agreeing.length + (candidate.backend?.precision === 'float64' ? 0.5 : 0);
  };
  const [trusted] = [...finite].sort((a, b) => support(b) - support(a));
  for (const candidate of finite) {
    const distance = difference(candidate.outputs, trusted.outputs);
    if (distance <= tolerance) continue;
    candidate.fail(
      new DataError(
        `its outputs differ from those of ${trusted.name} by ${distance.toExponential(1)} of their norm; float32 allows ${tolerance}`,
      ),
    );
  }
}

/** Returns the maximum of ‖actual − expected‖ / ‖expected‖ over the arrays. */
function difference(actual: readonly ArrayLike<number>[], expected: readonly ArrayLike<number>[]): number {
  let largest = 0;
  for (const [at, right] of expected.entries()) {
    let error = 0;
    let norm = 0;
    for (let i = 0; i < right.length; i++) {
      error += (actual[at][i] - right[i]) ** 2;
      norm += right[i] ** 2;
    }
    // Also true for NaN, which an array that is too short gives.
    if (error !== 0) largest = Math.max(largest, Math.sqrt(error / norm));
  }
  return largest;
}
