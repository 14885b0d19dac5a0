import type { Backend } from '@recurra/core';
import type { Memory } from '@recurra/core/backend';
import type { Context } from './memory.js';
import { FLAT } from './strides.js';

const SMALLEST_NORMAL = 2 ** -126;

/**
 * Tests behaviour that WebGL leaves to the driver, which may lose NaN and infinities, and flush numbers below
 * 2⁻¹²⁶ to zero.
 * @returns the capabilities that this driver lacks, with reasons
 */
export async function probe(
  { kernel, get, add, outputOf }: Context,
  { upload, read, free }: Pick<Memory, 'upload' | 'read' | 'free'>,
): Promise<Backend['lacks']> {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, SMALLEST_NORMAL];
  const halve = kernel('probe', () => ({
    // x [4] → [4]
    source: `function (x, half) {
      var value = x[${FLAT}];
      return keepNaN(value, value * half);
    }`,
    types: ['texture', 'number'],
  }));
  const x = upload(values, [values.length]);
  const y = add(halve(outputOf(x.shape), get(x), 0.5), x.shape);
  const [nan, positive, negative, small] = await read(y);
  free(x);
  free(y);
  const withoutNaN = !Number.isNaN(nan) && 'this driver does not distinguish NaN from numbers';
  const withoutInfinity =
    (positive !== values[1] || negative !== values[2]) && 'this driver does not keep infinities';
  return {
    ...(withoutNaN && { nan: withoutNaN, fusedNan: withoutNaN }),
    ...(withoutInfinity && { infinity: withoutInfinity }),
    ...(small !== SMALLEST_NORMAL / 2 && { denormals: 'this driver flushes them to zero' }),
    largeTensors: 'indices are floats in a shader, which are exact up to 2²⁴',
  };
}
