import type { Shape, TensorData } from '../contract/tensor.js';
import { DataError } from '../errors.js';
import type { Architecture } from '../model/architecture.js';
import { show } from '../options.js';
import { toNDArray } from './ndarray.js';

/**
 * Checks one time step of one sequence, and converts it to the network's input: features [1, 1, F], or a token id [1,
 * 1].
 * @throws DataError for a frame with the wrong number of features, or with an invalid number
 */
export function checkFrame(frame: unknown, model: Architecture): { data: TensorData; shape: Shape } {
  if (model.input.kind === 'indices') {
    const last = (model.layers[0].vocabulary ?? 1) - 1;
    if (!(Number.isSafeInteger(frame) && (frame as number) >= 0 && (frame as number) <= last)) {
      throw new DataError(`push: a frame must be a token id from 0 to ${last}, not ${show(frame)}`);
    }
    return { data: Float64Array.of(frame as number), shape: [1, 1] };
  }
  const { features } = model.input;
  const { data, shape } = toNDArray(frame, 'push: the frame', ['feature']);
  if (shape.length > 1 || data.length !== features)
    throw new DataError(
      `push: a frame must have ${features} features, not ${shape.length > 1 ? `the shape ${show(shape)}` : data.length}`,
    );
  return { data, shape: [1, 1, features] };
}
