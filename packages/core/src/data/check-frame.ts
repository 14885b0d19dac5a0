import type { Shape, TensorData } from '../contract/tensor.js';
import { DataError } from '../errors.js';
import type { Architecture } from '../model/architecture.js';
import { show } from '../options.js';
import { toNDArray } from './ndarray.js';

/**
 * One time step of one sequence, as the network takes it: features [1, 1, F], or a token id [1, 1].
 * @throws DataError for a frame of another width, or with a number that cannot be
 */
export function checkFrame(frame: unknown, model: Architecture): { data: TensorData; shape: Shape } {
  if (model.input.kind === 'tokens') {
    const most = (model.layers[0].vocabulary ?? 1) - 1;
    if (!(Number.isSafeInteger(frame) && (frame as number) >= 0 && (frame as number) <= most)) {
      throw new DataError(`push: a frame must be a token id from 0 to ${most}, not ${show(frame)}`);
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
