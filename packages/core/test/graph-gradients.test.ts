/* The gradients of weights that several nodes share, against finite differences in float64. */
import { reference } from '@recurra/backend-reference';
import {
  add,
  apply,
  bidirectional,
  concat,
  dense,
  embedding,
  graph,
  gru,
  lstm,
  sequence,
  tokens,
  vector,
} from '@recurra/core';
import { it } from 'vitest';
import { gradientsAreRight } from './graph-checks.js';

const numbers = (count: number, width: number, seed: number) =>
  Array.from({ length: count }, (_, t) =>
    Array.from({ length: width }, (_, i) => Math.sin(7 * seed + 3 * t + i + 1)),
  );

/** Rows of unequal lengths. */
const sequences = [0, 1, 2].map((row) => ({
  x: { a: numbers(2 + row, 2, row), b: numbers(4 - row, 2, row + 5), start: numbers(1, 3, row)[0] },
  y: { y: numbers(1, 3, row + 9)[0] },
}));
const sentences = [0, 1, 2].map((row) => ({
  x: { a: [row, 1, 2].slice(0, 1 + row), b: [2, row], c: [row] },
  y: { y: numbers(1, 3, row)[0] },
}));

it.each([
  [
    'an embedding, used three times',
    () =>
      graph({ a: tokens(), b: tokens(), c: tokens() }, (inputs) => {
        const words = embedding({ inputDim: 3, outputDim: 2 });
        const ends = [inputs.a, inputs.b, inputs.c].map((x) => apply(gru({ units: 3 }), apply(words, x)));
        return { y: apply(add(), ends) };
      }),
    sentences,
  ],
  [
    'a dense layer, used three times, once on its own output',
    () =>
      graph({ a: sequence(2), b: sequence(2), start: vector(3) }, ({ a, b, start }) => {
        const same = dense({ units: 3, activation: 'tanh' });
        const ends = [apply(lstm({ units: 3 }), a), apply(gru({ units: 3 }), b)];
        return { y: apply(add(), [apply(same, apply(same, ends[0])), apply(same, ends[1]), start]) };
      }),
    sequences,
  ],
  [
    'an lstm, used twice, the second time from the state of the first',
    () =>
      graph({ a: sequence(2), b: sequence(2), start: vector(3) }, ({ a, b, start }) => {
        const same = lstm({ units: 3 });
        const first = apply(same, a, { initialState: start });
        const second = apply(same, b, { initialState: first.state });
        return { y: apply(dense({ units: 3 }), apply(concat(), [first, second])) };
      }),
    sequences,
  ],
  [
    'a bidirectional layer, used twice, whose joined state another starts from',
    () =>
      graph({ a: sequence(2), b: sequence(2), start: vector(3) }, ({ a, b, start }) => {
        const both = bidirectional(lstm({ units: 2 }));
        const first = apply(both, a);
        const second = apply(both, b, { initialState: first.state });
        const decoder = apply(lstm({ units: 4 }), a, { initialState: second.state });
        return { y: apply(dense({ units: 3 }), apply(concat(), [second, decoder, start])) };
      }),
    sequences,
  ],
] as const)('%s', async (_, model, samples) => {
  const backend = await reference();
  await gradientsAreRight((model as () => never)(), backend, samples as never);
  backend.dispose();
});
