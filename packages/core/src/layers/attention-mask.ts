/* Which steps of a memory an attention looks at. */
import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';
import type { Lengths, Signal } from './layer.js';
import { validSteps } from './steps.js';

/**
 * What is added to the score of a step that is not seen: exp of it, less the largest score of a row, is 0 in float32 too,
 * and it is finite, as not every backend has infinities.
 */
const UNSEEN = -1e30;
/**
 * The same for a step that is still to come. It is lower, so that where every earlier step is masked the weights go to
 * these, which {@link Sight.seen} then takes away, and not to steps to come.
 */
const TO_COME = 2 * UNSEEN;

/** What the steps of a query see of a memory. */
export interface Sight {
  /** [B or 1, 1, Tq or 1, Tm]: what is added to the scores; absent: 0. */
  readonly bias?: Tensor;
  /** [Tq or 1, B, 1]: 0 at the steps of the query that see nothing, or are padding, else 1; absent: 1. */
  readonly seen?: Tensor;
}

/** Whose sight it is. */
export interface Looking {
  /** Steps of the query. */
  readonly steps: number;
  /** The query's lengths. */
  readonly lengths?: Lengths;
  /** Step t sees only the first t + 1 steps of the memory. */
  readonly causal?: boolean;
}

/** What each step of a query sees of `memory` [Tm, B, M]: the steps that are valid and not masked. */
export function sightOf(tape: Tape, memory: Signal, { steps, lengths, causal = false }: Looking): Sight {
  const [Tm, B] = memory.value.shape;
  const biases: Tensor[] = [];
  const factors: Tensor[] = [];
  if (causal) biases.push(constant(tape, [1, 1, steps, Tm], ([, , t, s]) => (s > t ? TO_COME : 0)));
  if (lengths) factors.push(validSteps(tape, lengths.rows, steps));
  if (memory.mask) {
    const mask = tape.reshape(tape.transpose(memory.mask, [1, 0]), [B, 1, 1, Tm]);
    biases.push(tape.affine(mask, -UNSEEN, UNSEEN));
    const before = constant(tape, [causal ? steps : 1, Tm], ([t, s]) => (causal && s > t ? 0 : 1));
    const count = tape.matmul(before, memory.mask);
    factors.push(tape.step(tape.reshape(count, [...count.shape, 1])));
  } else if (memory.lengths) {
    const { rows } = memory.lengths;
    biases.push(constant(tape, [B, 1, 1, Tm], ([b, , , s]) => (s < rows[b] ? 0 : UNSEEN)));
    if (rows.includes(0)) factors.push(constant(tape, [1, B, 1], ([, b]) => (rows[b] > 0 ? 1 : 0)));
  }
  return {
    bias: biases.length > 0 ? biases.reduce((a, b) => tape.add(a, b)) : undefined,
    seen: factors.length > 0 ? factors.reduce((a, b) => tape.mul(a, b)) : undefined,
  };
}

/** A constant, each element `f` of its index. */
function constant(tape: Tape, shape: readonly number[], f: (index: readonly number[]) => number): Tensor {
  const index = shape.map(() => 0);
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let i = 0; i < data.length; i++) {
    data[i] = f(index);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0;
  }
  return tape.constant(data, shape);
}
