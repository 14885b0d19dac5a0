/* What the three built-in cells share. */

import type { RecurrentInputs, RecurrentSpec } from '../contract/fused.js';
import type { Tensor } from '../contract/tensor.js';
import { clamp } from '../tape/activate.js';
import { normalize } from '../tape/normalize.js';
import type { Tape } from '../tape/tape.js';
import type { CellRun } from './cell.js';

/** Makes a built-in cell ready for one sequence. */
export type CellStart = (tape: Tape, spec: RecurrentSpec, inputs: RecurrentInputs) => CellRun;

const layerNormEpsilon = 1e-5;

/** x·W + b for all gates and steps; with layer normalisation, LN(x·W)·gain + b. */
export function projectInput(
  tape: Tape,
  spec: RecurrentSpec,
  { weights }: RecurrentInputs,
): (x: Tensor) => Tensor {
  return (x) => {
    const product = normalizeGates(tape, spec, tape.matmul(x, weights.kernel), weights.inputGain);
    return weights.bias ? tape.add(product, weights.bias) : product;
  };
}

/** Each gate's product `[N, H]` of `[N, G·H]` normalised by itself and scaled by `gain [G·H]`; as it is without a gain. */
export function normalizeGates(
  tape: Tape,
  spec: RecurrentSpec,
  product: Tensor,
  gain: Tensor | undefined,
): Tensor {
  if (!gain) return product;
  const [rows, width] = product.shape;
  const gates = tape.reshape(product, [rows, width / spec.units, spec.units]);
  return tape.mul(tape.reshape(normalize(tape, gates, layerNormEpsilon), [rows, width]), gain);
}

/** Layer normalisation of the cell state on its way out. */
export function normalizeCell(tape: Tape, c: Tensor, gain: Tensor, bias: Tensor): Tensor {
  return tape.add(tape.mul(normalize(tape, c, layerNormEpsilon), gain), bias);
}

/** The state as the recurrent product sees it: under the dropout mask, which is the same at every step (Gal & Ghahramani 2016). */
export function maskState(tape: Tape, h: Tensor, mask: Tensor | undefined): Tensor {
  return mask ? tape.mul(h, mask) : h;
}

/** A pre-activation held within ±clip; 0 is no bound. */
export function clipGate(tape: Tape, gate: Tensor, clip: number): Tensor {
  return clip > 0 ? clamp(tape, gate, -clip, clip) : gate;
}
