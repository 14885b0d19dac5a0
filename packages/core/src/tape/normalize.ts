import type { Tensor } from '../contract/tensor.js';
import type { Tape } from './tape.js';

/**
 * Computes (x − mean) / √(variance + epsilon) over the last axis (Ba et al. 2016). The caller applies gain and bias.
 */
export function normalize(tape: Tape, x: Tensor, epsilon: number): Tensor {
  const last = [x.shape.length - 1];
  const centred = tape.sub(x, tape.mean(x, last));
  const variance = tape.mean(tape.mul(centred, centred), last);
  return tape.div(centred, tape.sqrt(tape.affine(variance, 1, epsilon)));
}
