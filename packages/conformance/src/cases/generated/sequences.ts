/* Scans and CTC losses of generated sizes, lengths and labels: fused and composed, they are as they are defined. */
import fc from 'fast-check';
import { ctcProblem } from '../../ctc-problem.js';
import { provesFusedAndComposed } from '../../fused-and-composed.js';
import { type GeneratedCase, generatedCase, largeSize, numbersFrom } from '../../generation.js';
import { scanProblem } from '../../scan-problem.js';

const group = 'generated/kernels';
const upTo = (max: number, min = 1) => fc.integer({ min, max });
const lengthsOf = (time: number, batch: number) =>
  fc.array(upTo(time, 0), { minLength: batch, maxLength: batch });

/** Few of each, or many of one. */
const scanShape = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(upTo(9, 0), upTo(5, 0), upTo(9)) },
  { weight: 1, arbitrary: fc.tuple(fc.oneof(largeSize, upTo(600)), upTo(2), upTo(3)) },
  { weight: 1, arbitrary: fc.tuple(upTo(4), largeSize, upTo(4)) },
  { weight: 1, arbitrary: fc.tuple(upTo(4), upTo(3), largeSize) },
);

const scans = generatedCase(
  group,
  'scan',
  scanShape.chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      lengths: fc.option(lengthsOf(shape[0], shape[1]), { nil: undefined }),
      reverse: fc.boolean(),
      initialState: fc.boolean(),
      range: fc.constantFrom([-1, 1] as const, [0, 1] as const, [0.9, 1] as const),
      seeded: fc.constantFrom(undefined, ['y'] as const, ['state'] as const),
      seed: numbersFrom,
    }),
  ),
  (check, run) => provesFusedAndComposed(check, scanProblem(run)),
);

/** Few frames, because each is composed of tens of calls; or more classes or rows. */
const ctcShape = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(upTo(9), upTo(4), upTo(6, 2)) },
  { weight: 1, arbitrary: fc.tuple(upTo(4), largeSize, upTo(4, 2)) },
  { weight: 1, arbitrary: fc.tuple(upTo(6), upTo(2), largeSize) },
);

const losses = generatedCase(
  group,
  'ctc',
  ctcShape.chain(([time, batch, classes]) =>
    fc.record({
      shape: fc.constant([time, batch, classes] as const),
      lengths: lengthsOf(time, batch),
      blank: upTo(classes - 1, 0),
      width: upTo(9, 6),
      padding: upTo(classes - 1, 0),
      reach: fc.constantFrom(1, 10, 100),
      seed: numbersFrom,
    }),
  ),
  (check, run) => provesFusedAndComposed(check, ctcProblem(run)),
);

export const generatedSequences: readonly GeneratedCase[] = [scans, losses];
