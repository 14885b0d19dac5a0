/* Helpers that the three built-in cells share. */

import type { RecurrentInputs, RecurrentSpec } from '../contract/fused.js';
import type { Tensor } from '../contract/tensor.js';
import { clamp } from '../tape/activate.js';
import { normalize } from '../tape/normalize.js';
import type { Tape } from '../tape/tape.js';
import type { CellRun } from './cell.js';

/** Prepares a built-in cell for one sequence. */
export type CellStart = (tape: Tape, spec: RecurrentSpec, inputs: RecurrentInputs) => CellRun;

const layerNormEpsilon = 1e-5;

/** Computes x·W + b for all gates and steps or, with layer normalisation, LN(x·W)·gain + b. */
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

/**
 * Normalises each gate's part `[N, H]` of a product `[N, G·H]` separately, and scales it by `gain [G·H]`. Without a
 * gain, the product is returned unchanged.
 */
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

/** Layer normalisation of the cell state before the output gate. */
export function normalizeCell(tape: Tape, c: Tensor, gain: Tensor, bias: Tensor): Tensor {
  return tape.add(tape.mul(normalize(tape, c, layerNormEpsilon), gain), bias);
}

/**
 * Applies the dropout mask to the state before the recurrent product. The mask is the same at every step (Gal &
 * Ghahramani 2016).
 */
export function maskState(tape: Tape, h: Tensor, mask: Tensor | undefined): Tensor {
  return mask ? tape.mul(h, mask) : h;
}

/** Clips a pre-activation to ±clip; 0 for no clipping. */
export function clipGate(tape: Tape, gate: Tensor, clip: number): Tensor {
  return clip > 0 ? clamp(tape, gate, -clip, clip) : gate;
}
