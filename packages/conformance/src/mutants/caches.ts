/* Fused kernels that store a value in one call and wrongly use it in another call with the same spec. */
import type { Activation } from '@recurra/core';
import {
  activationKind,
  type DenseInputs,
  type RecurrentInputs,
  type RecurrentSpec,
} from '@recurra/core/backend';
import { composeDense, denseKernel, recurrentKernel } from './baseline-kernels.js';
import { fused } from './kernels.js';
import type { Mutant } from './mutant.js';

const FIRST = 'kernels/repeated-calls: ';
const IN_A_ROW = `${FIRST}rnn: `;

/** A kernel that was made for one activation is used for all activations of the same kind. */
function firstOfKind(): (activation: Activation) => Activation {
  const known = new Map<string, Activation>();
  return (activation) => {
    const kind = activationKind(activation);
    if (!known.has(kind)) known.set(kind, activation);
    return known.get(kind) as Activation;
  };
}

const compiled = (
  name: string,
  what: string,
  change: (first: ReturnType<typeof firstOfKind>) => (spec: RecurrentSpec) => Partial<RecurrentSpec>,
  cell = 'rnn',
): Mutant =>
  fused(name, what, `${FIRST}${cell}: specs`, (right) => {
    const changed = change(firstOfKind());
    return {
      recurrent: recurrentKernel(right, {
        forward: (tape, spec, inputs, compose) => compose(tape, { ...spec, ...changed(spec) }, inputs),
      }),
    };
  });

/** Backward takes one of the inputs from the last forward call with the same spec. */
function lastForward(
  name: string,
  what: string,
  cached: (inputs: RecurrentInputs) => Partial<RecurrentInputs>,
): Mutant {
  return fused(`same spec: ${name}`, what, IN_A_ROW, (right) => {
    const last = new Map<string, Partial<RecurrentInputs>>();
    const baseline = recurrentKernel(right);
    return {
      recurrent: {
        ...baseline,
        forward(spec, inputs) {
          last.set(JSON.stringify(spec), cached(inputs));
          return baseline.forward(spec, inputs);
        },
        backward: (spec, inputs, ...rest) =>
          baseline.backward(spec, { ...inputs, ...last.get(JSON.stringify(spec)) }, ...rest),
      },
    };
  });
}

export const caches: Mutant[] = [
  compiled(
    'compiled for one activation',
    'kernels are cached by the kind of the activation, without its constants',
    (first) => (spec) => ({ activation: first(spec.activation) }),
  ),
  compiled(
    'compiled for one recurrentActivation',
    'kernels are cached by the kind of the gates’ activation, without its constants',
    (first) => (spec) => ({ recurrentActivation: first(spec.recurrentActivation) }),
    'gru',
  ),
  fused(
    'dense: compiled for one activation',
    'kernels are cached by the kind of the activation, without its constants',
    `${FIRST}dense`,
    (right) => {
      const first = firstOfKind();
      return {
        dense: denseKernel(right, (tape, spec, inputs) =>
          composeDense(tape, { ...spec, activation: first(spec.activation) }, inputs),
        ),
      };
    },
  ),
  lastForward('the last input', 'backward takes x from the last forward of its spec', ({ x }) => ({ x })),
  lastForward(
    'the last lengths',
    'backward takes the lengths from the last forward of its spec',
    ({ lengths }) => ({
      lengths,
    }),
  ),
  lastForward(
    'the last initial state',
    'backward takes the initial state from the last forward of its spec',
    ({ initialState }) => ({
      initialState,
    }),
  ),
  fused(
    'dense: same spec: the last input',
    'backward takes x from the last forward of its spec',
    `${FIRST}dense`,
    (_, { dense }) => {
      const last = new Map<string, DenseInputs['x']>();
      return {
        dense: {
          ...dense,
          forward(spec, inputs) {
            last.set(JSON.stringify(spec), inputs.x);
            return dense.forward(spec, inputs);
          },
          backward: (spec, inputs, ...rest) =>
            dense.backward(spec, { ...inputs, x: last.get(JSON.stringify(spec)) ?? inputs.x }, ...rest),
        },
      };
    },
  ),
  fused(
    'same spec: weights of the first layer',
    'until the next backward, other layers with the same spec use the weights that forward packed',
    IN_A_ROW,
    (right) => {
      const packed = new Map<string, RecurrentInputs['weights']>();
      const baseline = recurrentKernel(right);
      return {
        recurrent: {
          ...baseline,
          forward(spec, inputs) {
            if (!spec.training) return baseline.forward(spec, inputs);
            const key = JSON.stringify(spec);
            const weights = packed.get(key) ?? inputs.weights;
            packed.set(key, weights);
            return baseline.forward(spec, { ...inputs, weights });
          },
          backward(...args) {
            packed.clear();
            return baseline.backward(...args);
          },
        },
      };
    },
  ),
];
