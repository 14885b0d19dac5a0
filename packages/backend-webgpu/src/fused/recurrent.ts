import type { Tensor } from '@recurra/core';
import {
  type RecurrentInputs,
  type RecurrentKernel,
  type RecurrentOutputGradients,
  type RecurrentOutputs,
  type RecurrentSpec,
  whyNotPlainCell,
} from '@recurra/core/backend';
import { product } from '../matmul.js';
import type { Context } from '../memory.js';
import { cellOf } from './cells.js';
import { copyRange } from './copy-range.js';
import type { Pass } from './form-class.js';
import { inputGradient, weightGradients } from './recurrent-gradients.js';
import { runScan } from './run-scan.js';
import { backwardScan } from './scan-backward.js';
import type { ScanForm } from './scan-division.js';
import { type ForwardOptions, forwardScan } from './scan-forward.js';

/** Chooses how the scan of a pass is divided into work. */
export type ChooseForm = (spec: RecurrentSpec, pass: Pass) => ScanForm;

/**
 * A recurrent layer over a whole sequence: one product before the scan, and one for each gradient after the backward scan.
 * T steps, B rows, I inputs, H units, G gates.
 */
export function recurrent(context: Context, chooseForm: ChooseForm): RecurrentKernel {
  const { create, free, scoped, compileAhead } = context;

  const kernel: RecurrentKernel = {
    declines: (spec) => (spec.time === 0 || spec.batch === 0 ? 'an empty sequence' : whyNotPlainCell(spec)),

    forward: (spec, inputs) =>
      scoped(() => {
        const cell = cellOf(spec);
        const { time, batch, inputSize, units, sequence, training } = spec;
        const width = cell.gates * units;
        const { x, weights, initialState, lengths } = inputs;
        const { kernel, recurrentKernel, bias, recurrentBias } = weights;

        const gates = create([time, batch, width]);
        product(context, {
          c: { tensor: gates, rowStride: width },
          a: { tensor: x, rowStride: inputSize },
          b: { tensor: kernel, rowStride: width },
          bias,
          size: [time * batch, width, inputSize],
        });
        const states = create([cell.savesExtra ? 2 : 1, time, batch, units]);
        const start = (spec.reverse ? time - 1 : 0) * batch * units;
        for (let i = 0; i < cell.states; i++) {
          copyRange(context, states, i * time * batch * units + start, batch * units, initialState?.[i]);
        }
        const y = sequence ? create([time, batch, units]) : undefined;
        const state = Array.from({ length: cell.states }, () => create([batch, units]));
        const options: ForwardOptions = { recurrentBias: recurrentBias !== undefined, sequence };
        runScan(context, spec, chooseForm(spec, 'forward'), {
          name: 'forward',
          options: Object.values(options),
          phases: cell.forward.length,
          steps: time,
          code: (phase, scan) => forwardScan(cell, scan, options, phase),
          buffers: [
            ...[gates, states, recurrentKernel],
            ...optional(y),
            ...state,
            ...optional(recurrentBias),
            ...optional(lengths),
          ],
        });
        if (training) return { y, state, saved: [gates, states] };
        free(gates);
        free(states);
        return { y, state, saved: [] };
      }),

    backward: (spec, inputs, { saved: [gates, states] }, gradients) =>
      scoped(() => {
        const cell = cellOf(spec);
        const { time, batch, units } = spec;
        const width = cell.gates * units;
        const { weights, initialState, lengths } = inputs;

        const da = create([time, batch, width]);
        const du = cell.separateRecurrentGradient ? create([time, batch, width]) : da;
        const dState = Array.from({ length: cell.states }, () => create([batch, units]));
        for (const [i, tensor] of dState.entries()) {
          copyRange(context, tensor, 0, batch * units, gradients.state[i]);
        }
        const dy = gradients.y;
        runScan(context, spec, chooseForm(spec, 'backward'), {
          name: 'backward',
          options: [dy !== undefined],
          phases: cell.backward.length,
          steps: initialState ? time + 1 : time,
          code: (phase, scan) => backwardScan(cell, scan, dy !== undefined, phase),
          buffers: [
            ...[gates, states, weights.recurrentKernel, da],
            ...(cell.separateRecurrentGradient ? [du] : []),
            ...dState,
            ...optional(dy),
            ...optional(lengths),
          ],
        });
        const result = {
          x: spec.inputGradient ? inputGradient(context, spec, inputs, da) : undefined,
          weights: weightGradients(context, spec, inputs, { states, da, du }),
          initialState: initialState && dState,
        };
        free(da);
        if (cell.separateRecurrentGradient) free(du);
        if (!initialState) dState.forEach(free);
        return result;
      }),

    prepare: (spec) =>
      compileAhead(() => {
        const inputs = createInputs(context, spec);
        const outputs = kernel.forward(spec, inputs);
        if (!spec.training) return;
        kernel.backward(spec, inputs, outputs, gradientsFor(context, outputs));
      }),
  };
  return kernel;
}

/** Tensors for the gradients of outputs. The layer above usually reads either every output or the final state's h. */
export function gradientsFor(
  { create }: Pick<Context, 'create'>,
  { y, state: [h] }: RecurrentOutputs,
): RecurrentOutputGradients {
  return y ? { y: create(y.shape), state: [] } : { state: [create(h.shape)] };
}

/** Tensors for the inputs of a request. */
export function createInputs({ create }: Pick<Context, 'create'>, spec: RecurrentSpec): RecurrentInputs {
  const { time, batch, inputSize, units } = spec;
  const { gates, states, separateRecurrentGradient } = cellOf(spec);
  const width = gates * units;
  return {
    x: create([time, batch, inputSize]),
    weights: {
      kernel: create([inputSize, width]),
      recurrentKernel: create([units, width]),
      ...(spec.bias && { bias: create([width]) }),
      // Only a GRU with the reset gate after the product has a separate recurrent bias.
      ...(spec.bias && separateRecurrentGradient && { recurrentBias: create([width]) }),
    },
    ...(spec.initialState && {
      initialState: Array.from({ length: states }, () => create([batch, units])),
    }),
    ...(spec.lengths && { lengths: create([batch]) }),
  };
}

export const optional = (x: Tensor | undefined) => (x ? [x] : []);
