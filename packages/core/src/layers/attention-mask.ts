/* The masks of attention: they exclude steps of the memory. */
import { sizeOf, type Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';
import type { Lengths, Signal } from './layer.js';
import { validSteps } from './steps.js';

/**
 * This number is added to the score of a masked step. After softmax, which subtracts the largest score, the weight is exactly 0 in
 * float32. The number is finite because not every backend has infinities.
 */
const MASKED = -1e30;
/**
 * With `causal`, this number is added to the score of a later step. It is lower than {@link MASKED}: if all earlier steps are
 * masked, softmax then gives weight to those, which {@link AttentionMask.output} sets to zero, and not to later steps.
 */
const LATER = 2 * MASKED;

/** The masks of an attention. */
export interface AttentionMask {
  /** A tensor that is added to the scores, [B or 1, 1, Tq or 1, Tm]; undefined if nothing is masked. */
  readonly bias?: Tensor;
  /**
   * The mask of the output, [Tq or 1, B, 1]: 0 at the steps of the query that are padding or for which every step of the
   * memory is masked, else 1. Undefined if it would be 1 everywhere.
   */
  readonly output?: Tensor;
}

/** The options of {@link attentionMask}. */
export interface AttentionMaskOptions {
  /** The number of steps of the query. */
  readonly querySteps: number;
  /** The lengths of the query. Default: none. */
  readonly queryLengths?: Lengths;
  /** Mask the steps of the memory after t, for step t of the query. Default false. */
  readonly causal?: boolean;
}

/** Creates the masks for a query and `memory` [Tm, B, M]. Masked steps and padding of the memory get weight 0. */
export function attentionMask(tape: Tape, memory: Signal, options: AttentionMaskOptions): AttentionMask {
  const { querySteps: Tq, queryLengths, causal = false } = options;
  const [Tm, B] = memory.value.shape;
  const biases: Tensor[] = [];
  const outputs: Tensor[] = [];
  if (causal) biases.push(constant(tape, [1, 1, Tq, Tm], ([, , t, s]) => (s > t ? LATER : 0)));
  if (queryLengths) outputs.push(validSteps(tape, queryLengths.rows, Tq));
  if (memory.mask) {
    const mask = tape.reshape(tape.transpose(memory.mask, [1, 0]), [B, 1, 1, Tm]);
    biases.push(tape.affine(mask, -MASKED, MASKED));
    const visible = constant(tape, [causal ? Tq : 1, Tm], ([t, s]) => (causal && s > t ? 0 : 1));
    const count = tape.matmul(visible, memory.mask);
    outputs.push(tape.step(tape.reshape(count, [...count.shape, 1])));
  } else if (memory.lengths) {
    const { rows } = memory.lengths;
    biases.push(constant(tape, [B, 1, 1, Tm], ([b, , , s]) => (s < rows[b] ? 0 : MASKED)));
    if (rows.includes(0)) outputs.push(constant(tape, [1, B, 1], ([, b]) => (rows[b] > 0 ? 1 : 0)));
  }
  return {
    bias: biases.length > 0 ? biases.reduce((a, b) => tape.add(a, b)) : undefined,
    output: outputs.length > 0 ? outputs.reduce((a, b) => tape.mul(a, b)) : undefined,
  };
}

/** Creates a constant whose elements `f` computes from their indices. */
function constant(tape: Tape, shape: readonly number[], f: (index: readonly number[]) => number): Tensor {
  const index = shape.map(() => 0);
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    data[i] = f(index);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0;
  }
  return tape.constant(data, shape);
}
