/*
 * Recurrent layers with generated sizes, options, lengths and states: fused and composed, outputs and all gradients are
 * those of the reference, with gradients wanted or not, and nothing that was given is changed.
 */
import { gru, type Layer, lstm, rnn } from '@recurra/core';
import fc from 'fast-check';
import { provesFusedAndComposed } from '../../fused-and-composed.js';
import { type GeneratedCase, generatedCase, largeSize, numbersFrom } from '../../generation.js';
import { layerProblem } from '../../layer-problem.js';

const upTo = (max: number, min = 1) => fc.integer({ min, max });

/** Few steps of small rows, or fewer of rows that cross the edges of tiles; or one of the sizes is large. */
const sizes = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ time: upTo(1, 0), batch: upTo(1, 0), inputSize: upTo(3), units: upTo(3) }),
  },
  { weight: 4, arbitrary: fc.record({ time: upTo(6), batch: upTo(5), inputSize: upTo(6), units: upTo(6) }) },
  {
    weight: 1,
    arbitrary: fc.record({ time: upTo(3), batch: upTo(20), inputSize: upTo(40), units: upTo(40) }),
  },
  ...(['time', 'batch', 'inputSize', 'units'] as const).map((large) => ({
    weight: 1,
    arbitrary: fc.record({
      ...{ time: upTo(4), batch: upTo(3), inputSize: upTo(4), units: upTo(4) },
      [large]: largeSize,
    }),
  })),
);

/** Sizes, and what goes with them. */
const runs = sizes.chain(({ time, batch, ...widths }) =>
  fc.record({
    time: fc.constant(time),
    batch: fc.constant(batch),
    inputSize: fc.constant(widths.inputSize),
    units: fc.constant(widths.units),
    lengths: fc.option(fc.array(upTo(time, 0), { minLength: batch, maxLength: batch }), { nil: undefined }),
    initialState: fc.boolean(),
    seed: numbersFrom,
  }),
);

const plain = { returnSequences: fc.boolean(), goBackwards: fc.boolean(), bias: fc.boolean() };
const further = {
  clip: fc.constantFrom(0.3, 1),
  layerNorm: fc.boolean(),
  dropout: fc.constant(0.3),
  recurrentDropout: fc.constant(0.3),
};

/** Half of them with such options alone as kernels are likely to fuse. */
function optionsOf<Options>(own: { [Name in keyof Options]: fc.Arbitrary<Options[Name]> }) {
  return fc.oneof(
    fc.record(plain),
    fc.record({ ...plain, ...further, ...own }, { requiredKeys: ['returnSequences'] }),
  );
}

function cell<Options>(
  name: string,
  options: fc.Arbitrary<Options>,
  make: (options: Options & { units: number }) => Layer,
): GeneratedCase {
  return generatedCase(
    'generated/recurrent',
    name,
    fc.record({ run: runs, options }),
    (check, { run: { time, batch, inputSize, units, ...run }, options }) =>
      provesFusedAndComposed(
        check,
        layerProblem(make({ ...options, units }), {
          kind: 'sequence',
          shape: [time, batch, inputSize],
          ...run,
        }),
      ),
  );
}

export const generatedRecurrent: readonly GeneratedCase[] = [
  cell('rnn', optionsOf({ activation: fc.constantFrom('tanh', 'relu') }), rnn),
  cell('lstm', optionsOf({ projection: upTo(5), peepholes: fc.boolean() }), lstm),
  cell('gru', optionsOf({}), gru),
  cell('gru, resetAfter: false', optionsOf({}), (options) => gru({ ...options, resetAfter: false })),
];
