import type { Shape, Tensor } from '../contract/tensor.js';
import { sizeOf } from '../contract/tensor.js';
import type { Random } from '../random.js';
import type { Tape } from '../tape/tape.js';

/**
 * Draws a mask for inverted dropout (Srivastava et al. 2014): 0 with probability `rate`, otherwise 1 / (1 − rate). The
 * mask is drawn on the host, so it is the same on every backend.
 */
export function dropoutMask(tape: Tape, random: Random, rate: number, shape: Shape): Tensor {
  const scale = 1 / (1 - rate);
  const mask = new Float32Array(sizeOf(shape));
  for (let i = 0; i < mask.length; i++) mask[i] = random.uniform() < rate ? 0 : scale;
  return tape.constant(mask, shape);
}
