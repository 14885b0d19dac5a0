import type { CtcKernel, CtcSpec } from '@recurra/core/backend';
import type { Context } from '../memory.js';
import { copier } from './copy.js';
import {
  ADVANCE,
  BACKWARD,
  FORWARD,
  gradientCode,
  LOSSES,
  normalizersCode,
  RETREAT,
  SHARE,
  START,
  totalsCode,
} from './ctc-code.js';
import { tall } from './texels.js';

/**
 * Connectionist temporal classification: one launch and one copy for each step, forward and backward. Saves the normalizers of
 * the softmax [T, B] and the probabilities of the S = 2 · L + 1 states, [T · B, S] texels.
 */
export function ctc(context: Context): CtcKernel {
  const { kernel, get, add, drop, blank, outputOf } = context;
  const copy = copier(context);
  const start = kernel('ctc start', () => ({ source: START, types: [], channels: 4 }));
  const forward = kernel('ctc forward', () => ({
    source: FORWARD,
    types: ['texture4', 'texture', 'texture', 'texture', 'vector4', 'number'],
    channels: 4,
    native: [ADVANCE],
  }));
  const losses = kernel('ctc losses', () => ({
    source: LOSSES,
    types: ['texture4', 'texture', 'texture', 'vector4'],
    native: [SHARE],
  }));
  const backward = kernel('ctc backward', () => ({
    source: BACKWARD,
    types: [
      ...(['texture4', 'texture4', 'texture', 'texture', 'texture', 'texture', 'texture'] as const),
      ...(['vector4', 'number'] as const),
    ],
    channels: 4,
    native: [RETREAT],
  }));

  return {
    declines({ time, batch, classes, labels }) {
      if (time * batch * classes === 0) return 'a dimension of 0';
      const longest = Math.max(time * batch, 2 * labels + 1);
      return longest > context.device.side
        ? `${longest} texels along a side, but a texture has at most ${context.device.side}`
        : undefined;
    },

    forward(spec, inputs) {
      const { time, batch, classes, training } = spec;
      const [logits, targets, lengths, targetLengths] = elementsOf(inputs);
      const normalizers = kernel(`ctc normalizers ${classes}`, () => ({
        source: normalizersCode(classes),
        types: ['texture', 'number'],
      }))(outputOf([time, batch]), logits, classes);
      const [states, step] = layoutOf(spec);
      const alphas = blank(states, tall(time * batch));
      let alpha = start(step);
      for (let t = 0; t < time; t++) {
        const next = forward(step, alpha, logits, normalizers, targets, sizesOf(spec), t);
        drop(alpha);
        alpha = next;
        copy(alpha, alphas, 0, t * batch, states, batch);
      }
      drop(alpha);
      const result = losses(outputOf([batch]), alphas, lengths, targetLengths, sizesOf(spec));
      if (!training) [normalizers, alphas].forEach(drop);
      const saved = training
        ? [add(normalizers, [time, batch]), add(alphas, [tall(time * batch), states, 4])]
        : [];
      return { losses: add(result, [batch]), saved };
    },

    backward(spec, inputs, { saved }, dLosses) {
      const { time, batch, classes, labels } = spec;
      const [logits, targets, lengths, targetLengths] = elementsOf(inputs);
      const [normalizers, alphas, gradients] = [...saved, dLosses].map(get);
      const [states, step] = layoutOf(spec);
      const sizes = sizesOf(spec);
      // Nothing reads it at a row's last step.
      let after = start(step);
      for (let t = time - 1; t >= 0; t--) {
        const rest = [logits, normalizers, targets, lengths, targetLengths, sizes, t] as const;
        const next = backward(step, alphas, after, ...rest);
        drop(after);
        after = next;
        copy(after, alphas, 0, t * batch, states, batch);
      }
      drop(after);
      const totals = kernel(`ctc totals ${states}`, () => ({
        source: totalsCode(states),
        types: ['texture4', 'number'],
        channels: 4,
        native: [SHARE],
      }))(outputOf([time, batch]), alphas, states);
      const gradient = kernel(`ctc gradient ${labels}`, () => ({
        source: gradientCode(labels),
        types: [
          ...(['texture4', 'texture4', 'texture', 'texture', 'texture', 'texture'] as const),
          ...(['texture', 'vector4'] as const),
        ],
        native: [SHARE],
      }));
      const shape = [time, batch, classes];
      const rest = [logits, normalizers, targets, lengths, gradients, sizes] as const;
      const dLogits = gradient(outputOf(shape), alphas, totals, ...rest);
      drop(totals);
      return add(dLogits, shape);
    },
  };

  function elementsOf({ logits, targets, lengths, targetLengths }: Parameters<CtcKernel['forward']>[1]) {
    return [logits, targets, lengths, targetLengths].map(get);
  }
}

const sizesOf = ({ batch, classes, labels, blank }: CtcSpec) => [batch, classes, labels, blank];

/** S, and the size of the texels of one step. */
const layoutOf = ({ batch, labels }: CtcSpec) => [2 * labels + 1, [2 * labels + 1, tall(batch)]] as const;
