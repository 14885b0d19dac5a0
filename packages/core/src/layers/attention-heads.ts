/* Attention of several heads side by side (Vaswani et al. 2017). */
import type { Weights } from '../cells/cell.js';
import type { Tensor } from '../contract/tensor.js';
import { ShapeError } from '../errors.js';
import type { Initializer } from '../initializers.js';
import type { Tape } from '../tape/tape.js';
import { type Comparison, exchanged, products, projectSteps } from './attention-scores.js';

/** What a comparison by heads is made of. */
export interface HeadOptions {
  readonly heads: number;
  /** Width of all heads together, and of the output. Default: that of the query. */
  readonly units?: number;
  /** What scores are multiplied by. Default 1 / √(units / heads). */
  readonly scale?: number;
  /** Whether the four projections have biases. Default true. */
  readonly bias?: boolean;
  readonly kernelInitializer: Initializer;
}

/** A comparison whose result is projected. */
export interface HeadComparison extends Comparison {
  readonly units: number;
  /** [T, B, units] → [T, B, units] */
  project(tape: Tape, weights: Weights, context: Tensor): Tensor;
}

/**
 * Query, memory (as keys) and memory (as values) are each projected to `units` columns, of which head n has the n-th share;
 * what the heads give is joined, and projected once more. The parameters are those of PyTorch's MultiheadAttention,
 * transposed.
 * @throws ShapeError where the units cannot be shared out among the heads
 */
export function compareByHeads(
  kind: string,
  { heads, units: given, scale: factor, bias = true, kernelInitializer: initial }: HeadOptions,
  { query, memory }: { readonly query: number; readonly memory: number },
): HeadComparison {
  const units = given ?? query;
  const width = units / heads;
  if (!Number.isInteger(width)) {
    const whose = given === undefined ? "the query's features" : 'the units';
    throw new ShapeError(`${kind}: ${whose}, ${units}, cannot be shared out among ${heads} heads`);
  }
  const scale = factor ?? 1 / Math.sqrt(width);
  const projection = (name: string, inputs: number) => ({
    [`${name}Kernel`]: { shape: [inputs, units], initial },
    ...(bias && { [`${name}Bias`]: { shape: [units], initial: 'zeros' as const } }),
  });
  /** [T, B, units] → [B · heads, T, width] */
  const apart = (tape: Tape, x: Tensor) => {
    const [T, B] = x.shape;
    return exchanged(tape, tape.reshape(x, [T, B * heads, width]));
  };
  return {
    heads,
    units,
    parameters: {
      ...projection('query', query),
      ...projection('key', memory),
      ...projection('value', memory),
      ...projection('output', units),
    },
    ready(tape, weights, steps) {
      const keys = apart(tape, projectSteps(tape, steps, weights.keyKernel, weights.keyBias));
      const values = apart(tape, projectSteps(tape, steps, weights.valueKernel, weights.valueBias));
      const scores = (q: Tensor) => {
        const queries = projectSteps(tape, q, weights.queryKernel, weights.queryBias);
        return products(tape, apart(tape, tape.affine(queries, scale)), keys);
      };
      return { values, scores };
    },
    project: (tape, weights, context) =>
      projectSteps(tape, context, weights.outputKernel, weights.outputBias),
  };
}
