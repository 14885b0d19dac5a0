/*
 * The mapping between the parameters of a Recurra model and a state_dict. PyTorch stores matrices transposed, and adds two
 * biases. If Recurra has only one, it is exported as `bias_ih`, and `bias_hh` is −0: adding −0 never changes a number, not
 * even its sign. So a model that is exported and imported has the same bits.
 */
import { type BuiltInLayer, FormatError, type NDArray, UnsupportedError } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import type { Architecture, ModelNode } from '@recurra/core/files';
import { checkFinite } from '../finite.js';
import { modulesOf, type TorchModule } from './directions.js';
import { pythonNames } from './names.js';

/** A tensor of the state_dict. */
export interface TorchTensor {
  /** `layer0.weight_ih_l0` */
  readonly name: string;
  readonly shape: readonly number[];
  /** The parameter in Recurra: `0.kernel`; absent for a constant. */
  readonly parameter?: string;
  /** The value of all elements of a tensor that Recurra does not have. */
  readonly constant?: number;
  /** Axis i of PyTorch's tensor is axis `axes[i]` of Recurra's. Default: the same axes. */
  readonly axes?: readonly number[];
  /** A second bias: imported by adding it to the parameter, exported as −0. */
  readonly second?: boolean;
}

/**
 * The tensors of the state_dict of a model's model.py. Those of weights that nodes share are there once.
 * @throws UnsupportedError, with the node's name, for custom layers and cells
 */
export function torchTensors(model: Architecture): TorchTensor[] {
  const names = pythonNames(model);
  return model.nodes.flatMap((node) =>
    node.owner === node.name
      ? nodeTensors(node, names.attribute(node), (problem) => {
          throw new UnsupportedError(`${model.nameOf(node)}: ${problem}`);
        })
      : [],
  );
}

function nodeTensors(node: ModelNode, attribute: string, refuse: (problem: string) => never): TorchTensor[] {
  const layer = node.layer as unknown as BuiltInLayer;
  const { parameters, buffers } = node.built;
  const own = (torch: string, parameter: string, axes?: readonly number[]): TorchTensor => {
    const { shape } = { ...parameters, ...buffers }[parameter];
    return {
      name: `${attribute}.${torch}`,
      shape: axes ? axes.map((axis) => shape[axis]) : shape,
      parameter: `${node.name}.${parameter}`,
      ...(axes && { axes }),
    };
  };
  const weightAndBias = (axes: readonly number[]) => [
    own('weight', 'kernel', axes),
    ...(parameters.bias ? [own('bias', 'bias')] : []),
  ];
  switch (layer.kind) {
    case 'rnn':
    case 'lstm':
    case 'gru':
    case 'minGru':
    case 'minLstm':
    case 'slstm':
    case 'bidirectional':
      return modulesOf(attribute, layer, refuse).flatMap((module) =>
        cellTensors(node.name, module, parameters),
      );
    case 'attention':
    case 'bahdanauDecoder':
      return Object.keys(parameters).map((parameter) => own(parameter, parameter));
    case 'embedding':
      return [own('weight', 'embeddings')];
    case 'dense':
      return weightAndBias([1, 0]);
    case 'conv1d':
      return weightAndBias([2, 1, 0]);
    case 'conv2d':
      return weightAndBias([3, 2, 0, 1]);
    case 'layerNorm':
    case 'featureScale':
      return [own('weight', 'gain'), own('bias', 'bias')];
    case 'batchNorm': {
      const { scale, center } = layer.options;
      const mean = own('running_mean', 'runningMean');
      const constant = (torch: string, value: number, shape = mean.shape): TorchTensor => ({
        name: `${attribute}.${torch}`,
        shape,
        constant: value,
      });
      const fixed = { weight: constant('weight', 1), bias: constant('bias', 0) };
      return [
        ...(scale ? [own('weight', 'gain')] : center ? [fixed.weight] : []),
        ...(center ? [own('bias', 'bias')] : scale ? [fixed.bias] : []),
        mean,
        own('running_var', 'runningVariance'),
        constant('num_batches_tracked', 0, []),
      ];
    }
    case 'activation':
    case 'add':
    case 'averagePooling2d':
    case 'concat':
    case 'dropout':
    case 'flatten':
    case 'lastStep':
    case 'masking':
    case 'maxOverTime':
    case 'maxPooling1d':
    case 'maxPooling2d':
    case 'meanOverTime':
    case 'multiply':
    case 'repeatVector':
    case 'reshape':
    case 'spatialDropout':
      return [];
    case 'recurrent':
      return refuse('custom cells cannot be exported to PyTorch');
    default:
      layer satisfies never;
      return refuse('custom layers cannot be exported to PyTorch');
  }
}

/** A model's weights as a state_dict. */
export function toTorch(
  tensors: readonly TorchTensor[],
  weights: Readonly<Record<string, NDArray>>,
): Record<string, NDArray> {
  return Object.fromEntries(
    tensors.map(({ name, shape, parameter, constant = 0, axes, second }) => {
      if (parameter === undefined)
        return [name, { data: new Float32Array(sizeOf(shape)).fill(constant), shape }];
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
    if (parameter === undefined) continue;
    const values = Float32Array.from(tensor.data);
    checkFinite(name, { shape, data: values });
    if (second) {
      const { data } = weights[parameter];
      for (let i = 0; i < data.length; i++) data[i] += values[i];
      continue;
    }
    const back = axes?.map((_, axis) => axes.indexOf(axis));
    const own = back ? back.map((axis) => shape[axis]) : shape;
    weights[parameter] = { data: back ? transposed(values, own, back) : values, shape: own };
  }
  return weights;
}

/** The tensors of a recurrent module. */
function cellTensors(
  node: string,
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
        parameter: `${node}.${prefix}${parameter}`,
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

/** Transposes `values` to `shape`: axis i of the result is axis `axes[i]` of the values. */
function transposed(values: Float32Array, shape: readonly number[], axes: readonly number[]): Float32Array {
  const from = axes.map((_, axis) => shape[axes.indexOf(axis)]);
  const strides = from.map((_, axis) => from.slice(axis + 1).reduce((size, length) => size * length, 1));
  const steps = axes.map((axis) => strides[axis]);
  const index = shape.map(() => 0);
  let offset = 0;
  return values.map(() => {
    const value = values[offset];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      offset += steps[axis];
      if (++index[axis] < shape[axis]) break;
      offset -= steps[axis] * shape[axis];
      index[axis] = 0;
    }
    return value;
  });
}
