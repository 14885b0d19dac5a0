import type { Tensor } from '@recurra/core';
import {
  activationKind,
  type RecurrentKernel,
  type RecurrentSpec,
  whyNotPlainCell,
} from '@recurra/core/backend';
import type { Arrays, Kernel } from '../memory.js';
import { type Cell, cellOf } from './cells.js';
import { place } from './place.js';
import { multiply } from './product.js';
import { inputGradient, weightGradients } from './recurrent-gradients.js';
import type { WalkForm } from './walk.js';
import { backwardWalk } from './walk-backward.js';
import { forwardWalk } from './walk-forward.js';

/** How a sequence is walked: {@link walkForm} chooses, save where a test does. */
export type ChooseForm = (arrays: Arrays, spec: RecurrentSpec, cell: Cell) => WalkForm;

/** A recurrent layer over a whole sequence: one product before the walk, and one for each gradient after the walk back. */
export function recurrent(arrays: Arrays, chooseForm: ChooseForm = walkForm): RecurrentKernel {
  const { create, free, work } = arrays;

  return {
    declines: (spec) =>
      spec.time === 0 || spec.batch === 0 ? 'nothing to walk over' : whyNotPlainCell(spec),

    forward: (spec, inputs) =>
      work(() => {
        const cell = cellOf(spec);
        const { time, batch, inputSize, units, training } = spec;
        const width = cell.gates * units;
        const { x, weights, initialState, lengths } = inputs;
        const { kernel, recurrentKernel, bias, recurrentBias } = weights;

        const gates = create([time, batch, width]);
        multiply(arrays, {
          c: { tensor: gates, row: width },
          a: { tensor: x, row: inputSize },
          b: { tensor: kernel, row: width },
          bias,
          size: [time * batch, width, inputSize],
        });
        const kept = create([cell.savesMore ? 2 : 1, time, batch, units]);
        const start = (spec.reverse ? time - 1 : 0) * batch * units;
        for (let i = 0; i < cell.states; i++) {
          place(arrays, kept, i * time * batch * units + start, batch * units, initialState?.[i]);
        }
        const y = create([time, batch, units]);
        const state = Array.from({ length: cell.states }, () => create([batch, units]));
        const form = chooseForm(arrays, spec, cell);
        const options = [recurrentBias !== undefined];
        walk(arrays, spec, form, {
          name: 'forward',
          options,
          phases: cell.forward.length,
          steps: time,
          code: (phase) => forwardWalk(cell, form, recurrentBias !== undefined, phase),
          buffers: [gates, kept, recurrentKernel, y, ...state, ...given(recurrentBias), ...given(lengths)],
        });
        if (training) return { y, state, saved: [gates, kept] };
        free(gates);
        free(kept);
        return { y, state, saved: [] };
      }),

    backward: (spec, inputs, { saved: [gates, kept] }, gradients) =>
      work(() => {
        const cell = cellOf(spec);
        const { time, batch, units } = spec;
        const width = cell.gates * units;
        const { weights, initialState, lengths } = inputs;

        const da = create([time, batch, width]);
        const du = cell.apart ? create([time, batch, width]) : da;
        const dState = Array.from({ length: cell.states }, () => create([batch, units]));
        for (const [i, tensor] of dState.entries()) {
          place(arrays, tensor, 0, batch * units, gradients.state[i]);
        }
        const form = chooseForm(arrays, spec, cell);
        const dy = gradients.y;
        walk(arrays, spec, form, {
          name: 'backward',
          options: [dy !== undefined],
          phases: cell.backward.length,
          steps: initialState ? time + 1 : time,
          code: (phase) => backwardWalk(cell, form, dy !== undefined, phase),
          buffers: [
            gates,
            kept,
            weights.recurrentKernel,
            da,
            ...(cell.apart ? [du] : []),
            ...dState,
            ...given(dy),
            ...given(lengths),
          ],
        });
        const found = {
          x: spec.inputGradient ? inputGradient(arrays, spec, inputs, da) : undefined,
          weights: weightGradients(arrays, spec, inputs, { kept, da, du }),
          initialState: initialState && dState,
        };
        free(da);
        if (cell.apart) free(du);
        if (!initialState) dState.forEach(free);
        return found;
      }),
  };
}

/** The kernels of a walk: one dispatch, or one for each phase of each step. */
function walk(
  { dispatch }: Arrays,
  spec: RecurrentSpec,
  form: WalkForm,
  way: {
    readonly name: 'forward' | 'backward';
    readonly options: readonly boolean[];
    readonly phases: number;
    readonly steps: number;
    readonly code: (phase: number) => string;
    readonly buffers: Kernel['buffers'];
  },
): void {
  const { lanes, rows, lengths, whole } = form;
  const { cell, activation, resetAfter, time, batch, reverse } = spec;
  const width = spec.units / lanes;
  const kind = [
    cell,
    cell === 'rnn' && activationKind(activation),
    cell === 'gru' && resetAfter,
    way.name,
    ...way.options,
  ];
  const key = [...kind, lanes, rows, lengths, whole?.room, whole?.invocations].join(' ');
  const run = (phase: number, step: number, workgroups: Kernel['workgroups']) =>
    dispatch({
      program: { key: `${key} ${phase}`, code: () => way.code(phase) },
      buffers: way.buffers,
      uniforms: { u32: [time, batch, width, Number(reverse), step] },
      workgroups,
    });
  const tiles = Math.ceil(batch / rows);
  if (whole) {
    run(0, way.steps, [tiles]);
    return;
  }
  for (let step = 0; step < way.steps; step++) {
    // The last step of a walk back beyond the sequence has only the first phase.
    const phases = step < time ? way.phases : 1;
    for (let phase = 0; phase < phases; phase++)
      run(phase, step, [Math.ceil(width / 8), Math.ceil(tiles / 4)]);
  }
}

const given = (x: Tensor | undefined) => (x ? [x] : []);

/** A dispatch of more steps could take seconds, and a driver may take it for hung. */
const MOST_STEPS = 1024;
/** Of more rows a software adapter makes more workgroups than it has cores, for which a dispatch a step is as quick. */
const FEW_ROWS = 16;
/** From more units than these U is not near a workgroup, and all of a GPU should read it. */
const FEW_UNITS = 256;

/** A software adapter wants many rows to a load, and few invocations, as barriers are dear; a GPU many invocations. */
function walkForm({ software, limits }: Arrays, spec: RecurrentSpec, { gates }: Cell): WalkForm {
  const { time, batch, units, lengths } = spec;
  const lanes = units % 4 === 0 ? 4 : 1;
  const rows = software ? rowsFor(batch) : 1;
  const threads = software ? 8 : Math.ceil(units / lanes / 32) * 32;
  // Rounded up, so that layers of nearly the same size share a pipeline: to compile one takes longer than to run it.
  const room = Math.ceil(units / 32) * 32;
  const bytes = 2 * rows * gates * room * Float32Array.BYTES_PER_ELEMENT;
  const fits = bytes <= limits.maxComputeWorkgroupStorageSize && time <= MOST_STEPS;
  const quicker = software ? batch <= FEW_ROWS : units <= FEW_UNITS;
  const invocations = Math.min(threads, limits.maxComputeInvocationsPerWorkgroup);
  return { lanes, rows, lengths, ...(fits && quicker && { whole: { room, invocations } }) };
}

function rowsFor(batch: number): number {
  if (batch > 4) return 8;
  return batch > 1 ? 4 : 1;
}
