import { DataError } from '../errors.js';
import type { Candidate } from './candidate.js';

/** How much outputs may differ, as a share of their norm. Rounding in float32 stays far below it. */
const tolerance = 1e-4;

/**
 * Rules out the candidates whose outputs are not finite, and those that differ from the outputs on which most agree. Where
 * as many agree on others, float64 decides, and then the order of the candidates.
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
    const found = difference(candidate.outputs, trusted.outputs);
    if (found <= tolerance) continue;
    candidate.fail(
      new DataError(
        `its outputs differ from those of ${trusted.name} by ${found.toExponential(1)} of their norm; float32 allows ${tolerance}`,
      ),
    );
  }
}

/** The largest of ‖actual − expected‖ / ‖expected‖ over the arrays. */
function difference(actual: readonly ArrayLike<number>[], expected: readonly ArrayLike<number>[]): number {
  let largest = 0;
  for (const [at, right] of expected.entries()) {
    let error = 0;
    let norm = 0;
    for (let i = 0; i < right.length; i++) {
      error += (actual[at][i] - right[i]) ** 2;
      norm += right[i] ** 2;
    }
    // Also where it is NaN, for an array that is too short.
    if (error !== 0) largest = Math.max(largest, Math.sqrt(error / norm));
  }
  return largest;
}
