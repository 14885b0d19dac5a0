import type { CtcInputs, CtcKernel, CtcSpec } from '@recurra/core/backend';
import { F } from './fields.js';
import type { Context } from './memory.js';

/**
 * Connectionist temporal classification: T frames, B rows, C classes, L labels. Saves the forward variables of all frames, and of each
 * frame its largest logit and its total.
 */
export function ctc({ native, get, result, resultIfAny }: Context): CtcKernel {
  const { shared, ctcForward, ctcBackward } = native;

  /** Writes the arguments that both passes have. */
  const write = (spec: CtcSpec, { logits, targets, lengths, targetLengths }: CtcInputs) => {
    shared[F.time] = spec.time;
    shared[F.batch] = spec.batch;
    shared[F.classes] = spec.classes;
    shared[F.labels] = spec.labels;
    shared[F.blank] = spec.blank;
    shared[F.x] = get(logits);
    shared[F.targets] = get(targets);
    shared[F.lengths] = get(lengths);
    shared[F.targetLengths] = get(targetLengths);
  };

  return {
    declines: () => undefined,

    forward(spec, inputs) {
      const { time, batch, labels, training } = spec;
      write(spec, inputs);
      shared[F.training] = Number(training);
      ctcForward();
      const alphas = resultIfAny(F.saved, [batch, time + 1, 2 * widthOf(labels)]);
      const totals = resultIfAny(F.totals, [batch, time, 2]);
      return { losses: result(F.y, [batch]), saved: alphas && totals ? [alphas, totals] : [] };
    },

    backward(spec, inputs, { saved: [alphas, totals] }, dLosses) {
      write(spec, inputs);
      shared[F.saved] = get(alphas);
      shared[F.totals] = get(totals);
      shared[F.dY] = get(dLosses);
      ctcBackward();
      return result(F.dX, [spec.time, spec.batch, spec.classes]);
    },
  };
}

/** The size of each half of the forward variables of a frame, as in addon/operations/ctc.cpp. */
function widthOf(labels: number): number {
  return Math.ceil((labels + 1) / 16) * 16 + 2;
}
