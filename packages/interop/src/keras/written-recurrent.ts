/* Recurrent layers of Recurra as layers of tfjs-layers and Keras 3. */
import { type BuiltInLayer, type NDArray, UnsupportedError } from '@recurra/core';
import { asRecurrentCell, isStandard, type StandardCell } from '../recurrent-cell.js';
import { activationTo } from './activations.js';
import { exchangeGates } from './gates.js';
import type { Config, Target, Weights, WrittenLayer } from './written-layer.js';

export const classes = { rnn: 'SimpleRNN', lstm: 'LSTM', gru: 'GRU' } as const;

/** Only used if the model is built without its weights; the orthogonal initializer of tfjs-layers is slow. */
const glorotUniform = {
  class_name: 'VarianceScaling',
  config: { scale: 1, mode: 'fan_avg', distribution: 'uniform', seed: null },
};

export function recurrentConfig(owner: string, cell: StandardCell, target: Target): Config {
  const isKeras = target === 'Keras 3';
  const { options } = cell;
  const lstm = cell.kind === 'lstm' ? cell.options : undefined;
  const unsupported = Object.entries({
    clip: options.clip > 0,
    layerNorm: options.layerNorm,
    projection: lstm?.projection !== undefined,
    peepholes: lstm?.peepholes,
    stateful: options.stateful,
    returnState: options.returnState,
    zeroOutputForMask: options.zeroOutputForMask && !isKeras,
    'resetAfter (the default)': cell.kind === 'gru' && cell.options.resetAfter && !isKeras,
  }).flatMap(([name, isSet]) => (isSet ? [name] : []));
  if (unsupported.length > 0) {
    throw new UnsupportedError(`${owner}: ${target} does not support ${unsupported.join(', ')}`);
  }
  return {
    units: options.units,
    activation: activationTo(owner, options.activation, target),
    ...(cell.kind !== 'rnn' && {
      recurrent_activation: activationTo(owner, cell.options.recurrentActivation, target),
    }),
    ...(cell.kind === 'gru' && { reset_after: cell.options.resetAfter }),
    use_bias: options.bias,
    return_sequences: options.returnSequences,
    go_backwards: options.goBackwards,
    dropout: options.dropout,
    recurrent_dropout: options.recurrentDropout,
    ...(isKeras
      ? { zero_output_for_mask: options.zeroOutputForMask }
      : { recurrent_initializer: glorotUniform }),
  };
}

/** The weights of a cell; their names in Recurra begin with `prefix`. */
export function cellWeights(
  kind: StandardCell['kind'],
  weights: Weights,
  prefix: string,
): Record<string, NDArray> {
  const own = { kernel: 'kernel', recurrent_kernel: 'recurrentKernel', bias: 'bias' };
  const recurrentBias = weights[`${prefix}recurrentBias`];
  return Object.fromEntries(
    Object.entries(own)
      .filter(([, name]) => Object.hasOwn(weights, prefix + name))
      .map(([theirs, name]) => {
        const value = weights[prefix + name];
        const both = name === 'bias' && recurrentBias ? rows(value, recurrentBias) : value;
        return [theirs, kind === 'gru' ? exchangeGates(both) : both];
      }),
  );
}

/** Two vectors as a matrix of two rows. */
function rows(a: NDArray, b: NDArray): NDArray {
  return { data: Float32Array.from([...a.data, ...b.data]), shape: [2, a.data.length] };
}

/** @throws UnsupportedError that names the layer */
export function refuseCell(owner: string, kind: string, target: Target): never {
  throw new UnsupportedError(`${owner}: ${target} has no layer ${kind}`);
}

const merges = { concat: 'concat', sum: 'sum', multiply: 'mul', average: 'ave', none: null } as const;

export function bidirectional(
  owner: string,
  name: string,
  { forward, backward, merge }: Extract<BuiltInLayer, { readonly kind: 'bidirectional' }>['options'],
  weights: Weights,
  target: Target,
): WrittenLayer {
  const [cell, other] = [forward, backward].map((layer) => {
    const cell = asRecurrentCell(layer);
    if (!cell) throw new UnsupportedError(`${owner}: custom cells cannot be exported to ${target}`);
    return isStandard(cell) ? cell : refuseCell(owner, cell.kind, target);
  });
  const isSame = JSON.stringify(forward) === JSON.stringify(backward);
  if (!isSame && target === 'tfjs-layers') {
    throw new UnsupportedError(`${owner}: both directions must have the same options in tfjs-layers`);
  }
  const inner = `${name}_cell`;
  const layer = {
    class_name: classes[cell.kind],
    config: { name: inner, ...recurrentConfig(owner, cell, target) },
  };
  const back = {
    class_name: classes[other.kind],
    config: { name: `${name}_back`, ...recurrentConfig(owner, other, target), go_backwards: true },
  };
  const both = Object.entries({ forward: cell, backward: other }).flatMap(([direction, { kind }]) =>
    Object.entries(cellWeights(kind, weights, `${direction}.`)).map(
      ([key, value]) => [`${direction}_${inner}/${key}`, value] as const,
    ),
  );
  return {
    className: 'Bidirectional',
    config: { layer, ...(!isSame && { backward_layer: back }), merge_mode: merges[merge] },
    weights: Object.fromEntries(both),
  };
}
