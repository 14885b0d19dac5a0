/* The scores of attention without heads. */
import type { Parameter, Weights } from '../cells/cell.js';
import type { Tensor } from '../contract/tensor.js';
import { ShapeError } from '../errors.js';
import type { Initializer } from '../initializers.js';
import { denseRows } from '../kernels/dense.js';
import type { Tape } from '../tape/tape.js';

/**
 * The score of a query q and a step m of a memory: `dot` is q · m and `general` q W · m (Luong et al. 2015), `additive` is
 * v · tanh(q W + m U) (Bahdanau et al. 2015).
 */
export type Score = 'dot' | 'general' | 'additive';

/** The tensors of a memory that do not depend on the query, computed once. */
export interface PreparedMemory {
  /** The values of the memory, whose weighted sum is the result, [B · heads, Tm, D]. */
  readonly values: Tensor;
  /** Returns the scores of a query [Tq, B, Q], [B · heads, Tq, Tm]. */
  scores(query: Tensor): Tensor;
}

/** A score function for a query and a memory of known widths. */
export interface ScoreFunction {
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** The number of heads; 1 without heads. */
  readonly heads: number;
  /** Computes the tensors that do not depend on the query. @param memory [Tm, B, M] */
  prepare(tape: Tape, weights: Weights, memory: Tensor): PreparedMemory;
}

/** The options of {@link scoreFunction}. */
export interface ScoreOptions {
  readonly score: Score;
  /** The width of the argument of tanh, for score 'additive'. Default: the width of the query. */
  readonly units?: number;
  /** A factor of the scores. Default 1. */
  readonly scale?: number;
  readonly kernelInitializer: Initializer;
}

/**
 * Creates a score function without heads.
 * @param kind the layer's kind, for messages
 * @throws ShapeError for score 'dot' if query and memory have different widths
 */
export function scoreFunction(
  kind: string,
  { score, units, scale = 1, kernelInitializer: initial }: ScoreOptions,
  { query, memory }: { readonly query: number; readonly memory: number },
): ScoreFunction {
  const heads = 1;
  const scaled = (tape: Tape, x: Tensor) => (scale === 1 ? x : tape.affine(x, scale));
  switch (score) {
    case 'dot':
      if (query !== memory) {
        throw new ShapeError(
          `${kind}: score 'dot' needs a query and a memory of the same width, not ${query} and ${memory}; use 'general'`,
        );
      }
      return {
        heads,
        parameters: {},
        prepare(tape, _, steps) {
          const values = swapFirstAxes(tape, steps);
          const scores = (q: Tensor) => pairwiseProducts(tape, swapFirstAxes(tape, scaled(tape, q)), values);
          return { values, scores };
        },
      };
    case 'general':
      return {
        heads,
        parameters: { kernel: { shape: [query, memory], initial, int8: 'dense' } },
        prepare(tape, { kernel }, steps) {
          const values = swapFirstAxes(tape, steps);
          const scores = (q: Tensor) => {
            const projected = projectSteps(tape, q, kernel);
            return pairwiseProducts(tape, swapFirstAxes(tape, scaled(tape, projected)), values);
          };
          return { values, scores };
        },
      };
    case 'additive': {
      const width = units ?? query;
      return {
        heads,
        parameters: {
          queryKernel: { shape: [query, width], initial, int8: 'dense' },
          memoryKernel: { shape: [memory, width], initial, int8: 'dense' },
          scoreKernel: { shape: [width, 1], initial },
        },
        prepare(tape, { queryKernel, memoryKernel, scoreKernel }, steps) {
          const values = swapFirstAxes(tape, steps);
          const [B, Tm] = values.shape;
          const keys = tape.reshape(projectSteps(tape, values, memoryKernel), [B, 1, Tm, width]);
          const vector = scaled(tape, scoreKernel);
          const scores = (q: Tensor) => {
            const [Tq] = q.shape;
            const queries = swapFirstAxes(tape, projectSteps(tape, q, queryKernel));
            const sums = tape.add(tape.reshape(queries, [B, Tq, 1, width]), keys);
            const hidden = tape.tanh(tape.reshape(sums, [B * Tq * Tm, width]));
            return tape.reshape(tape.matmul(hidden, vector), [B, Tq, Tm]);
          };
          return { values, scores };
        },
      };
    }
  }
}

/** Computes x [A, B, F] · kernel [F, U] + bias [U] → [A, B, U]. */
export function projectSteps(tape: Tape, x: Tensor, kernel: Tensor, bias?: Tensor): Tensor {
  return denseRows(tape, { x, kernel, bias }, 'linear');
}

/** Swaps the first two axes: [A, B, F] → [B, A, F]. */
export function swapFirstAxes(tape: Tape, x: Tensor): Tensor {
  const [a, b, features] = x.shape;
  return a === 1 || b === 1 ? tape.reshape(x, [b, a, features]) : tape.transpose(x, [1, 0, 2]);
}

/** Computes the dot product of every query with every key: [N, Tq, D], [N, Tm, D] → [N, Tq, Tm]. */
export function pairwiseProducts(tape: Tape, queries: Tensor, keys: Tensor): Tensor {
  return tape.matmul(queries, keys, { transposeB: true });
}
