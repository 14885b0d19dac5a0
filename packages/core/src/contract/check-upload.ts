import { DataError, ShapeError } from '../errors.js';
import type { Shape } from './tensor.js';

const MOST_AXES = 4;

/**
 * The number of elements of a shape that was handed to a backend, which is to make a tensor of it. Whether the backend has
 * room for so many is its own to say.
 *
 * @param backend its name, with which the message of an error begins
 * @throws ShapeError unless the shape is 1 to 4 whole numbers, 0 or more
 */
export function checkShape(backend: string, shape: Shape): number {
  const wrong = (because: string) => new ShapeError(`${backend}: a tensor of ${because}`);
  if (!Array.isArray(shape)) throw wrong(`shape ${String(shape)}: a shape is an array of numbers`);
  if (shape.length < 1 || shape.length > MOST_AXES) {
    throw wrong(`${shape.length} axes: a shape has 1 to ${MOST_AXES}`);
  }
  let size = 1;
  for (const dimension of shape) {
    if (!Number.isSafeInteger(dimension) || dimension < 0) {
      throw wrong(`shape [${shape}]: a dimension is a whole number from 0 to 2^53 - 1, not ${dimension}`);
    }
    size *= dimension;
  }
  return size;
}

/**
 * Checks what `upload` was handed, before a backend allocates memory for it: data of another length would be written into
 * the memory of other tensors, or leave the end of its own as it was.
 *
 * @param backend its name, with which the message of an error begins
 * @returns the number of elements
 * @throws ShapeError unless the shape is 1 to 4 whole numbers, 0 or more, and `data` has one number for each element;
 * DataError for what is no list of numbers
 */
export function checkUpload(backend: string, data: ArrayLike<number>, shape: Shape): number {
  const size = checkShape(backend, shape);
  const length: unknown = (data as ArrayLike<number> | null | undefined)?.length;
  if (typeof data !== 'object' || typeof length !== 'number') {
    throw new DataError(`${backend}: upload was given ${String(data)}, not an array of numbers`);
  }
  if (length !== size) {
    throw new ShapeError(
      `${backend}: upload was given ${length} numbers for a tensor of [${shape}], which has ${size}`,
    );
  }
  return size;
}
