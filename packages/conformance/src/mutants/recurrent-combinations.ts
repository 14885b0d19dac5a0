/* Fused recurrent kernels that are right for each option by itself, and wrong for some of them together. */
import { activationKind, type RecurrentSpec } from '@recurra/core/backend';
import { only, recurrent, request } from './kernels.js';
import type { Mutant } from './mutant.js';

type Holds = (spec: RecurrentSpec) => boolean;

const FIRST = 'recurrent/activations';

/** Activations that kernels are likely to have. */
const USUAL = ['tanh', 'sigmoid', 'relu'];
const unusual = (spec: RecurrentSpec) => !USUAL.includes(activationKind(spec.activation));
const unusualGates = (spec: RecurrentSpec) =>
  spec.cell !== 'rnn' && !USUAL.includes(activationKind(spec.recurrentActivation));

/** An option, and where it is given. */
const WITH: Readonly<Record<string, Holds>> = {
  lengths: ({ lengths }) => lengths,
  'the reverse direction': ({ reverse }) => reverse,
  clip: ({ clip }) => clip > 0,
  peepholes: ({ peepholes }) => peepholes,
  layerNorm: ({ layerNorm }) => layerNorm,
  recurrentDropout: ({ recurrentDropout }) => recurrentDropout,
  'a projection': ({ projection }) => projection,
  'no bias': ({ bias }) => !bias,
};

const together = (
  name: string,
  what: string,
  holds: Holds,
  taken: (spec: RecurrentSpec) => Partial<RecurrentSpec>,
) => recurrent(name, what, only(holds, request(taken)), FIRST);

export const recurrentCombinations: Mutant[] = [
  ...Object.entries(WITH).map(([option, args]) =>
    together(
      `activation ignored with ${option}`,
      'the candidate is a tanh, where its activation is neither tanh nor sigmoid nor relu',
      (spec) => unusual(spec) && args(spec),
      () => ({ activation: 'tanh' }),
    ),
  ),
  ...Object.entries(WITH).map(([option, args]) =>
    together(
      `recurrentActivation ignored with ${option}`,
      'the gates are sigmoids, where their activation is neither tanh nor sigmoid nor relu',
      (spec) => unusualGates(spec) && args(spec),
      () => ({ recurrentActivation: 'sigmoid' }),
    ),
  ),
  together(
    'both activations: the first for both',
    'the gates have the candidate’s activation, where both are unusual',
    (spec) => unusual(spec) && unusualGates(spec),
    ({ activation }) => ({ recurrentActivation: activation }),
  ),
  together(
    'both activations: swapped',
    'the candidate has the gates’ activation and they have its own, where both are unusual',
    (spec) => unusual(spec) && unusualGates(spec),
    ({ activation, recurrentActivation }) => ({
      activation: recurrentActivation,
      recurrentActivation: activation,
    }),
  ),
  together(
    'both activations: the constants of one',
    'the gates have the candidate’s constants, where both are of one kind',
    (spec) =>
      spec.cell !== 'rnn' && activationKind(spec.activation) === activationKind(spec.recurrentActivation),
    ({ activation }) => ({ recurrentActivation: activation }),
  ),
  together(
    'activation: default constants with an initial state',
    'alpha and beta are the defaults, where an initial state is given',
    ({ initialState }) => initialState,
    ({ activation }) => ({ activation: activationKind(activation) }),
  ),
  together(
    'activation: default constants in inference',
    'alpha and beta are the defaults, where no gradient will be wanted',
    ({ training }) => !training,
    ({ activation }) => ({ activation: activationKind(activation) }),
  ),
];
