import { DataError, ShapeError } from '../errors.js';
import { show } from '../options.js';
import type { Shape } from './tensor.js';

const MOST_AXES = 4;

/**
 * The number of elements of a shape from which a backend is to create a tensor. The backend checks whether it has room for
 * so many.
 *
 * @param what with which the message of an error begins: the backend's name
 * @throws ShapeError unless the shape is 1 to 4 whole numbers, 0 or more
 */
export function checkShape(what: string, shape: Shape): number {
  const wrong = (because: string) => new ShapeError(`${what}: a tensor of ${because}`);
  if (!Array.isArray(shape)) throw wrong(`shape ${show(shape)}: a shape is an array of numbers`);
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
 * Checks numbers that are to become a tensor, before memory is allocated: data of another length would be written into the
 * memory of other tensors, or leave the end of this tensor uninitialised.
 *
 * @param what with which the message of an error begins: the backend's name
 * @returns the number of elements
 * @throws ShapeError unless the shape is 1 to 4 whole numbers, 0 or more, and `data` has one number for each element;
 * DataError for what is not an array of numbers
 */
export function checkUpload(what: string, data: ArrayLike<number>, shape: Shape): number {
  const size = checkShape(what, shape);
  if (!isNumberArray(data)) {
    throw new DataError(`${what}: the data must be an array of numbers, not ${show(data)}`);
  }
  if (data.length !== size) {
    throw new ShapeError(`${what}: ${data.length} numbers do not fill [${shape}], which takes ${size}`);
  }
  return size;
}

function isNumberArray(value: unknown): value is ArrayLike<number> {
  if (typeof value !== 'object' || value === null || !('length' in value)) return false;
  const { length, 0: first } = value as ArrayLike<unknown>;
  return typeof length === 'number' && typeof first !== 'bigint';
}
