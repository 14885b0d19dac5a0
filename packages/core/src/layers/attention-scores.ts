/* How an attention of one head compares a query with a memory. */
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

/** A memory that is ready for queries: what depends on it alone is computed. */
export interface ReadyMemory {
  /** What the weights are of, [B · heads, Tm, D]. */
  readonly values: Tensor;
  /** The scores of a query [Tq, B, Q]: [B · heads, Tq, Tm]. */
  scores(query: Tensor): Tensor;
}

/** A way to compare, the widths of query and memory known. */
export interface Comparison {
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** How many comparisons are made side by side. */
  readonly heads: number;
  /** @param memory [Tm, B, M] */
  ready(tape: Tape, weights: Weights, memory: Tensor): ReadyMemory;
}

/** What a comparison by one of the scores is made of. */
export interface ScoreOptions {
  readonly score: Score;
  /** Width of what tanh sees, of the score 'additive'. Default: that of the query. */
  readonly units?: number;
  /** What scores are multiplied by. Default 1. */
  readonly scale?: number;
  readonly kernelInitializer: Initializer;
}

/**
 * The comparison by a score.
 * @param kind of the layer, for messages
 * @throws ShapeError for score 'dot' of a query and a memory of different widths
 */
export function compareBy(
  kind: string,
  { score, units, scale = 1, kernelInitializer: initial }: ScoreOptions,
  { query, memory }: { readonly query: number; readonly memory: number },
): Comparison {
  const heads = 1;
  const scaled = (tape: Tape, x: Tensor) => (scale === 1 ? x : tape.affine(x, scale));
  switch (score) {
    case 'dot':
      if (query !== memory) {
        throw new ShapeError(
          `${kind}: score 'dot' needs a query and a memory of the same width, not ${query} and ${memory}; 'general' takes both`,
        );
      }
      return {
        heads,
        parameters: {},
        ready(tape, _, steps) {
          const values = exchanged(tape, steps);
          const scores = (q: Tensor) => products(tape, exchanged(tape, scaled(tape, q)), values);
          return { values, scores };
        },
      };
    case 'general':
      return {
        heads,
        parameters: { kernel: { shape: [query, memory], initial } },
        ready(tape, { kernel }, steps) {
          const values = exchanged(tape, steps);
          const scores = (q: Tensor) => {
            const projected = projectSteps(tape, q, kernel);
            return products(tape, exchanged(tape, scaled(tape, projected)), values);
          };
          return { values, scores };
        },
      };
    case 'additive': {
      const width = units ?? query;
      return {
        heads,
        parameters: {
          queryKernel: { shape: [query, width], initial },
          memoryKernel: { shape: [memory, width], initial },
          scoreKernel: { shape: [width, 1], initial },
        },
        ready(tape, { queryKernel, memoryKernel, scoreKernel }, steps) {
          const values = exchanged(tape, steps);
          const [B, Tm] = values.shape;
          const keys = tape.reshape(projectSteps(tape, values, memoryKernel), [B, 1, Tm, width]);
          const vector = scaled(tape, scoreKernel);
          const scores = (q: Tensor) => {
            const [Tq] = q.shape;
            const queries = exchanged(tape, projectSteps(tape, q, queryKernel));
            const sums = tape.add(tape.reshape(queries, [B, Tq, 1, width]), keys);
            const seen = tape.tanh(tape.reshape(sums, [B * Tq * Tm, width]));
            return tape.reshape(tape.matmul(seen, vector), [B, Tq, Tm]);
          };
          return { values, scores };
        },
      };
    }
  }
}

/** x [A, B, F] · kernel [F, U] + bias [U] → [A, B, U]. */
export function projectSteps(tape: Tape, x: Tensor, kernel: Tensor, bias?: Tensor): Tensor {
  const [a, b, features] = x.shape;
  const rows = denseRows(tape, { x: tape.reshape(x, [a * b, features]), kernel, bias }, 'linear');
  return tape.reshape(rows, [a, b, kernel.shape[1]]);
}

/** [A, B, F] → [B, A, F] */
export function exchanged(tape: Tape, x: Tensor): Tensor {
  const [a, b, features] = x.shape;
  return a === 1 || b === 1 ? tape.reshape(x, [b, a, features]) : tape.transpose(x, [1, 0, 2]);
}

/** Each query with each key: [N, Tq, D], [N, Tm, D] → [N, Tq, Tm]. */
export function products(tape: Tape, queries: Tensor, keys: Tensor): Tensor {
  return tape.matmul(queries, keys, { transposeB: true });
}
