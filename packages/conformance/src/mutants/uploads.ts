/* Backends that accept data whose length does not fit the shape, or that leak when they reject it. */
import { ShapeError } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { type Mutant, triedFirst } from './mutant.js';

const upload = triedFirst('memory: ');

export const uploads: Mutant[] = [
  upload('upload: too few are filled up', 'missing numbers become 0', (right) => ({
    upload: (data, shape) =>
      right.upload(data.length < sizeOf(shape) ? padded(data, sizeOf(shape)) : data, shape),
  })),
  upload('upload: too many are cut off', 'numbers past the shape’s size are ignored', (right) => ({
    upload: (data, shape) =>
      right.upload(data.length > sizeOf(shape) ? padded(data, sizeOf(shape)) : data, shape),
  })),
  upload('upload: nothing is zeros', 'an empty array gives a tensor of zeros', (right) => ({
    upload: (data, shape) => (data.length === 0 ? right.fill(shape, 0) : right.upload(data, shape)),
  })),
  upload('upload: a refusal leaks', 'the tensor is made before the length is checked', (right) => ({
    upload(data, shape) {
      if (data.length === sizeOf(shape)) return right.upload(data, shape);
      right.fill(shape, 0);
      throw new ShapeError(`upload: ${data.length} numbers for [${shape}]`);
    },
  })),
  upload(
    'upload: an untyped refusal',
    'data of the wrong length throws the engine’s RangeError',
    (right) => ({
      upload(data, shape) {
        if (data.length === sizeOf(shape)) return right.upload(data, shape);
        throw new RangeError('offset is out of bounds');
      },
    }),
  ),
];

/** The first `size` numbers, filled up with zeros. */
function padded(data: ArrayLike<number>, size: number): number[] {
  return Array.from({ length: size }, (_, i) => data[i] ?? 0);
}
