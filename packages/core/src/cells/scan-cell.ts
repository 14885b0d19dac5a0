/* Cells without a recurrent product: h' = a ⊙ h + b, where a and b depend only on the input (Feng et al. 2024). */
import type { Activation } from '../contract/activation.js';
import type { Tensor } from '../contract/tensor.js';
import { activate } from '../tape/activate.js';
import type { Tape } from '../tape/tape.js';
import type { CellValues } from './cell.js';

/** Computes a and b [N, H] from the pre-activations of the gates, each [N, H], for any number of steps at once. */
export type Coefficients = (
  tape: Tape,
  gates: readonly Tensor[],
  activation: Activation,
  watch?: (values: CellValues) => void,
) => { readonly a: Tensor; readonly b: Tensor };

/** minGRU, gates z, h: h' = (1 − z) ⊙ h + z ⊙ φ. */
export const minGruCoefficients: Coefficients = (tape, [z, h], activation, watch) => {
  const updateGate = tape.sigmoid(z);
  const candidate = activate(tape, h, activation);
  watch?.({ updateGate, candidate });
  return { a: tape.affine(updateGate, -1, 1), b: tape.mul(updateGate, candidate) };
};

/**
 * minLSTM, gates f, i, h: h' = f/(f + i) ⊙ h + i/(f + i) ⊙ φ. As f/(f + i) = σ(log f − log i), nothing is divided by a sum of
 * gates that underflows.
 */
export const minLstmCoefficients: Coefficients = (tape, [f, i, h], activation, watch) => {
  const candidate = activate(tape, h, activation);
  watch?.({ forgetGate: tape.sigmoid(f), inputGate: tape.sigmoid(i), candidate });
  /** −log σ(x) */
  const negativeLog = (x: Tensor) => tape.softplus(tape.affine(x, -1));
  const a = tape.sigmoid(tape.sub(negativeLog(i), negativeLog(f)));
  return { a, b: tape.mul(tape.affine(a, -1, 1), candidate) };
};
