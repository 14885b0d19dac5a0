import type { CtcInputs, CtcKernel, CtcSpec } from '@recurra/core/backend';
import type { Context } from './memory.js';

/**
 * Connectionist temporal classification: T frames, B rows, C classes, L labels. Saves the forward variables of all frames, and of each
 * frame its largest logit and its total.
 */
export function ctc({ native, get, add, result }: Context): CtcKernel {
  const inputsOf = ({ logits, targets, lengths, targetLengths }: CtcInputs) =>
    [get(logits), get(targets), get(lengths), get(targetLengths)] as const;
  const sizesOf = ({ time, batch, classes, labels, blank }: CtcSpec) =>
    [time, batch, classes, labels, blank] as const;

  return {
    declines: () => undefined,

    forward(spec, inputs) {
      const { time, batch, labels, training } = spec;
      const losses = add(native.ctcForward(...inputsOf(inputs), ...sizesOf(spec), training), [batch]);
      const alphas = result(0, [batch, time + 1, 2 * widthOf(labels)]);
      const totals = result(1, [batch, time, 2]);
      return { losses, saved: alphas && totals ? [alphas, totals] : [] };
    },

    backward(spec, inputs, { saved: [alphas, totals] }, dLosses) {
      const { time, batch, classes } = spec;
      const saved = [get(alphas), get(totals), get(dLosses)] as const;
      return add(native.ctcBackward(...inputsOf(inputs), ...saved, ...sizesOf(spec)), [time, batch, classes]);
    },
  };
}

/** The size of each half of the forward variables of a frame, as in addon/operations/ctc.cpp. */
function widthOf(labels: number): number {
  return Math.ceil((labels + 1) / 16) * 16 + 2;
}
