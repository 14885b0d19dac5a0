import type { Shape, Tensor } from '../contract/tensor.js';
import { sizeOf } from '../contract/tensor.js';
import type { Random } from '../random.js';
import type { Tape } from '../tape/tape.js';

/**
 * Inverted dropout (Srivastava et al. 2014): 0 with probability `rate`, else 1 / (1 − rate). Drawn on the host, so that
 * every backend gets the same.
 */
export function dropoutMask(tape: Tape, random: Random, rate: number, shape: Shape): Tensor {
  const kept = 1 / (1 - rate);
  const mask = new Float32Array(sizeOf(shape));
  for (let i = 0; i < mask.length; i++) mask[i] = random.uniform() < rate ? 0 : kept;
  return tape.constant(mask, shape);
}
