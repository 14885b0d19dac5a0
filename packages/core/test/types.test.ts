import {
  gru,
  type LstmOptions,
  lstm,
  type NDArray,
  type NestedArray,
  type Network,
  rnn,
} from '@recurra/core';
import { expect, expectTypeOf, it } from 'vitest';

it('an unknown option is an error of the compiler, and of the run', () => {
  // @ts-expect-error peepholes are the LSTM's
  expect(() => gru({ units: 2, peepholes: true })).toThrow();
  // @ts-expect-error the name is units
  expect(() => lstm({ unit: 2 })).toThrow();
  // @ts-expect-error the name is tanh
  expect(() => rnn({ units: 2, activation: 'tahn' })).toThrow();
  expectTypeOf<LstmOptions['units']>().toEqualTypeOf<number>();
});

it('predict answers in the form of its input', () => {
  type Answer<X extends Parameters<Network['predict']>[0]> = Awaited<
    ReturnType<typeof Network.prototype.predict<X>>
  >;
  expectTypeOf<Answer<NDArray>>().toEqualTypeOf<NDArray>();
  expectTypeOf<Answer<number[][][]>>().toEqualTypeOf<NestedArray>();
});
