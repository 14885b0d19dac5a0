/* The laws on each cell: equations that must hold for any numbers. */
import {
  bidirectional,
  conv1d,
  dense,
  gru,
  lastStep,
  lstm,
  maxOverTime,
  maxPooling1d,
  meanOverTime,
  minGru,
  minLstm,
  type RecurrentLayer,
  rnn,
  sequential,
  slstm,
} from '@recurra/core';
import type { Check } from '../check.js';
import {
  chunks,
  depthOf,
  networkOf,
  padding,
  permutation,
  rearranged,
  reversal,
  type Subject,
  stack,
  zeroPastLengths,
} from '../laws.js';
import { forward, same } from '../network-run.js';
import { at, build, fromTimeMajor, random, read } from '../numbers.js';
import type { Case } from '../suite.js';
import { exact } from '../tolerance.js';

const group = 'laws';
const units = 5;
const FEATURES = 3;
const [TIME, BATCH] = [7, 4];
const LENGTHS = [7, 3, 1, 0];
const X = random([TIME, BATCH, FEATURES], 1);
const ON = { x: X, lengths: LENGTHS };

const CELLS: Record<string, (options?: object) => RecurrentLayer> = {
  rnn: (options) => rnn({ units, returnSequences: true, ...options }),
  lstm: (options) => lstm({ units, returnSequences: true, ...options }),
  'lstm with projection and peepholes': (options) =>
    lstm({ units, projection: 2, peepholes: true, returnSequences: true, ...options }),
  gru: (options) => gru({ units, returnSequences: true, ...options }),
  'gru, resetAfter: false': (options) => gru({ units, resetAfter: false, returnSequences: true, ...options }),
  minGru: (options) => minGru({ units, returnSequences: true, ...options }),
  minLstm: (options) => minLstm({ units, activation: 'tanh', returnSequences: true, ...options }),
  slstm: (options) => slstm({ units: 6, heads: 2, returnSequences: true, ...options }),
};

/** One case for each cell. */
function ofEachCell(law: string, run: (check: Check, subject: Subject) => Promise<void>): Case[] {
  return Object.entries(CELLS).map(([name, make]) => ({
    group,
    name: `${law}: ${name}`,
    run: (check) => run(check, { make, ...ON }),
  }));
}

const paddings = Object.entries({
  ...CELLS,
  'bidirectional lstm': () => bidirectional(CELLS.lstm()),
  'bidirectional gru': () => bidirectional(CELLS.gru(), { merge: 'multiply' }),
  conv1d: () => conv1d({ filters: 2, kernelSize: 2, padding: 'same' }),
  lastStep: () => lastStep(),
  meanOverTime: () => meanOverTime(),
  maxOverTime: () => maxOverTime(),
  maxPooling1d: () => maxPooling1d({ poolSize: 3, strides: 2, padding: 'same' }),
}).map(
  ([name, make]): Case => ({
    group,
    name: `padding changes nothing: ${name}`,
    run: (check) => padding(check, make(), ON),
  }),
);

const paddingOfGradients = ofEachCell('padding changes no gradient', async (check, { make }) => {
  const layer = bidirectional(make());
  const gradientsOf = async (padding: number) => {
    const network = networkOf(check, [layer], FEATURES);
    const tape = check.tape();
    const values = build(X.shape, ([t, b, f]) => (t < LENGTHS[b] ? at(X, [t, b, f]) : padding));
    const x = tape.watch(tape.constant(values.data, values.shape));
    const of = [x, ...network.parameters.values()];
    for (const parameter of of) tape.watch(parameter);
    const { value } = network.forward(tape, { value: x, lengths: LENGTHS }).output;
    // The incoming gradients are arbitrary at the padding, too.
    const seed = build(value.shape, ([t, b]) => (t < LENGTHS[b] ? 1 : padding));
    const gradients = tape.gradients([[value, tape.constant(seed.data, seed.shape)]], of);
    return Promise.all(gradients.map((gradient) => read(check.backend, gradient)));
  };
  const [expected, actual] = [await gradientsOf(0), await gradientsOf(100)];
  for (const [i, gradient] of expected.entries())
    same(check, i === 0 ? 'dx' : `gradient ${i}`, actual[i], gradient, depthOf(X, 2));
  zeroPastLengths(check, actual[0], LENGTHS);
});

/** Frames that are pushed one by one have the outputs of the whole sequence. */
const streams = ofEachCell('a stream equals the whole', async (check, { make }) => {
  const network = networkOf(check, [make(), dense({ units: 2 })], FEATURES);
  const [frames] = fromTimeMajor(X);
  const whole = await forward(check, network, { data: frames.flat(), shape: [TIME, 1, FEATURES] });
  const stream = network.stream();
  for (const [t, frame] of frames.entries()) {
    const data = await stream.push(frame);
    const expected = rearranged(whole.output, [1, 1, 2], ([, b, f]) => [t, b, f]);
    same(check, `step ${t}`, { data, shape: [1, 1, 2] }, expected, depthOf(X, 2));
  }
  stream.close();
});

const seeds: Case = {
  group,
  name: 'the same seed gives the same initial weights as on the reference',
  async run(check) {
    const reference = await check.reference();
    const model = sequential(
      [
        bidirectional(lstm({ units, returnSequences: true, kernelInitializer: 'lecunNormal' })),
        gru({ units, recurrentInitializer: { kind: 'normal', stddev: 0.2 }, biasInitializer: 'uniform' }),
        dense({ units: 2, kernelInitializer: 'heUniform' }),
      ],
      { inputShape: [null, FEATURES] },
    );
    const expected = await check.use(model.on(reference, { seed: 11 })).getWeights();
    const actual = await check.use(model.on(check.backend, { seed: 11 })).getWeights();
    check.same('the names', Object.keys(actual).join(), Object.keys(expected).join());
    for (const [name, values] of Object.entries(expected))
      check.near(`${name} `, actual[name], values, exact);
  },
};

export const laws: Case[] = [
  ...ofEachCell('a sequence in chunks equals the whole', (check, subject) =>
    chunks(check, { ...subject, lengths: LENGTHS.map(() => TIME) }, [3, 1, 3]),
  ),
  ...streams,
  ...ofEachCell('reversed twice is the identity', reversal),
  ...paddings,
  ...paddingOfGradients,
  ...ofEachCell('a permuted batch gives the permuted result', (check, { make, ...on }) =>
    permutation(check, bidirectional(make()), on, [2, 0, 3, 1]),
  ),
  {
    group,
    name: 'a stack equals its layers one by one',
    run: (check) =>
      stack(
        check,
        [CELLS.lstm(), bidirectional(CELLS.gru()), CELLS.rnn(), dense({ units: 2, activation: 'softmax' })],
        X,
      ),
  },
  seeds,
];
