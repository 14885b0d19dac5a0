import { DataError, ShapeError } from '../errors.js';
import { show } from '../options.js';
import type { Shape } from './tensor.js';

const MAX_AXES = 4;

/**
 * Checks a shape and returns its number of elements. The backend itself must check that a tensor of this size fits into
 * its memory.
 *
 * @param what the start of error messages: the backend's name
 * @throws ShapeError unless the shape is 1 to 4 whole numbers, 0 or more
 */
export function checkShape(what: string, shape: Shape): number {
  const invalid = (problem: string) => new ShapeError(`${what}: a tensor of ${problem}`);
  if (!Array.isArray(shape)) throw invalid(`shape ${show(shape)}: a shape is an array of numbers`);
  if (shape.length < 1 || shape.length > MAX_AXES) {
    throw invalid(`${shape.length} axes: a shape has 1 to ${MAX_AXES}`);
  }
  let size = 1;
  for (const dimension of shape) {
    if (!Number.isSafeInteger(dimension) || dimension < 0) {
      throw invalid(`shape [${shape}]: a dimension is a whole number from 0 to 2^53 - 1, not ${dimension}`);
    }
    size *= dimension;
  }
  return size;
}

/**
 * Checks the shape and data of a new tensor before memory is allocated. Data of the wrong length would overwrite other
 * tensors, or leave the end of this tensor uninitialised.
 *
 * @param what the start of error messages: the backend's name
 * @returns the number of elements
 * @throws ShapeError unless the shape is 1 to 4 whole numbers, 0 or more, and `data` has one number for each element;
 *   DataError if `data` is not an array of numbers
 */
export function checkUpload(what: string, data: ArrayLike<number>, shape: Shape): number {
  const size = checkShape(what, shape);
  if (!isNumberArray(data)) {
    throw new DataError(`${what}: the data must be an array of numbers, not ${show(data)}`);
  }
  if (data.length !== size) {
    throw new ShapeError(`${what}: ${data.length} numbers do not fill [${shape}], which needs ${size}`);
  }
  return size;
}

function isNumberArray(value: unknown): value is ArrayLike<number> {
  if (typeof value !== 'object' || value === null || !('length' in value)) return false;
  const { length, 0: first } = value as ArrayLike<unknown>;
  return typeof length === 'number' && typeof first !== 'bigint';
}
