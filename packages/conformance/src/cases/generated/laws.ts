/* The laws over generated layers, sizes and lengths. */
import { bidirectional, gru, type Layer, lstm, type RecurrentLayer, rnn } from '@recurra/core';
import fc from 'fast-check';
import type { Check } from '../../check.js';
import { type GeneratedCase, generatedCase, numbersFrom } from '../../generation.js';
import { chunks, padding, permutation, reversal, type Subject, stack } from '../../laws.js';
import { random } from '../../numbers.js';

const group = 'generated/laws';
const upTo = (max: number, min = 1) => fc.integer({ min, max });

const kinds = {
  rnn: (options: object, units: number) => rnn({ units, returnSequences: true, ...options }),
  lstm: (options: object, units: number) => lstm({ units, returnSequences: true, ...options }),
  gru: (options: object, units: number) => gru({ units, returnSequences: true, ...options }),
  'gru, resetAfter: false': (options: object, units: number) =>
    gru({ units, resetAfter: false, returnSequences: true, ...options }),
  'lstm, projection, peepholes': (options: object, units: number) =>
    lstm({ units, projection: 3, peepholes: true, returnSequences: true, ...options }),
};
const kind = fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[]));

interface Example {
  readonly kind: keyof typeof kinds;
  readonly units: number;
  readonly shape: readonly [time: number, batch: number, features: number];
  readonly lengths: readonly number[];
  readonly seed: number;
}

const examples: fc.Arbitrary<Example> = fc.tuple(upTo(9), upTo(6), upTo(5)).chain(([time, batch, features]) =>
  fc.record({
    kind,
    units: upTo(20),
    shape: fc.constant([time, batch, features] as const),
    lengths: fc.array(upTo(time, 0), { minLength: batch, maxLength: batch }),
    seed: numbersFrom,
  }),
);

function subjectOf({ kind, units, shape, lengths, seed }: Example): Subject {
  return {
    make: (options = {}): RecurrentLayer => kinds[kind](options, units),
    x: random(shape, seed),
    lengths,
  };
}

/** The same, with the steps at which a sequence is cut. */
const cut = examples.chain((example) => {
  const [time] = example.shape;
  return fc.record({
    example: fc.constant(example),
    cuts: fc.uniqueArray(upTo(time), { maxLength: 4 }),
  });
});

const mixed = examples.chain((example) => {
  const rows = example.lengths.map((_, row) => row);
  return fc.record({
    example: fc.constant(example),
    order: fc.shuffledSubarray(rows, { minLength: rows.length }),
  });
});

const stacks = fc.record({
  layers: fc.array(fc.record({ kind, units: upTo(6), both: fc.boolean() }), { minLength: 1, maxLength: 3 }),
  time: upTo(5),
  batch: upTo(4),
  seed: numbersFrom,
});

const law = <E>(
  name: string,
  examples: fc.Arbitrary<E>,
  prove: (check: Check, example: E) => Promise<void>,
) => generatedCase(group, name, examples, prove);

export const generatedLaws: readonly GeneratedCase[] = [
  law('a sequence in chunks equals the whole', cut, (check, { example, cuts }) => {
    const ends = [...new Set([...cuts, example.shape[0]])].sort((a, b) => a - b);
    return chunks(
      check,
      subjectOf(example),
      ends.map((end, i) => end - (ends[i - 1] ?? 0)),
    );
  }),
  law('reversed twice is the identity', examples, (check, example) => reversal(check, subjectOf(example))),
  law('padding changes nothing', examples, (check, example) => {
    const { make, ...on } = subjectOf(example);
    return padding(check, bidirectional(make()), on);
  }),
  law('a permuted batch gives the permuted result', mixed, (check, { example, order }) => {
    const { make, ...on } = subjectOf(example);
    return permutation(check, bidirectional(make()), on, order);
  }),
  law('a stack equals its layers one by one', stacks, (check, { layers, time, batch, seed }) =>
    stack(
      check,
      layers.map(({ kind, units, both }): Layer => {
        const layer = kinds[kind]({}, units);
        return both ? bidirectional(layer) : layer;
      }),
      random([time, batch, 3], seed),
    ),
  ),
];
