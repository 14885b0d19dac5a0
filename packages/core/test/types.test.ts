import { reference } from '@recurra/backend-reference';
import {
  type BatchInput,
  editDistance,
  gru,
  type LstmOptions,
  lstm,
  type NDArray,
  type NestedNumbers,
  type Network,
  type Optimizer,
  rnn,
  type Sample,
  Scaler,
  sequential,
} from '@recurra/core';
import { expect, expectTypeOf, it } from 'vitest';

it('an unknown option is an error at compile time and at run time', () => {
  // @ts-expect-error only the LSTM has peepholes
  expect(() => gru({ units: 2, peepholes: true })).toThrow();
  // @ts-expect-error the correct name is units
  expect(() => lstm({ unit: 2 })).toThrow();
  // @ts-expect-error the correct name is tanh
  expect(() => rnn({ units: 2, activation: 'tahn' })).toThrow();
  expectTypeOf<LstmOptions['units']>().toEqualTypeOf<number>();
});

it('predict returns the form of its input', () => {
  const network = {} as Network;
  type Answer<X extends BatchInput> = Awaited<ReturnType<typeof network.predict<X>>>;
  expectTypeOf<Answer<NDArray>>().toEqualTypeOf<NDArray>();
  expectTypeOf<Answer<{ data: number[]; shape: number[] }>>().toEqualTypeOf<NDArray>();
  expectTypeOf<Answer<number[][][]>>().toEqualTypeOf<NestedNumbers>();
});

it('a result in nested arrays can be indexed to any depth, and is an array of numbers', async () => {
  const backend = await reference();
  const layer = rnn({ units: 2, returnSequences: true });
  const network = sequential([layer], { inputShape: [null, 1] }).on(backend);
  const first: number = (await network.predict([[[1]]]))[0][0][0];
  const again: number[][][] = await network.predict([[[1]]]);
  const sums: number[] = (await network.predict([[[1]]]))[0].map((step) => step[0] + step[1]);
  expect(again[0][0][0]).toBe(first);
  expect(sums).toEqual([first + again[0][0][1]]);
  await network.predict(await network.predict([[[1]]]).then((y) => y[0].map(([a]) => [[a]])));
  const { mean } = Scaler.fit([1, 3]);
  const scaled: number = new Scaler({ mean, deviation: [1] }).transform([5])[0];
  expect(scaled).toBe(3);
});

it('inputs may be any kind of typed array', () => {
  type X = Sample['x'];
  expectTypeOf<Uint8Array>().toExtend<X>();
  expectTypeOf<Int32Array>().toExtend<X>();
  expectTypeOf<BigInt64Array>().toExtend<X>();
  expectTypeOf<Uint16Array[]>().toExtend<X>();
  expectTypeOf<{ data: BigUint64Array; shape: [number] }>().toExtend<X>();
  expectTypeOf<Int8Array[][]>().toExtend<Parameters<Network['predict']>[0]>();
  expectTypeOf<string[]>().not.toExtend<X>();
});

it('the loss ctc has its own options, and its targets are lists of labels', async () => {
  const network = {} as Network;
  const samples: Sample[] = [
    { x: [[1], [2]], y: [1, 2] },
    { x: [[1]], y: [] },
  ];
  const loss = { kind: 'ctc', blank: 0, zeroInfinity: true, fromLogits: true } as const;
  type Fit = Parameters<typeof network.fit>;
  expectTypeOf<typeof loss>().toExtend<Fit[1]['loss']>();
  expectTypeOf<'ctc'>().toExtend<Fit[1]['loss']>();
  expectTypeOf(samples).toExtend<Fit[0]>();
  // @ts-expect-error only the cross entropies have label weights
  const wrong: Fit[1]['loss'] = { kind: 'ctc', labelWeights: [1] };
  expect(wrong).toBeDefined();
  const rate = editDistance({ name: 'errorRate' });
  type Answer = Awaited<ReturnType<typeof network.evaluate<readonly [typeof rate]>>>;
  expectTypeOf<Answer['unaligned']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<Answer['errorRate']>().toEqualTypeOf<number>();
});

it('an optimizer has what a custom training loop needs, and nothing that only training uses', () => {
  type Members = 'config' | 'step' | 'state' | 'apply' | 'restore' | 'dispose';
  expectTypeOf<keyof Optimizer>().toEqualTypeOf<Members>();
});
