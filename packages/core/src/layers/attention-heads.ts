/* The scores of multi-head attention (Vaswani et al. 2017). */
import type { Weights } from '../cells/cell.js';
import type { Tensor } from '../contract/tensor.js';
import { ShapeError } from '../errors.js';
import type { Initializer } from '../initializers.js';
import type { Tape } from '../tape/tape.js';
import { pairwiseProducts, projectSteps, type ScoreFunction, swapFirstAxes } from './attention-scores.js';

/** The options of multi-head attention. */
export interface HeadOptions {
  readonly heads: number;
  /** The width of all heads together, and of the output. Default: the width of the query. */
  readonly units?: number;
  /** A factor of the scores. Default 1 / √(units / heads). */
  readonly scale?: number;
  /** Add a bias to each of the four projections. Default true. */
  readonly bias?: boolean;
  readonly kernelInitializer: Initializer;
}

/** The score function of multi-head attention. */
export interface MultiHead extends ScoreFunction {
  /** The width of all heads together. */
  readonly units: number;
  /** The output projection: [T, B, units] → [T, B, units]. */
  project(tape: Tape, weights: Weights, context: Tensor): Tensor;
}

/**
 * Multi-head attention: the queries, keys and values are projections of query and memory to `units` columns each, which
 * are split evenly among the heads. The parameters are those of PyTorch's MultiheadAttention, transposed.
 * @throws ShapeError if `units` is not divisible by `heads`
 */
export function multiHead(
  kind: string,
  { heads, units: requested, scale: factor, bias = true, kernelInitializer: initial }: HeadOptions,
  { query, memory }: { readonly query: number; readonly memory: number },
): MultiHead {
  const units = requested ?? query;
  const width = units / heads;
  if (!Number.isInteger(width)) {
    const name = requested === undefined ? 'the width of the query' : 'units';
    throw new ShapeError(`${kind}: ${name}, ${units}, must be divisible by heads, ${heads}`);
  }
  const scale = factor ?? 1 / Math.sqrt(width);
  const projection = (name: string, inputs: number) => ({
    [`${name}Kernel`]: { shape: [inputs, units], initial, int8: 'dense' as const },
    ...(bias && { [`${name}Bias`]: { shape: [units], initial: 'zeros' as const } }),
  });
  /** [T, B, units] → [B · heads, T, width] */
  const splitHeads = (tape: Tape, x: Tensor) => {
    const [T, B] = x.shape;
    return swapFirstAxes(tape, tape.reshape(x, [T, B * heads, width]));
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
    prepare(tape, weights, steps) {
      const keys = splitHeads(tape, projectSteps(tape, steps, weights.keyKernel, weights.keyBias));
      const values = splitHeads(tape, projectSteps(tape, steps, weights.valueKernel, weights.valueBias));
      const scores = (q: Tensor) => {
        const queries = projectSteps(tape, q, weights.queryKernel, weights.queryBias);
        return pairwiseProducts(tape, splitHeads(tape, tape.affine(queries, scale)), keys);
      };
      return { values, scores };
    },
    project: (tape, weights, context) =>
      projectSteps(tape, context, weights.outputKernel, weights.outputBias),
  };
}
