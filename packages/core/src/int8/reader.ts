import type { Backend } from '../contract/backend.js';
import { FormatError, type RecurraError } from '../errors.js';
import { fromBfloat16 } from '../files/half-precision.js';
import { floatTypes, type NumberTypes, type StoredTensor } from '../files/safetensors.js';
import type { HostTensor } from '../host-arrays.js';
import type { Architecture } from '../model/architecture.js';
import { type Int8State, scaleCount } from './matrix.js';
import { placeMatrices, takeMatrices } from './place.js';

/** Checks float weights, and returns them by parameter name. */
export type CheckFloats = (tensors: Readonly<Record<string, HostTensor>>) => Map<string, HostTensor>;

/** The options with which a network is made. */
export interface NetworkSettings {
  readonly seed: number;
  readonly fused: boolean;
  readonly int8?: Int8State;
}

/** Reads int8 weights from model files: the export `int8`. */
export interface Int8Reader {
  readonly types: NumberTypes<StoredTensor['data']>;
  /** Takes the weights out of a file's tensors. @throws FormatError if int8 weights or their scales do not fit the model */
  read<Model extends Architecture>(
    model: Model,
    backend: Backend,
    settings: NetworkSettings,
    tensors: Readonly<Record<string, HostTensor>>,
    check: CheckFloats,
  ): { model: Model; settings: NetworkSettings; weights: Map<string, HostTensor> };
}

/** The tensor of a file that has the scales of all int8 weights, in the order of the model's parameters. */
const scalesName = 'scales';

/** Reads model files with int8 weights. Pass it to `loadPredictor` as `{ int8 }`; `loadNetwork` always reads them. */
export const int8: Int8Reader = {
  types: { ...floatTypes, I8: [1, (buffer) => new Int8Array(buffer)] },
  read(model, backend, settings, tensors, check) {
    const { matrices, floats } = take(model, tensors);
    const weights = check(floats);
    const state = placeMatrices(model, backend, settings.fused, matrices, weights);
    return { model, settings: { ...settings, int8: state }, weights };
  },
};

function take(
  model: Architecture,
  tensors: Readonly<Record<string, HostTensor>>,
): ReturnType<typeof takeMatrices> {
  if (!Object.values(tensors).some(({ data }) => data instanceof Int8Array))
    return { matrices: new Map(), floats: tensors };
  const stored = [...model.parameters()].filter(
    ([name]) => Object.hasOwn(tensors, name) && tensors[name].data instanceof Int8Array,
  );
  const total = stored.reduce((sum, [, parameter]) => sum + scaleCount(parameter), 0);
  const all = Object.hasOwn(tensors, scalesName) ? Float32Array.from(tensors[scalesName].data) : [];
  if (all.length !== total)
    throw new FormatError(
      `the file's int8 weights need ${total} numbers in the tensor ${scalesName}, which has ${all.length}`,
    );
  const weights = { ...tensors };
  let from = 0;
  for (const [name, parameter] of stored) {
    const scales = all.slice(from, from + scaleCount(parameter)) as Float32Array;
    weights[name] = { ...tensors[name], scales };
    from += scales.length;
  }
  try {
    return takeMatrices('weights', model, weights);
  } catch (error) {
    const { message } = error as RecurraError;
    throw new FormatError(`the file's int8 weights do not match its model: ${message}`, { cause: error });
  }
}

/** The tensors of a file for int8 weights: the matrices, and all their scales. */
export function int8Tensors(model: Architecture, { matrices }: Int8State): Record<string, StoredTensor> {
  const tensors: Record<string, StoredTensor> = {};
  const scales: number[] = [];
  for (const name of model.parameters().keys()) {
    const matrix = matrices.get(name);
    if (!matrix) continue;
    tensors[name] = { data: matrix.data, shape: matrix.shape };
    for (const scale of matrix.scales) scales.push(scale);
  }
  const data = Float32Array.from(scales);
  const halves = Uint16Array.from(new Uint32Array(data.buffer), (bits) => bits >>> 16);
  const exact = data.every((scale, i) => fromBfloat16(halves[i]) === scale);
  tensors[scalesName] = { data: exact ? halves : data, shape: [scales.length] };
  return tensors;
}
