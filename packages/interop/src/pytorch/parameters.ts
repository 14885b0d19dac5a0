/*
 * Where each parameter of a Recurra model is in a state_dict. PyTorch keeps matrices the other way round, and for a cell
 * two biases whose sum counts. Where Recurra has one, it is PyTorch's `bias_ih`, and `bias_hh` is −0: the only number
 * that adds nothing to any other, not even to the sign of a zero. So a model comes back bit for bit.
 */
import { FormatError, type Layer, type Model, type NDArray, UnsupportedError } from '@recurra/core';
import { checkFinite } from '../finite.js';
import { modulesOf, type TorchModule } from './directions.js';

/** A tensor of the state_dict. */
export interface TorchTensor {
  /** `layer0.weight_ih_l0` */
  readonly name: string;
  readonly shape: readonly number[];
  /** The parameter in Recurra: `0.kernel`. */
  readonly parameter: string;
  /** Axis i of PyTorch's tensor is this axis of Recurra's. Default: as they are. */
  readonly axes?: readonly number[];
  /** Added to the parameter on the way in; −0 on the way out. */
  readonly second?: boolean;
}

/**
 * The state_dict that `model.py` has for a model.
 * @throws UnsupportedError for a layer that PyTorch's side does not have
 */
export function torchTensors(model: Model): TorchTensor[] {
  return model.layers.flatMap((layer, index) => {
    const { parameters } = model.built[index];
    const shapeOf = (own: string): readonly number[] => parameters[own].shape;
    switch (layer.kind) {
      case 'rnn':
      case 'lstm':
      case 'gru':
      case 'bidirectional':
        return modulesOf(index, builtInOnly(layer)).flatMap((module) =>
          cellTensors(index, module, parameters),
        );
      case 'embedding':
        return [tensor(index, 'weight', 'embeddings', shapeOf('embeddings'))];
      case 'dense':
        return weightAndBias(index, parameters, [1, 0]);
      case 'conv1d':
        return weightAndBias(index, parameters, [2, 1, 0]);
      case 'layerNorm':
      case 'featureScale':
        return [
          tensor(index, 'weight', 'gain', shapeOf('gain')),
          tensor(index, 'bias', 'bias', shapeOf('bias')),
        ];
    }
    if (Object.keys(parameters).length === 0) return [];
    throw new UnsupportedError(
      `layer ${index}, ${layer.kind}: PyTorch has no such layer, and model.py cannot write it`,
    );
  });
}

/** The values of a model's parameters as PyTorch's state_dict. */
export function toTorch(
  tensors: readonly TorchTensor[],
  weights: Readonly<Record<string, NDArray>>,
): Record<string, NDArray> {
  return Object.fromEntries(
    tensors.map(({ name, shape, parameter, axes, second }) => {
      const { data } = weights[parameter];
      const values = second ? new Float32Array(data.length).fill(-0) : Float32Array.from(data);
      return [name, { data: axes ? turned(values, shape, axes) : values, shape }];
    }),
  );
}

/**
 * The parameters of a model from a state_dict that has all of its tensors.
 * @throws FormatError where one is missing, of another shape, or not finite in float32
 */
export function fromTorch(
  tensors: readonly TorchTensor[],
  state: Readonly<Record<string, NDArray>>,
): Record<string, NDArray> {
  const weights: Record<string, NDArray> = {};
  for (const { name, shape, parameter, axes, second } of tensors) {
    const given = Object.hasOwn(state, name) ? state[name] : undefined;
    if (!given) throw new FormatError(`the state_dict has no ${name} [${shape}]`);
    if (given.shape.length !== shape.length || !given.shape.every((size, axis) => size === shape[axis])) {
      throw new FormatError(`${name} must be [${shape}], not [${given.shape}]`);
    }
    const values = Float32Array.from(given.data);
    checkFinite(name, { shape, data: values });
    if (second) {
      const { data } = weights[parameter];
      for (let i = 0; i < data.length; i++) data[i] += values[i];
      continue;
    }
    // Turning one way and back is the same for the permutations there are: each is its own inverse.
    const own = axes ? axes.map((axis) => shape[axis]) : shape;
    weights[parameter] = { data: axes ? turned(values, own, axes) : values, shape: own };
  }
  return weights;
}

