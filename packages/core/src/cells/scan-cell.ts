/* Cells without a recurrent product: h' = a ⊙ h + b, where a and b depend only on the input (Feng et al. 2024). */
import type { Activation } from '../contract/activation.js';
import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';
import type { CellValues } from './cell.js';

/** How a cell computes a and b; it works on any number of steps at once. */
export interface ScanCell {
  /** The activations of the gates, in the order of the kernel's columns, before that of the candidate, which is last. */
  readonly gates: readonly Activation[];
  /** Computes a and b [N, H] from the gates and the candidate, each [N, H], after their activations. */
  coefficients(
    tape: Tape,
    gates: readonly Tensor[],
    watch?: (values: CellValues) => void,
  ): { readonly a: Tensor; readonly b: Tensor };
}

/** minGRU, gates z, h: h' = (1 − z) ⊙ h + z ⊙ h̃. */
export const minGruCell: ScanCell = {
  gates: ['sigmoid'],
  coefficients(tape, [updateGate, candidate], watch) {
    watch?.({ updateGate, candidate });
    return { a: tape.affine(updateGate, -1, 1), b: tape.mul(updateGate, candidate) };
  },
};

/**
 * minLSTM, gates f, i, h: h' = f/(f + i) ⊙ h + i/(f + i) ⊙ h̃. As f/(f + i) = σ(log f − log i), nothing is divided by a sum of
 * gates that underflows.
 */
export const minLstmCell: ScanCell = {
  gates: ['linear', 'linear'],
  coefficients(tape, [f, i, candidate], watch) {
    watch?.({ forgetGate: tape.sigmoid(f), inputGate: tape.sigmoid(i), candidate });
    /** −log σ(x) */
    const negativeLog = (x: Tensor) => tape.softplus(tape.affine(x, -1));
    const a = tape.sigmoid(tape.sub(negativeLog(i), negativeLog(f)));
    return { a, b: tape.mul(tape.affine(a, -1, 1), candidate) };
  },
};
