/* The gradients of rnn, lstm and gru under every option, with and without a length per row and an initial state. */
import { bidirectional, gru, lstm, recurrent, rnn } from '@recurra/core';
import type { ActivationName } from '@recurra/core/backend';
import { layerCase, MASKED, SEQUENCE } from '../../layer-problem.js';
import type { Case } from '../../suite.js';

const units = 3;
const group = 'gradients/recurrent';
const cells = { rnn, lstm, gru };
type CellName = keyof typeof cells;
const NAMES = Object.keys(cells) as CellName[];

/** Options that are tested on every cell. */
const COMMON: Record<string, object> = {
  returnSequences: {},
  'the last step only': { returnSequences: false },
  'no bias': { bias: false },
  clip: { clip: 0.3 },
  layerNorm: { layerNorm: true },
  dropout: { dropout: 0.4 },
  recurrentDropout: { recurrentDropout: 0.4 },
  goBackwards: { goBackwards: true },
  'goBackwards, the last step only': { goBackwards: true, returnSequences: false },
};

const ALL_COMMON = { clip: 0.8, layerNorm: true, dropout: 0.3, recurrentDropout: 0.3, goBackwards: true };

const OWN: Record<CellName, Record<string, object>> = {
  rnn: { 'all options': ALL_COMMON },
  lstm: {
    projection: { projection: 2 },
    'projection, no bias': { projection: 2, bias: false },
    peepholes: { peepholes: true },
    'peepholes, clip': { peepholes: true, clip: 0.3 },
    'all options': { ...ALL_COMMON, projection: 2, peepholes: true },
  },
  gru: {
    'resetAfter: false': { resetAfter: false },
    'resetAfter: false, no bias': { resetAfter: false, bias: false },
    'resetAfter: false, layerNorm': { resetAfter: false, layerNorm: true },
    'resetAfter: false, recurrentDropout': { resetAfter: false, recurrentDropout: 0.4 },
    'all options': ALL_COMMON,
  },
};

/**
 * Four steps of three rows: full rows from a zero state, or rows of four, two and no steps from a given
 * initial state.
 */
const RUNS = [
  { suffix: '', ...SEQUENCE },
  { suffix: ', lengths, initial state', ...SEQUENCE, lengths: [4, 2, 0], initialState: true },
];

const options: Case[] = NAMES.flatMap((cell) =>
  Object.entries({ ...COMMON, ...OWN[cell] }).flatMap(([name, option]) =>
    RUNS.map(({ suffix, ...run }) =>
      layerCase(
        group,
        `${cell}, ${name}${suffix}`,
        cells[cell]({ units, returnSequences: true, ...option }),
        run,
      ),
    ),
  ),
);

/** Every activation, with constants other than the defaults. */
const ACTIVATIONS: Record<ActivationName, { alpha?: number; beta?: number }> = {
  linear: {},
  tanh: {},
  sigmoid: {},
  relu: {},
  softmax: {},
  softplus: {},
  softsign: {},
  exponential: {},
  hardSigmoid: { alpha: 0.3, beta: 0.4 },
  elu: { alpha: 0.7 },
  selu: {},
  leakyRelu: { alpha: 0.3 },
  thresholdedRelu: { alpha: 0.1 },
  scaledTanh: { alpha: 0.8, beta: 0.6 },
  affine: { alpha: 0.5, beta: 0.25 },
};
const SHORT = { kind: 'sequence', shape: [2, 2, 2] } as const;

const activations: Case[] = Object.entries(ACTIVATIONS).flatMap(([name, constants]) => {
  const activation = { kind: name as ActivationName, ...constants };
  const common = { units, returnSequences: true };
  return [
    ...NAMES.map((cell) =>
      layerCase(group, `${cell}, activation ${name}`, cells[cell]({ ...common, activation }), SHORT),
    ),
    ...(['lstm', 'gru'] as const).map((cell) => {
      const layer = cells[cell]({ ...common, recurrentActivation: activation });
      return layerCase(group, `${cell}, recurrentActivation ${name}`, layer, SHORT);
    }),
  ];
});

const MERGES = ['concat', 'sum', 'average', 'multiply', 'none'] as const;

const directions: Case[] = [
  ...MERGES.flatMap((merge) =>
    RUNS.map(({ suffix, ...run }) =>
      layerCase(
        group,
        `bidirectional lstm, merge ${merge}${suffix}`,
        bidirectional(lstm({ units: 2, returnSequences: true }), { merge }),
        run,
      ),
    ),
  ),
  ...NAMES.map((cell) =>
    layerCase(
      group,
      `bidirectional ${cell}, the last step only, lengths`,
      bidirectional(cells[cell]({ units: 2 })),
      RUNS[1],
    ),
  ),
  layerCase(
    group,
    'bidirectional lstm with projection and gru, unequal, lengths',
    bidirectional(lstm({ units: 3, projection: 2, returnSequences: true }), {
      backward: gru({ units: 4, resetAfter: false, returnSequences: true }),
    }),
    RUNS[1],
  ),
];

/** A custom cell whose state is two tensors. */
const own = recurrent(
  {
    kind: 'leaky',
    options: {},
    build: (inputSize) => ({
      parameters: {
        input: { shape: [inputSize, units], initial: 'glorotUniform' },
        feedback: { shape: [units, units], initial: 'orthogonal' },
      },
      stateSizes: [units, units],
      run: (tape, { input, feedback }) => ({
        project: (x) => tape.matmul(x, input),
        step(x, [h, slow]) {
          const next = tape.tanh(tape.add(x, tape.matmul(h, feedback)));
          const mean = tape.add(tape.affine(slow, 0.75), tape.affine(next, 0.25));
          return [tape.mul(next, mean), mean];
        },
      }),
    }),
  },
  { returnSequences: true },
);

const masks: Case[] = [
  ...NAMES.flatMap((cell) => [
    layerCase(group, `${cell}, mask`, cells[cell]({ units, returnSequences: true }), MASKED),
    layerCase(group, `${cell}, mask, goBackwards, initial state`, cells[cell]({ units, ...ALL_COMMON }), {
      ...MASKED,
      initialState: true,
    }),
  ]),
  layerCase(
    group,
    'bidirectional gru, mask',
    bidirectional(gru({ units: 2, returnSequences: true })),
    MASKED,
  ),
  layerCase(
    group,
    'lstm, mask, zeroOutputForMask',
    lstm({ units, returnSequences: true, zeroOutputForMask: true }),
    MASKED,
  ),
  layerCase(group, 'bidirectional lstm, the last step only, mask', bidirectional(lstm({ units: 2 })), MASKED),
];

const starts: Case[] = NAMES.map((cell) =>
  layerCase(group, `${cell}, initial state`, cells[cell]({ units, returnSequences: true }), {
    ...SEQUENCE,
    initialState: true,
  }),
);

export const gradientsOfRecurrent: Case[] = [
  ...options,
  ...starts,
  ...masks,
  ...activations,
  ...directions,
  ...RUNS.map(({ suffix, ...run }) => layerCase(group, `a custom cell${suffix}`, own, run)),
];
