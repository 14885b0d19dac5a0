import type { Activation } from '../contract/activation.js';
import type { Tensor } from '../contract/tensor.js';
import { activate } from '../tape/activate.js';
import type { Tape } from '../tape/tape.js';
import type { CellRun, Weights } from './cell.js';

/** The options of {@link slstmCell}. */
export interface SlstmCell {
  /** The number of heads; the recurrent matrix is block-diagonal. */
  readonly heads: number;
  /** The activation of the candidate. */
  readonly activation: Activation;
  /** The activation of the forget gate. */
  readonly forgetGate: 'sigmoid' | 'exponential';
}

/**
 * sLSTM (Beck et al. 2024), gates i, f, z, o; state h, c, n, m. The input gate is exponential. With m, the running maximum of
 * the gates' logarithms, c and n hold the paper's c and n times exp(−m), so nothing overflows and h does not change. An n of 0,
 * as in an initial state of zeros, stands for an empty memory; after the first step, n is at least 1.
 */
export function slstmCell(tape: Tape, weights: Weights, cell: SlstmCell): CellRun {
  const recur = recurrentProduct(tape, weights.recurrentKernel);
  return {
    project(x) {
      const product = tape.matmul(x, weights.kernel);
      return weights.bias ? tape.add(product, weights.bias) : product;
    },
    step(x, [h, c, n, m], watch) {
      const H = h.shape[1];
      const [i, f, z, o] = tape.split(tape.add(x, recur(h)), [H, H, H, H], 1);
      const candidate = activate(tape, z, cell.activation);
      const outputGate = tape.sigmoid(o);
      const logForget =
        cell.forgetGate === 'sigmoid' ? tape.affine(tape.softplus(tape.affine(f, -1)), -1) : f;
      const carried = tape.select(n, tape.add(m, logForget), i);
      const maximum = tape.maximum(carried, i);
      const forgetGate = tape.exp(tape.sub(carried, maximum));
      const inputGate = tape.exp(tape.sub(i, maximum));
      const memory = tape.add(tape.mul(forgetGate, c), tape.mul(inputGate, candidate));
      const normalizer = tape.add(tape.mul(forgetGate, n), inputGate);
      watch?.({ inputGate, forgetGate, candidate, outputGate, cell: memory, normalizer, maximum });
      return [tape.mul(outputGate, tape.div(memory, normalizer)), memory, normalizer, maximum];
    },
  };
}

/** Returns the product of h [B, H] with the blocks [heads, H/heads, 4·H/heads] as [B, 4·H], gate by gate. */
function recurrentProduct(tape: Tape, blocks: Tensor): (h: Tensor) => Tensor {
  const [heads, size, width] = blocks.shape;
  if (heads === 1) {
    const kernel = tape.reshape(blocks, [size, width]);
    return (h) => tape.matmul(h, kernel);
  }
  return (h) => {
    const [B, H] = h.shape;
    const byHead = tape.transpose(tape.reshape(h, [B, heads, size]), [1, 0, 2]);
    const product = tape.reshape(tape.matmul(byHead, blocks), [heads, B, 4, size]);
    return tape.reshape(tape.transpose(product, [1, 2, 0, 3]), [B, 4 * H]);
  };
}
