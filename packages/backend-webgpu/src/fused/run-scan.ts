import { activationKind, type RecurrentSpec } from '@recurra/core/backend';
import type { Context, Kernel } from '../memory.js';
import type { ScanOptions } from './scan.js';
import { type ScanForm, unitsPerLoad, workgroupsOf } from './scan-division.js';

/** A forward or backward scan. */
export interface Scan {
  readonly name: 'forward' | 'backward';
  /** What its code depends on, in addition to the cell, the form and the phase. */
  readonly options: readonly boolean[];
  /** The number of phases of a step. */
  readonly phases: number;
  /** One more than the steps of the sequence for a backward scan that needs the gradient of the initial state. */
  readonly steps: number;
  readonly code: (phase: number, options: ScanOptions) => string;
  readonly buffers: Kernel['buffers'];
}

/** Runs a scan: one dispatch, or one for each phase of each step. */
export function runScan({ dispatchSteps }: Context, spec: RecurrentSpec, form: ScanForm, scan: Scan): void {
  const { cell, activation, resetAfter, time, batch, units, reverse, lengths, training } = spec;
  const { name, phases, steps, code, buffers } = scan;
  const options: ScanOptions = { form, vectorSize: unitsPerLoad(form, units), lengths };
  const key = [
    cell,
    cell === 'rnn' && activationKind(activation),
    cell === 'gru' && resetAfter,
    ...[name, ...scan.options, ...Object.values(form), options.vectorSize, lengths],
  ].join(' ');
  const programs = (count: number) =>
    Array.from({ length: count }, (_, phase) => ({
      key: `${key} ${phase}`,
      code: () => code(phase, options),
    }));
  const uniforms = (step: number) => ({
    u32: [time, batch, units / options.vectorSize, Number(reverse), Number(training), step],
  });
  const [x, y] = workgroupsOf(form, batch, units);
  if (form.kind === 'sequence') {
    dispatchSteps({ programs: programs(1), buffers, uniforms: [uniforms(steps)], workgroups: [x, y] });
    return;
  }
  // The additional step of a backward scan has only the first phase.
  const dispatches = phases * time + (steps - time);
  dispatchSteps({
    programs: programs(phases),
    buffers,
    uniforms: Array.from({ length: dispatches }, (_, i) => uniforms(Math.floor(i / phases))),
    workgroups: [x, y],
  });
}
