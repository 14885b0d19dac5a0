/*
 * Correct scan and CTC kernels for a backend that has only the required operations: as in baseline-kernels.ts, each runs
 * core's composition on a separate tape, and backward differentiates that tape.
 */
import { type Backend, type Tape, type Tensor, withTape } from '@recurra/core';
import {
  type CtcInputs,
  type CtcKernel,
  type CtcSpec,
  ctcLosses,
  type ScanInputs,
  type ScanKernel,
  type ScanSpec,
  scan,
} from '@recurra/core/backend';

type ScanResult = { readonly y: Tensor; readonly state: Tensor };
type ScanGradients = ReturnType<ScanKernel['backward']>;
type ScanSeeds = Parameters<ScanKernel['backward']>[3];

/** The parts of a scan kernel that a mutant may replace. */
export interface ScanChange {
  /** The computation of forward, which backward differentiates. */
  forward?(tape: Tape, spec: ScanSpec, inputs: ScanInputs): ScanResult;
  /** The computation that backward differentiates, if other than that of forward. */
  differentiated?: ScanChange['forward'];
  /** Changes the gradients of the outputs before backward begins. */
  seeds?(tape: Tape, seeds: ScanSeeds, spec: ScanSpec, inputs: ScanInputs): ScanSeeds;
  /** Changes the gradients that backward computed. */
  gradients?(tape: Tape, result: ScanGradients, spec: ScanSpec, inputs: ScanInputs): ScanGradients;
}

/** Core's composition, on a tape without fused kernels. */
export const composeScan: NonNullable<ScanChange['forward']> = (tape, { reverse }, inputs) =>
  scan(tape, inputs, { reverse });

export function scanKernel(right: Backend, change: ScanChange = {}): ScanKernel {
  const { forward = composeScan, differentiated = forward } = change;
  return {
    declines: () => undefined,
    prepare: async () => {},
    forward: (spec, inputs) =>
      withTape(right, (tape) => {
        const { y, state } = forward(tape, spec, inputs);
        return { y: copied(tape, y), state: copied(tape, state), saved: [] };
      }),
    backward: (spec, inputs, _outputs, outputGradients) =>
      withTape(right, (tape) => {
        const { a, b, initialState } = inputs;
        const variables = [a, b, ...(initialState ? [initialState] : [])];
        for (const variable of variables) tape.watch(variable);
        const outputs = differentiated(tape, spec, inputs);
        const seeds = change.seeds?.(tape, outputGradients, spec, inputs) ?? outputGradients;
        const [da, db, dInitial] = tape.gradients(
          (['y', 'state'] as const).flatMap((name) => {
            const seed = seeds[name];
            return seed ? [[outputs[name], seed] as const] : [];
          }),
          variables,
        );
        const result = { a: da, b: db, ...(dInitial && { initialState: dInitial }) };
        const changed = change.gradients?.(tape, result, spec, inputs) ?? result;
        return {
          a: copied(tape, changed.a),
          b: copied(tape, changed.b),
          ...(changed.initialState && { initialState: copied(tape, changed.initialState) }),
        };
      }),
  };
}

/** The computation of a CTC kernel. */
export type CtcComposition = (tape: Tape, spec: CtcSpec, inputs: CtcInputs) => Tensor;

export const composeCtc: CtcComposition = (tape, { blank }, inputs) => ctcLosses(tape, inputs, blank);

/** A CTC kernel whose forward pass computes `forward`, and whose backward pass differentiates `differentiated`. */
export function ctcKernel(right: Backend, forward = composeCtc, differentiated = forward): CtcKernel {
  return {
    declines: () => undefined,
    prepare: async () => {},
    forward: (spec, inputs) =>
      withTape(right, (tape) => ({ losses: copied(tape, forward(tape, spec, inputs)), saved: [] })),
    backward: (spec, inputs, _outputs, dLosses) =>
      withTape(right, (tape) => {
        tape.watch(inputs.logits);
        const [gradient] = tape.gradients([[differentiated(tape, spec, inputs), dLosses]], [inputs.logits]);
        return copied(tape, gradient);
      }),
  };
}

/** Copies a tensor that the kernel returns, because the computed tensor may be an argument or another result. */
export function copied(tape: Tape, x: Tensor): Tensor {
  return tape.keep(tape.affine(x, 1));
}
