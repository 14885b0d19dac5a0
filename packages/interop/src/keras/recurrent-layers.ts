/* SimpleRNN, LSTM and GRU, and Bidirectional around them. */
import {
  type BidirectionalOptions,
  bidirectional,
  gru,
  lstm,
  type NDArray,
  type RecurrentLayer,
  rnn,
  UnsupportedError,
} from '@recurra/core';
import { activationFrom } from './activations.js';
import { type Config, text } from './config.js';
import { exchangeGates } from './gates.js';
import { innerLayer, type LayerInput, type Translated } from './layer-input.js';
import type { RequestedWeight, WeightLocation } from './weights.js';

/** A recurrent layer, and a function that reads its weights: once, or for each direction. */
interface Recurrent {
  readonly layer: RecurrentLayer;
  readonly weights: (take: (requested: readonly RequestedWeight[]) => NDArray[]) => Record<string, NDArray>;
}

/** A SimpleRNN, LSTM or GRU without a wrapper. */
export function recurrentLayer(input: LayerInput): Translated {
  const { className, config, location, file } = input;
  const { layer, weights } = readRecurrent(className, config, input, config.boolean('go_backwards', false));
  return { layer, weights: weights((requested) => file.take({ ...location, cell: true }, requested)) };
}

const merges = { concat: 'concat', sum: 'sum', mul: 'multiply', ave: 'average' } as const;

/** A Bidirectional; with the merge mode `null` it has two outputs. */
export function bidirectionalLayer(input: LayerInput): Translated {
  const { config, location, file, version } = input;
  const mode = config.get('merge_mode') ?? null;
  if (mode !== null && !(typeof mode === 'string' && Object.hasOwn(merges, mode))) {
    throw new UnsupportedError(`${config.owner}: merge_mode ${text(mode)} is not supported`);
  }
  const merge: BidirectionalOptions['merge'] = mode === null ? 'none' : merges[mode as keyof typeof merges];
  const inner = innerLayer(config, 'layer');
  const backwardLayer =
    config.get('backward_layer') === undefined ? undefined : innerLayer(config, 'backward_layer');
  // Keras 2 returns zeros at masked steps here; its files do not contain that.
  const forced = version === 2;
  const read = ({ className, config: own }: typeof inner, backward: boolean) => {
    if (own.boolean('go_backwards', backward) !== backward) {
      throw new UnsupportedError(
        `${own.owner}: the forward layer must have go_backwards false and the backward layer true`,
      );
    }
    return readRecurrent(className, own, input, false, forced);
  };
  const forward = read(inner, false);
  // tfjs-layers and Keras 2 create the backward layer from the forward layer's configuration.
  const backward = backwardLayer ? read(backwardLayer, true) : forward;
  const weightsOf = ({ weights }: Recurrent, direction: 'forward' | 'backward') => {
    const from: WeightLocation = { ...location, inner: direction, cell: true };
    const values = weights((requested) => file.take(from, requested));
    return Object.entries(values).map(([name, value]) => [`${direction}.${name}`, value] as const);
  };
  return {
    layer: bidirectional(forward.layer, { merge, ...(backwardLayer && { backward: backward.layer }) }),
    weights: Object.fromEntries([...weightsOf(forward, 'forward'), ...weightsOf(backward, 'backward')]),
  };
}

function readRecurrent(
  className: string,
  config: Config,
  { version, features }: LayerInput,
  goBackwards: boolean,
  zeroOutputForMask = false,
): Recurrent {
  config.must('time_major', false);
  const units = config.number('units');
  const bias = config.boolean('use_bias', true);
  const activation = (name: string, absent: string) =>
    activationFrom(config.owner, config.get(name) ?? absent, version);
  const common = {
    units,
    activation: activation('activation', 'tanh'),
    bias,
    returnSequences: config.boolean('return_sequences', false),
    stateful: config.boolean('stateful', false),
    goBackwards,
    zeroOutputForMask: config.boolean('zero_output_for_mask', zeroOutputForMask),
    dropout: config.number('dropout', 0),
    recurrentDropout: config.number('recurrent_dropout', 0),
  };
  /** The default is the hard sigmoid in Keras 2 and tfjs-layers. */
  const gates = () => activation('recurrent_activation', version === 3 ? 'sigmoid' : 'hard_sigmoid');
  const kernels = (count: number): RequestedWeight[] => [
    { name: 'kernel', shape: [features, count * units] },
    { name: 'recurrent_kernel', shape: [units, count * units] },
  ];
  const biased = (shape: readonly number[]): RequestedWeight[] => (bias ? [{ name: 'bias', shape }] : []);
  const named = ([kernel, recurrentKernel, b]: NDArray[]) => ({
    kernel,
    recurrentKernel,
    ...(b && { bias: b }),
  });

  switch (className) {
    case 'SimpleRNN':
      return {
        layer: rnn(common),
        weights: (take) => named(take([...kernels(1), ...biased([units])])),
      };
    case 'LSTM':
      return {
        layer: lstm({ ...common, recurrentActivation: gates() }),
        weights: (take) => named(take([...kernels(4), ...biased([4 * units])])),
      };
    case 'GRU': {
      const resetAfter = config.boolean('reset_after', version === 3);
      return {
        layer: gru({ ...common, recurrentActivation: gates(), resetAfter }),
        weights(take) {
          const shape = resetAfter ? [2, 3 * units] : [3 * units];
          const { bias: both, ...rest } = named(take([...kernels(3), ...biased(shape)]).map(exchangeGates));
          if (!both) return rest;
          const row = (i: number) => ({
            data: both.data.slice(i * 3 * units, (i + 1) * 3 * units),
            shape: [3 * units],
          });
          return { ...rest, bias: row(0), ...(resetAfter && { recurrentBias: row(1) }) };
        },
      };
    }
  }
  throw new UnsupportedError(
    `${config.owner}: ${className} is not supported; supported: SimpleRNN, LSTM and GRU`,
  );
}
