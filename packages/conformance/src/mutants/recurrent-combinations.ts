/* Fused recurrent kernels that are right for each single option but wrong for some combinations. */
import { activationKind, type RecurrentSpec } from '@recurra/core/backend';
import { only, recurrent, request } from './kernels.js';
import type { Mutant } from './mutant.js';

type Holds = (spec: RecurrentSpec) => boolean;

const FIRST = 'recurrent/activations';

/** Activations that kernels are likely to support. */
const USUAL = ['tanh', 'sigmoid', 'relu'];
const unusual = (spec: RecurrentSpec) => !USUAL.includes(activationKind(spec.activation));
const unusualGates = (spec: RecurrentSpec) =>
  spec.cell !== 'rnn' && !USUAL.includes(activationKind(spec.recurrentActivation));

/** An option, and a predicate that is true if a request has it. */
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
      'the candidate uses tanh if its activation is none of tanh, sigmoid and relu',
      (spec) => unusual(spec) && args(spec),
      () => ({ activation: 'tanh' }),
    ),
  ),
  ...Object.entries(WITH).map(([option, args]) =>
    together(
      `recurrentActivation ignored with ${option}`,
      'the gates use sigmoid if their activation is none of tanh, sigmoid and relu',
      (spec) => unusualGates(spec) && args(spec),
      () => ({ recurrentActivation: 'sigmoid' }),
    ),
  ),
  together(
    'both activations: the first for both',
    'the gates use the candidate’s activation if both are unusual',
    (spec) => unusual(spec) && unusualGates(spec),
    ({ activation }) => ({ recurrentActivation: activation }),
  ),
  together(
    'both activations: swapped',
    'the activations of candidate and gates are swapped if both are unusual',
    (spec) => unusual(spec) && unusualGates(spec),
    ({ activation, recurrentActivation }) => ({
      activation: recurrentActivation,
      recurrentActivation: activation,
    }),
  ),
  together(
    'both activations: the constants of one',
    'the gates use the candidate’s constants if both activations are of the same kind',
    (spec) =>
      spec.cell !== 'rnn' && activationKind(spec.activation) === activationKind(spec.recurrentActivation),
    ({ activation }) => ({ recurrentActivation: activation }),
  ),
  together(
    'activation: default constants with an initial state',
    'alpha and beta are the defaults if an initial state is given',
    ({ initialState }) => initialState,
    ({ activation }) => ({ activation: activationKind(activation) }),
  ),
  together(
    'activation: default constants in inference',
    'alpha and beta are the defaults if no gradient is requested',
    ({ training }) => !training,
    ({ activation }) => ({ activation: activationKind(activation) }),
  ),
];
