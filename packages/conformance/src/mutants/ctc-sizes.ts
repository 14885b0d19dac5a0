/* Fused CTC losses that are wrong above some size, as when a loop over blocks ends too early. */
import type { Tape, Tensor } from '@recurra/core';
import { type CtcComposition, composeCtc } from './baseline-sequences.js';
import { ctcMutant } from './ctc.js';
import { detached, firstOnly } from './kernels.js';
import type { Mutant } from './mutant.js';

const sized = (
  size: string,
  what: string,
  first: string,
  forward: CtcComposition,
  differentiated = forward,
): Mutant => ctcMutant(size, what, forward, differentiated, `kernels/ctc: ${first}`);

/** The first `limit` elements of an axis have a gradient. */
function partlyDetached(tape: Tape, x: Tensor, axis: number, limit: number): Tensor {
  const size = x.shape[axis];
  if (size <= limit) return x;
  const [first, rest] = tape.split(x, [limit, size - limit], axis);
  return tape.concat([first, detached(tape, rest)], axis);
}

const LABELS = {
  31: 'labels at',
  32: 'labels at',
  63: 'labels at',
  127: 'labels past',
  128: 'labels past',
  255: 'labels past',
};

export const ctcSizes: Mutant[] = [
  ...Object.entries(LABELS).map(([limit, first]) =>
    sized(`${limit} labels`, 'labels past the limit are left out', first, (tape, spec, args) =>
      composeCtc(tape, spec, {
        ...args,
        targetLengths: tape.minimum(args.targetLengths, tape.fill([1], Number(limit))),
      }),
    ),
  ),
  ...[32, 64, 256, 512].map((limit) =>
    sized(
      `${limit} frames`,
      'frames past the limit are left out',
      limit < 256 ? 'frames at' : 'labels past',
      (tape, spec, args) =>
        composeCtc(tape, spec, { ...args, lengths: tape.minimum(args.lengths, tape.fill([1], limit)) }),
    ),
  ),
  ...[64, 256].map((limit) =>
    sized(
      `gradient of ${limit} frames`,
      'frames past the limit have no gradient',
      limit < 256 ? 'frames at' : 'labels past',
      composeCtc,
      (tape, spec, args) =>
        composeCtc(tape, spec, { ...args, logits: partlyDetached(tape, args.logits, 0, limit) }),
    ),
  ),
  ...[16, 64, 256].map((limit) =>
    sized(
      `gradient of ${limit} classes`,
      'classes past the limit have no gradient',
      'classes',
      composeCtc,
      (tape, spec, args) =>
        composeCtc(tape, spec, { ...args, logits: partlyDetached(tape, args.logits, 2, limit) }),
    ),
  ),
  ...[32, 64].map((limit) =>
    sized(`${limit} rows`, 'rows past the limit have no loss', 'rows', (tape, spec, args) =>
      firstOnly(tape, composeCtc(tape, spec, args), 0, limit),
    ),
  ),
];
