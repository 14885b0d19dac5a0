import { type OptimizerInputs, type OptimizerSpec, sizeOf, type Tensor } from '@recurra/core/backend';
import { filler } from '../filler.js';
import { loopBound, type Storage } from '../kernels.js';
import type { Context } from '../memory.js';
import { FLAT } from '../strides.js';
import { putters, writes } from './texels.js';

/** The values on which a guarded step depends. Both stay on the GPU, as arrays of one element. */
export interface GradientNorm {
  /** The L2 norm of all gradients together. Not finite if the sum of their squares is not. */
  readonly norm: Storage;
  /** The factor of the gradients, at most 1; −1 if the step must change nothing. */
  readonly factor: Storage;
}

/**
 * Computes the global norm without reading anything back: one launch for each gradient adds its squares to
 * partial sums, and a last launch adds those up.
 */
export function gradientNorm({ kernel, several, get, drop, outputOf }: Context) {
  /** sums [threads], x [size] → sums [threads], where thread i has added the squares of elements i, i + threads … */
  const addSquares = (sums: Storage, x: Storage, size: number, threads: number): Storage => {
    const bound = loopBound(Math.ceil(size / threads));
    const launch = kernel(`squares, up to ${bound}`, () => ({
      source: `function (sums, x, size, threads) {
        var thread = ${FLAT};
        var sum = sums[thread];
        for (var n = 0; n < ${bound}; n++) {
          var i = n * threads + thread;
          if (i >= size) { break; }
          var value = x[i];
          sum = sum + value * value;
        }
        return sum;
      }`,
      types: ['texture', 'texture', 'number', 'number'],
    }));
    return launch([threads, 1], sums, x, size, threads);
  };

  return ({ clip }: OptimizerSpec, { gradients, guard }: OptimizerInputs): GradientNorm => {
    const sizes = gradients.map(({ shape }) => sizeOf(shape));
    const threads = Math.ceil(Math.sqrt(Math.max(1, ...sizes)));
    let sums = filler(kernel)([threads, 1], 0);
    for (const [i, gradient] of gradients.entries()) {
      if (sizes[i] === 0) continue;
      const next = addSquares(sums, get(gradient), sizes[i], threads);
      drop(sums);
      sums = next;
    }
    const bound = loopBound(threads);
    const launch = several(`gradient norm, up to ${bound}`, () => ({
      // sums [threads], guard [1] → norm [1], factor [1]
      source: `function (sums, guard, threads, clip) {
        var squares = 0.0;
        for (var n = 0; n < ${bound}; n++) {
          if (n >= threads) { break; }
          squares += sums[n];
        }
        var norm = whereFinite(squares, Math.sqrt(squares), squares);
        var factor = 1.0;
        if (clip > 0) { factor = Math.min(1, clip / (norm + 0.000001)); }
        factor = whereFinite(squares, whereFinite(guard[0], factor, -1), -1);
        ${writes([
          ['norm', ['norm']],
          ['factor', ['factor']],
        ])}
      }`,
      types: ['texture', 'texture', 'number', 'number'],
      also: putters(['norm', 'factor'], 1),
    }));
    const [norm, factor] = launch(outputOf([1]), sums, get(guard as Tensor), threads, clip);
    drop(sums);
    return { norm, factor };
  };
}