/** Names without the model's layer number, as nn's recurrent modules have them. */
function cellTensors(
  index: number,
  { name, nn, prefixes, options }: TorchModule,
  parameters: Readonly<Record<string, { readonly shape: readonly number[] }>>,
): TorchTensor[] {
  return prefixes.flatMap((prefix, direction) => {
    const own = Object.keys(parameters).filter((key) => key.startsWith(prefix));
    const entry = (torch: string, parameter: string, more: Partial<TorchTensor> = {}): TorchTensor => {
      const { shape } = parameters[prefix + parameter];
      return {
        name: `${name}.${torch}`,
        shape: more.axes ? more.axes.map((axis) => shape[axis]) : shape,
        parameter: `${index}.${prefix}${parameter}`,
        ...more,
      };
    };
    if (!nn) return own.map((key) => entry(key.slice(prefix.length), key.slice(prefix.length)));
    const suffix = direction === 1 ? '_l0_reverse' : '_l0';
    const matrix = { axes: [1, 0] };
    const biases = (suffix: string) => [
      entry(`bias_ih${suffix}`, 'bias'),
      options.cell === 'gru'
        ? entry(`bias_hh${suffix}`, 'recurrentBias')
        : entry(`bias_hh${suffix}`, 'bias', { second: true }),
    ];
    return [
      entry(`weight_ih${suffix}`, 'kernel', matrix),
      entry(`weight_hh${suffix}`, 'recurrentKernel', matrix),
      ...(options.bias ? biases(suffix) : []),
      ...(options.projection === undefined ? [] : [entry(`weight_hr${suffix}`, 'projection', matrix)]),
    ];
  });
}

function tensor(
  index: number,
  torch: string,
  own: string,
  shape: readonly number[],
  axes?: readonly number[],
): TorchTensor {
  return {
    name: `layer${index}.${torch}`,
    shape: axes ? axes.map((axis) => shape[axis]) : shape,
    parameter: `${index}.${own}`,
    ...(axes && { axes }),
  };
}

function weightAndBias(
  index: number,
  { kernel, bias }: Readonly<Record<string, { readonly shape: readonly number[] }>>,
  axes: readonly number[],
): TorchTensor[] {
  return [
    tensor(index, 'weight', 'kernel', kernel.shape, axes),
    ...(bias ? [tensor(index, 'bias', 'bias', bias.shape)] : []),
  ];
}

/** `bidirectional` around layers of a user's own cells is refused like those. */
function builtInOnly(layer: Layer): Layer {
  const inner = [layer.options.forward, layer.options.backward].filter(Boolean) as { kind: string }[];
  const own = inner.find(({ kind }) => kind !== 'rnn' && kind !== 'lstm' && kind !== 'gru');
  if (own) throw new UnsupportedError(`bidirectional ${own.kind}: PyTorch has no such cell`);
  return layer;
}

/** Values of shape `shape` once turned: axis i of the result is axis `axes[i]` of what is given. */
function turned(values: Float32Array, shape: readonly number[], axes: readonly number[]): Float32Array {
  const from = axes.map((_, axis) => shape[axes.indexOf(axis)]);
  const strides = from.map((_, axis) => from.slice(axis + 1).reduce((size, length) => size * length, 1));
  const steps = axes.map((axis) => strides[axis]);
  const result = new Float32Array(values.length);
  const [A, B, C = 1] = shape;
  const [a, b, c = 0] = steps;
  let at = 0;
  for (let i = 0; i < A; i++)
    for (let j = 0; j < B; j++) for (let k = 0; k < C; k++) result[at++] = values[i * a + j * b + k * c];
  return result;
}
