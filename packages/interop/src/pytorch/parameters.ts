/*
 * The mapping between the parameters of a Recurra model and a state_dict. PyTorch stores matrices transposed, and adds two
 * biases. If Recurra has only one, it is exported as `bias_ih`, and `bias_hh` is −0: adding −0 never changes a number, not
 * even its sign. So a model that is exported and imported has the same bits.
 */
import { type BuiltInLayer, FormatError, type NDArray, UnsupportedError } from '@recurra/core';
import type { Architecture } from '@recurra/core/files';
import { checkFinite } from '../finite.js';
import { modulesOf, type TorchModule } from './directions.js';

/** A tensor of the state_dict. */
export interface TorchTensor {
  /** `layer0.weight_ih_l0` */
  readonly name: string;
  readonly shape: readonly number[];
  /** The parameter in Recurra: `0.kernel`. */
  readonly parameter: string;
  /** Axis i of PyTorch's tensor is axis `axes[i]` of Recurra's. Default: the same axes. */
  readonly axes?: readonly number[];
  /** A second bias: imported by adding it to the parameter, exported as −0. */
  readonly second?: boolean;
}

/**
 * The tensors of the state_dict of a model's model.py.
 * @throws UnsupportedError for custom layers and cells
 */
export function torchTensors(model: Architecture): TorchTensor[] {
  return model.nodes.flatMap((node, index): TorchTensor[] => {
    const layer = node.layer as unknown as BuiltInLayer;
    const { parameters } = node.built;
    const shapeOf = (own: string): readonly number[] => parameters[own].shape;
    switch (layer.kind) {
      case 'rnn':
      case 'lstm':
      case 'gru':
      case 'bidirectional':
        return modulesOf(index, layer).flatMap((module) => cellTensors(index, module, parameters));
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
      case 'activation':
      case 'add':
      case 'concat':
      case 'multiply':
      case 'dropout':
      case 'flatten':
      case 'lastStep':
      case 'masking':
      case 'maxOverTime':
      case 'meanOverTime':
      case 'repeatVector':
        return [];
      case 'averagePooling2d':
      case 'batchNorm':
      case 'conv2d':
      case 'maxPooling1d':
      case 'maxPooling2d':
      case 'reshape':
      case 'spatialDropout':
      case 'attention':
      case 'bahdanauDecoder':
        throw new UnsupportedError(`${model.nameOf(node)}: it cannot be exported to PyTorch`);
      case 'recurrent':
        throw new UnsupportedError(`layer ${index}, recurrent: custom cells cannot be exported to PyTorch`);
      default:
        layer satisfies never;
        throw new UnsupportedError(`${model.nameOf(node)}: custom layers cannot be exported to PyTorch`);
    }
  });
}

/** A model's weights as a state_dict. */
export function toTorch(
  tensors: readonly TorchTensor[],
  weights: Readonly<Record<string, NDArray>>,
): Record<string, NDArray> {
  return Object.fromEntries(
    tensors.map(({ name, shape, parameter, axes, second }) => {
      const { data } = weights[parameter];
      const values = second ? new Float32Array(data.length).fill(-0) : Float32Array.from(data);
      return [name, { data: axes ? transposed(values, shape, axes) : values, shape }];
    }),
  );
}

/**
 * A model's weights from a state_dict that has all of its tensors.
 * @throws FormatError for a tensor that is missing, has another shape, or is not finite in float32
 */
export function fromTorch(
  tensors: readonly TorchTensor[],
  state: Readonly<Record<string, NDArray>>,
): Record<string, NDArray> {
  const weights: Record<string, NDArray> = {};
  for (const { name, shape, parameter, axes, second } of tensors) {
    const tensor = Object.hasOwn(state, name) ? state[name] : undefined;
    if (!tensor) throw new FormatError(`the state_dict has no ${name} [${shape}]`);
    if (tensor.shape.length !== shape.length || !tensor.shape.every((size, axis) => size === shape[axis])) {
      throw new FormatError(`${name} must be [${shape}], not [${tensor.shape}]`);
    }
    const values = Float32Array.from(tensor.data);
    checkFinite(name, { shape, data: values });
    if (second) {
      const { data } = weights[parameter];
      for (let i = 0; i < data.length; i++) data[i] += values[i];
      continue;
    }
    // Each of the permutations used here is its own inverse.
    const own = axes ? axes.map((axis) => shape[axis]) : shape;
    weights[parameter] = { data: axes ? transposed(values, own, axes) : values, shape: own };
  }
  return weights;
}

/** The tensors of a recurrent module. */
function cellTensors(
  index: number,
  { name, nn, prefixes, cell }: TorchModule,
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
      cell.kind === 'gru'
        ? entry(`bias_hh${suffix}`, 'recurrentBias')
        : entry(`bias_hh${suffix}`, 'bias', { second: true }),
    ];
    return [
      entry(`weight_ih${suffix}`, 'kernel', matrix),
      entry(`weight_hh${suffix}`, 'recurrentKernel', matrix),
      ...(cell.options.bias ? biases(suffix) : []),
      ...(own.includes(`${prefix}projection`) ? [entry(`weight_hr${suffix}`, 'projection', matrix)] : []),
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

/** Transposes `values` to `shape`: axis i of the result is axis `axes[i]` of the values. */
function transposed(values: Float32Array, shape: readonly number[], axes: readonly number[]): Float32Array {
  const from = axes.map((_, axis) => shape[axes.indexOf(axis)]);
  const strides = from.map((_, axis) => from.slice(axis + 1).reduce((size, length) => size * length, 1));
  const steps = axes.map((axis) => strides[axis]);
  const result = new Float32Array(values.length);
  const [A, B, C = 1] = shape;
  const [a, b, c = 0] = steps;
  let index = 0;
  for (let i = 0; i < A; i++)
    for (let j = 0; j < B; j++) for (let k = 0; k < C; k++) result[index++] = values[i * a + j * b + k * c];
  return result;
}
