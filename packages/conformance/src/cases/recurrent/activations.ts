/*
 * Every activation with every other option, as the activation of the candidate and as that of the gates. Both
 * are other than the defaults.
 */
import type { Activation, RecurrentLayer } from '@recurra/core';
import { activationKind } from '@recurra/core/backend';
import { provesFusedAndComposed } from '../../fused-and-composed.js';
import { layerProblem } from '../../layer-problem.js';
import type { Case } from '../../suite.js';
import { PLAIN_CELLS } from './plain-cells.js';

const group = 'recurrent/activations';

/** Every activation; constants are other than the defaults. */
const ACTIVATIONS: readonly Activation[] = [
  'linear',
  'sigmoid',
  { kind: 'hardSigmoid', alpha: 0.3, beta: 0.4 },
  'tanh',
  { kind: 'elu', alpha: 0.7 },
  'softsign',
  'relu',
  { kind: 'scaledTanh', alpha: 0.8, beta: 0.6 },
  'softmax',
  'selu',
  { kind: 'leakyRelu', alpha: 0.3 },
  'softplus',
  { kind: 'thresholdedRelu', alpha: 0.1 },
  'exponential',
  { kind: 'affine', alpha: 0.5, beta: 0.25 },
];

interface Option {
  readonly name: string;
  readonly layer?: object;
  readonly run?: { readonly lengths?: readonly number[]; readonly initialState?: boolean };
}

const COMMON: readonly Option[] = [
  { name: 'lengths, initial state', run: { lengths: [3, 1, 0], initialState: true } },
  { name: 'goBackwards, no bias', layer: { goBackwards: true, bias: false } },
  {
    name: 'lengths, goBackwards, clip',
    layer: { goBackwards: true, clip: 0.4 },
    run: { lengths: [2, 0, 3] },
  },
  {
    name: 'lengths, layerNorm, recurrentDropout',
    layer: { layerNorm: true, recurrentDropout: 0.4 },
    run: { lengths: [1, 3, 2] },
  },
];
const OWN: Readonly<Record<string, readonly Option[]>> = {
  lstm: [
    { name: 'lengths, peepholes', layer: { peepholes: true }, run: { lengths: [3, 1, 2] } },
    {
      name: 'lengths, goBackwards, initial state, projection',
      layer: { projection: 2, goBackwards: true },
      run: { lengths: [2, 3, 1], initialState: true },
    },
  ],
};

const eachWithOptions: Case[] = Object.entries(PLAIN_CELLS)
  .filter(([cell]) => cell !== 'rnn, relu')
  .flatMap(([cell, make]) =>
    ACTIVATIONS.map((activation, at) => ({
      group,
      name: `${cell}, activation ${activationKind(activation)}: with every option, and other gates`,
      async run(check) {
        for (const [i, option] of [...COMMON, ...(OWN[cell] ?? [])].entries()) {
          // The gates' activation changes with the option, so that all cases together combine every gate
          // activation with every option.
          const gates = ACTIVATIONS[(at + i + 1) % ACTIVATIONS.length];
          // An exponential of an exponential soon overflows.
          const time = activation === 'exponential' ? 2 : 3;
          const { lengths, initialState } = option.run ?? {};
          const problem = layerProblem(layerOf(make, cell, activation, gates, option), {
            kind: 'sequence',
            shape: [time, 3, 2],
            ...(lengths && { lengths: lengths.map((length) => Math.min(length, time)) }),
            initialState,
            seed: i,
          });
          const what = cell === 'rnn' ? option.name : `gates ${activationKind(gates)}, ${option.name}`;
          await provesFusedAndComposed(check, problem, { what });
        }
      },
    })),
  );

function layerOf(
  make: (typeof PLAIN_CELLS)[string],
  cell: string,
  activation: Activation,
  recurrentActivation: Activation,
  { layer }: Option,
): RecurrentLayer {
  const gates = cell === 'rnn' ? {} : { recurrentActivation };
  return make({ units: 3, returnSequences: true, activation, ...gates, ...layer });
}

/** One kind of activation for candidate and gates, with different constants. */
const OF_ONE_KIND: readonly (readonly [Activation, Activation])[] = [
  [
    { kind: 'elu', alpha: 0.7 },
    { kind: 'elu', alpha: 1.4 },
  ],
  [
    { kind: 'hardSigmoid', alpha: 0.3, beta: 0.4 },
    { kind: 'hardSigmoid', alpha: 0.15, beta: 0.6 },
  ],
  [
    { kind: 'affine', alpha: 0.5, beta: 0.25 },
    { kind: 'affine', alpha: 0.3, beta: 0.1 },
  ],
];

const sameKind: Case[] = Object.entries(PLAIN_CELLS)
  .filter(([cell]) => !cell.startsWith('rnn'))
  .map(([cell, make]) => ({
    group,
    name: `${cell}: both activations of one kind, with other constants`,
    async run(check) {
      for (const [activation, recurrentActivation] of OF_ONE_KIND) {
        const layer = make({ units: 3, returnSequences: true, activation, recurrentActivation });
        const problem = layerProblem(layer, { kind: 'sequence', shape: [3, 3, 2], initialState: true });
        await provesFusedAndComposed(check, problem, { what: activationKind(activation) });
      }
    },
  }));

export const activations: Case[] = [...eachWithOptions, ...sameKind];
