import type { Shape, Tensor } from '@recurra/core';
import type { ScanKernel, ScanSpec } from '@recurra/core/backend';
import type { Context, Kernel } from '../memory.js';
import { workgroups } from '../wgsl.js';
import { copyRange } from './copy-range.js';
import { backwardCode, forwardCode } from './linear-scan-code.js';
import { type LinearScanForm, linearScanForm } from './linear-scan-form.js';

/**
 * The scan h_t = a_t ⊙ h_{t−1} + b_t: one dispatch forward, and one backward, which computes the states' gradients from the
 * last step to the first. It saves nothing: the backward pass reads y.
 *
 * @param chooseForm divides a scan into invocations; tests choose other forms
 */
export function linearScan(context: Context, chooseForm: typeof linearScanForm = linearScanForm): ScanKernel {
  const { create, scoped, compileAhead } = context;
  const run = (
    name: 'forward' | 'backward',
    spec: ScanSpec,
    buffers: Kernel['buffers'],
    options: readonly boolean[],
    code: (form: LinearScanForm) => string,
  ) => {
    const { time, batch, units, reverse } = spec;
    const form = chooseForm(context, spec);
    const { vectorSize, chunks, channels } = form;
    const width = units / vectorSize;
    // A backward pass takes the steps in the opposite order.
    const fromEnd = reverse === (name === 'forward');
    context.dispatch({
      program: {
        key: ['scan', name, vectorSize, chunks, channels, ...options].join(' '),
        code: () => code(form),
      },
      buffers,
      uniforms: { u32: [time, batch, width, Number(fromEnd), Math.ceil(time / chunks)] },
      workgroups: workgroups(Math.ceil((batch * width) / channels)),
    });
  };

  const kernel: ScanKernel = {
    declines: ({ time, batch, units }) => (time * batch * units === 0 ? 'an empty sequence' : undefined),

    forward: (spec, { a, b, initialState, lengths }) =>
      scoped(() => {
        const y = create(a.shape);
        const state = create([spec.batch, spec.units]);
        const buffers = [a, b, y, state, ...optional(initialState), ...optional(lengths)];
        run('forward', spec, buffers, [spec.lengths, spec.initialState], (form) => forwardCode(form, spec));
        return { y, state, saved: [] };
      }),

    backward: (spec, { a, initialState, lengths }, { y }, gradients) =>
      scoped(() => {
        const { batch, units } = spec;
        const [da, db] = [create(a.shape), create(a.shape)];
        let dState: Tensor | undefined;
        if (initialState || gradients.state) {
          dState = create([batch, units]);
          copyRange(context, dState, 0, batch * units, gradients.state);
        }
        const given = { dy: gradients.y !== undefined, dState: dState !== undefined };
        run(
          'backward',
          spec,
          [
            ...[a, y, da, db],
            ...optional(initialState),
            ...optional(gradients.y),
            ...optional(dState),
            ...optional(lengths),
          ],
          [spec.lengths, spec.initialState, given.dy, given.dState],
          (form) => backwardCode(form, { ...spec, ...given }),
        );
        if (dState && !initialState) context.free(dState);
        return { a: da, b: db, ...(initialState && { initialState: dState }) };
      }),

    prepare: (spec) =>
      compileAhead(() => {
        const { time, batch, units } = spec;
        const all: Shape = [time, batch, units];
        const inputs = {
          a: create(all),
          b: create(all),
          ...(spec.initialState && { initialState: create([batch, units]) }),
          ...(spec.lengths && { lengths: create([batch]) }),
        };
        const outputs = kernel.forward(spec, inputs);
        // The layer above reads either every output or the final state.
        if (!spec.training) return;
        kernel.backward(spec, inputs, outputs, { y: create(all) });
        kernel.backward(spec, inputs, outputs, { state: create([batch, units]) });
      }),
  };
  return kernel;
}

const optional = (x: Tensor | undefined) => (x ? [x] : []);
