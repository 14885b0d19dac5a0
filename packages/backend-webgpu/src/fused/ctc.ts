import type { CtcKernel, CtcSpec } from '@recurra/core/backend';
import type { Context, Kernel } from '../memory.js';
import { invocationsPerRow, rowWorkgroups } from '../row-reduction.js';
import { elementWorkgroups, workgroups } from '../wgsl.js';
import { backwardCode, forwardCode, LABEL_GRADIENT, normalizerCode, SOFTMAX_GRADIENT } from './ctc-code.js';

/**
 * Connectionist temporal classification. One dispatch has all steps, forward and backward, with one workgroup for each row of
 * the batch, whose invocations share the states. Saves the normalizers of the softmax [T, B] and the probabilities of the states
 * [T, B, 2 · L + 1, 2].
 */
export function ctc(context: Context): CtcKernel {
  const { create, free, scoped, dispatch, compileAhead, limits, software } = context;

  const sweep = (
    spec: CtcSpec,
    name: 'forward' | 'backward',
    buffers: Kernel['buffers'],
    code: (invocations: number) => string,
  ) => {
    const { batch, labels } = spec;
    const most = Math.min(256, limits.maxComputeInvocationsPerWorkgroup);
    const invocations = software ? 8 : Math.min(most, 32 * Math.ceil((2 * labels + 1) / 32));
    dispatch({
      program: { key: `ctc ${name} ${invocations}`, code: () => code(invocations) },
      buffers,
      uniforms: uniformsOf(spec, batch),
      workgroups: workgroups(batch),
    });
  };

  const kernel: CtcKernel = {
    declines({ time, batch, classes, labels, training }) {
      if (time * batch * classes === 0) return 'a dimension of 0';
      const bytes = 8 * slotsOf({ time, training }) * batch * (2 * labels + 1);
      const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
      return bytes > most
        ? `the states of all steps need ${bytes} bytes, but a buffer holds at most ${most}`
        : undefined;
    },

    forward: (spec, { logits, targets, lengths, targetLengths }) =>
      scoped(() => {
        const { time, batch, classes, labels, training } = spec;
        const normalizers = create([time, batch]);
        const perRow = invocationsPerRow(time * batch, classes);
        dispatch({
          program: { key: `ctc normalizers ${perRow}`, code: () => normalizerCode(perRow) },
          buffers: [logits, normalizers],
          uniforms: { u32: [time * batch, classes], f32: [-Infinity] },
          workgroups: rowWorkgroups(time * batch, perRow),
        });
        const alphas = create([slotsOf(spec), batch, 2 * labels + 1, 2]);
        const losses = create([batch]);
        const buffers = [logits, normalizers, targets, lengths, targetLengths, alphas, losses];
        sweep(spec, 'forward', buffers, forwardCode);
        if (training) return { losses, saved: [normalizers, alphas] };
        free(normalizers);
        free(alphas);
        return { losses, saved: [] };
      }),

    backward: (
      spec,
      { logits, targets, lengths, targetLengths },
      { saved: [normalizers, states] },
      dLosses,
    ) =>
      scoped(() => {
        const { time, batch, classes, labels } = spec;
        const ahead = create([2, batch, 2 * labels + 1, 2]);
        const buffers = [logits, normalizers, targets, lengths, targetLengths, states, ahead];
        sweep(spec, 'backward', buffers, backwardCode);
        free(ahead);
        const dLogits = create([time, batch, classes]);
        dispatch({
          program: { key: 'ctc softmax gradient', code: () => SOFTMAX_GRADIENT },
          buffers: [logits, normalizers, lengths, dLosses, dLogits],
          uniforms: { u32: [time * batch * classes, batch, classes] },
          workgroups: elementWorkgroups(time * batch * classes),
        });
        dispatch({
          program: { key: 'ctc label gradient', code: () => LABEL_GRADIENT },
          buffers: [targets, lengths, targetLengths, states, dLosses, dLogits],
          uniforms: uniformsOf(spec, time * batch),
          workgroups: elementWorkgroups(time * batch),
        });
        return dLogits;
      }),

    prepare: (spec) =>
      compileAhead(() => {
        const { time, batch, classes, labels } = spec;
        const inputs = {
          logits: create([time, batch, classes]),
          targets: create([batch, labels]),
          lengths: create([batch]),
          targetLengths: create([batch]),
        };
        const outputs = kernel.forward(spec, inputs);
        if (spec.training) kernel.backward(spec, inputs, outputs, create([batch]));
      }),
  };
  return kernel;
}

/** The steps whose states are stored: all of them for a backward pass, else this one and the last. */
const slotsOf = ({ time, training }: Pick<CtcSpec, 'time' | 'training'>) => (training ? time : 2);

const uniformsOf = (spec: CtcSpec, count: number) => ({
  u32: [count, spec.batch, spec.classes, spec.labels, spec.blank, slotsOf(spec)],
});
