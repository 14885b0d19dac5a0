import { reference } from '@recurra/backend-reference';
import {
  type ArrayInput,
  bidirectional,
  dense,
  embedding,
  flatten,
  gru,
  type Layer,
  loadNetwork,
  lstm,
  masking,
  meanOverTime,
  minGru,
  minLstm,
  rnn,
  ShapeError,
  sequential,
} from '@recurra/core';
import { describe, expect, it } from 'vitest';

const backend = await reference();
const PADDING = [-0.1, -0.1];
const sequence = (length: number, phase: number) =>
  Array.from({ length }, (_, t) => [Math.sin(phase + t), Math.cos(2 * t - phase)]);
/** Inserts padding steps into `x` at these positions of the result. */
const padded = (x: number[][], ...positions: number[]) =>
  positions.reduce((all, position) => [...all.slice(0, position), PADDING, ...all.slice(position)], x);

const networkOf = (layers: Layer[]) =>
  sequential([masking({ value: -0.1 }), ...layers], { inputShape: [null, 2] }).on(backend, { seed: 3 });
const predict = async (layers: Layer[], x: ArrayInput) =>
  (await networkOf(layers).predict([x as number[][]]))[0 as never] as never;

describe('a mask', () => {
  const x = sequence(4, 1);
  const lasts: [string, Layer[]][] = [
    ['rnn', [rnn({ units: 3 })]],
    ['lstm backwards', [lstm({ units: 3, goBackwards: true })]],
    ['stacked', [lstm({ units: 3, returnSequences: true }), dense({ units: 2 }), gru({ units: 2 })]],
    ['bidirectional', [bidirectional(gru({ units: 3, resetAfter: false }))]],
    ['minGru backwards', [minGru({ units: 3, goBackwards: true })]],
    ['bidirectional minLstm', [bidirectional(minLstm({ units: 3 }))]],
    ['bidirectional, mean', [bidirectional(lstm({ units: 3, returnSequences: true })), meanOverTime()]],
  ];
  it.each(lasts)('gives the same result as leaving out the masked steps: %s', async (_, layers) => {
    const expected = ((await predict(layers, x)) as number[]).map((value) => expect.closeTo(value, 13));
    expect(await predict(layers, padded(x, 0, 3, 6))).toEqual(expected);
    expect(await predict(layers, padded(x, 4, 5))).toEqual(expected);
  });

  it('repeats the previous output at a masked step in each direction, or gives zeros', async () => {
    const layer = [bidirectional(rnn({ units: 1, returnSequences: true }))];
    const [a, b, c, d] = (await predict(layer, x)) as number[][];
    const y = await predict(layer, padded(x, 0, 2, 6));
    expect(y).toEqual([[0, a[1]], a, [a[0], b[1]], b, c, d, [d[0], 0]]);
    const zeros = [bidirectional(rnn({ units: 1, returnSequences: true, zeroOutputForMask: true }))];
    expect(await predict(zeros, padded(x, 0, 2, 6))).toEqual([[0, 0], a, [0, 0], b, c, d, [0, 0]]);
  });

  it('works for the frames of a stream, and after a round trip through a model file', async () => {
    const network = networkOf([lstm({ units: 3, returnSequences: true })]);
    const again = await loadNetwork(await network.save(), backend);
    const stream = again.stream();
    const frames = padded(x, 0, 2);
    const whole = (await network.predict([frames])) as number[][][];
    for (const [t, frame] of frames.entries()) expect([...(await stream.push(frame))]).toEqual(whole[0][t]);
  });

  it('can be combined with lengths: the padding of a batch is masked too', async () => {
    const layers = [embedding({ inputDim: 5, outputDim: 3, maskZero: true }), gru({ units: 2 })];
    const network = sequential(layers, { inputShape: [null] }).on(backend);
    const [together] = (await network.predict([[0, 3, 0, 4], [1]])) as number[][];
    expect(together).toEqual(((await network.predict([[3, 4]])) as number[][])[0]);
  });
});

it('flatten concatenates the steps of a row, and requires a fixed number of steps', async () => {
  const flat = sequential([flatten()], { inputShape: [2, 2] }).on(backend);
  expect(await flat.predict([sequence(2, 0)])).toEqual([sequence(2, 0).flat()]);
  expect(() => sequential([flatten()], { inputShape: [null, 2] })).toThrow(ShapeError);
});
