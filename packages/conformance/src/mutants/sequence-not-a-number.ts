/* Fused scans and CTC losses that hide NaN, or spread that of padding. */
import { composeCtc, composeScan, ctcKernel, scanKernel } from './baseline-sequences.js';
import { fused, validSteps } from './kernels.js';
import { compute, type Mutant } from './mutant.js';
import { cleaned } from './not-a-number.js';

const HIDDEN = 'NaN is replaced by 0';

const scanOfCleaned = (name: 'a' | 'b' | 'initialState'): Mutant =>
  fused(`scan: NaN in ${name}`, HIDDEN, 'not-numbers: scan', (right) => ({
    scan: scanKernel(right, {
      forward(tape, spec, args) {
        const x = args[name];
        return composeScan(tape, spec, x ? { ...args, [name]: cleaned(tape, x) } : args);
      },
    }),
  }));

export const sequencesHidingNaN: Mutant[] = [
  ...(['a', 'b', 'initialState'] as const).map(scanOfCleaned),
  fused('scan: NaN in the gradients', HIDDEN, 'not-numbers: scan', (right) => ({
    scan: scanKernel(right, {
      seeds: (tape, { y, state }) => ({
        ...(y && { y: cleaned(tape, y) }),
        ...(state && { state: cleaned(tape, state) }),
      }),
    }),
  })),
  fused('scan: NaN past the lengths', 'y is masked by a product with 0', 'not-numbers: scan', (right) => ({
    scan: scanKernel(right, {
      forward(tape, spec, args) {
        const result = composeScan(tape, spec, args);
        const valid = validSteps(tape, args.lengths, spec.time);
        if (!valid || spec.reverse) return result;
        const { y } = composeScan(tape, spec, { ...args, lengths: undefined });
        return { ...result, y: tape.mul(y, valid) };
      },
      differentiated: composeScan,
    }),
  })),
  fused('ctc: NaN in the logits', HIDDEN, 'not-numbers: ctc', (right) => ({
    ctc: ctcKernel(right, (tape, spec, args) =>
      composeCtc(tape, spec, { ...args, logits: cleaned(tape, args.logits) }),
    ),
  })),
  fused('ctc: NaN in dLosses', HIDDEN, 'not-numbers: ctc', (right, { ctc }) => ({
    ctc: {
      ...ctc,
      backward(spec, args, outputs, dLosses) {
        const clean = compute(right, (tape) => cleaned(tape, dLosses));
        const result = ctc.backward(spec, args, outputs, clean);
        right.free(clean);
        return result;
      },
    },
  })),
  fused(
    'ctc: NaN past the lengths',
    'the logits of padding are multiplied by 0',
    'not-numbers: ctc',
    (right) => ({
      ctc: ctcKernel(
        right,
        (tape, spec, args) => {
          const padding = tape.affine(tape.reshape(tape.sum(args.logits, [0, 2]), [spec.batch]), 0);
          return tape.add(composeCtc(tape, spec, args), padding);
        },
        composeCtc,
      ),
    }),
  ),
];
