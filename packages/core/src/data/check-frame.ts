import { type Shape, sizeOf, type TensorData } from '../contract/tensor.js';
import { DataError } from '../errors.js';
import { sizesOfStep } from '../layers/shapes.js';
import type { ModelInput } from '../model/architecture.js';
import { show } from '../options.js';
import { toNDArray } from './ndarray.js';

/**
 * One time step of each row, as the network takes it: features [1, rows, F], or token ids [1, rows].
 * @param what the name of the frame in messages; if there are several rows, the frame of row r is `${what}[r]`
 * @throws DataError for a frame of another width, or with a number that cannot be
 */
export function checkFrames(
  what: string,
  frames: readonly unknown[],
  { shape, vocabulary }: ModelInput,
): { data: TensorData; shape: Shape } {
  const sizes = sizesOfStep(shape);
  const width = sizeOf(sizes);
  const rows = frames.length;
  const isTokens = shape.kind === 'tokens';
  const frameShape = isTokens ? [1, rows] : [1, rows, width];
  if (rows === 1 && !isTokens) return { data: checkStep(what, frames[0], sizes), shape: frameShape };
  const data = new Float64Array(rows * width);
  for (const [row, frame] of frames.entries()) {
    const name = rows > 1 ? `${what}[${row}]` : what;
    if (isTokens) data[row] = checkId(name, frame, vocabulary);
    else data.set(checkStep(name, frame, sizes), row * width);
  }
  return { data, shape: frameShape };
}

function checkId(what: string, frame: unknown, vocabulary = Number.POSITIVE_INFINITY): number {
  if (Number.isSafeInteger(frame) && (frame as number) >= 0 && (frame as number) < vocabulary)
    return frame as number;
  const range = Number.isFinite(vocabulary) ? `from 0 to ${vocabulary - 1}` : '0 or more';
  throw new DataError(`${what} must be a token id ${range}, not ${show(frame)}`);
}

function checkStep(what: string, frame: unknown, sizes: readonly number[]): TensorData {
  const floats = frame instanceof Float32Array || frame instanceof Float64Array;
  const { data, shape } = toNDArray(
    // Checked, but not copied: a stream uploads the frame before it returns.
    floats ? { data: frame, shape: [frame.length] } : frame,
    what,
    sizes.length === 1 ? ['feature'] : ['row', 'column', 'channel'],
  );
  if (shape.length <= sizes.length && data.length === sizeOf(sizes)) return data;
  const given = shape.length > sizes.length ? `the shape ${show(shape)}` : data.length;
  throw new DataError(
    sizes.length === 1
      ? `${what} must have ${sizes[0]} features, not ${given}`
      : `${what} must be an image of ${sizes.join(' × ')} numbers, not ${show(shape)}`,
  );
}
