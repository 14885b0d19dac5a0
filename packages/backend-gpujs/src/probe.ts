import type { Backend } from '@recurra/core';
import type { Memory } from '@recurra/core/backend';
import { FLAT } from './strides.js';
import type { Arrays } from './textures.js';

const SMALLEST_NORMAL = 2 ** -126;

/**
 * What this driver does with numbers that WebGL leaves open: NaN and infinities may be computed away, and numbers below
 * 2⁻¹²⁶ flushed to zero.
 */
export async function probe(
  { kernel, get, add, outputOf }: Arrays,
  { upload, read, free }: Memory,
): Promise<Backend['lacks']> {
  const given = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, SMALLEST_NORMAL];
  const halve = kernel('probe', () => ({
    source: `function (x, half) {
      var value = x[${FLAT}];
      return keepNaN(value, value * half);
    }`,
    types: ['texture', 'number'],
  }));
  const x = upload(given, [given.length]);
  const y = add(halve(outputOf(x.shape), get(x), 0.5), x.shape);
  const [nan, most, least, small] = await read(y);
  free(x);
  free(y);
  const withoutNaN = !Number.isNaN(nan) && 'this driver does not keep NaN apart from numbers';
  const finite = (most !== given[1] || least !== given[2]) && 'this driver does not keep infinities';
  return {
    ...(withoutNaN && { nan: withoutNaN, fusedNan: withoutNaN }),
    ...(finite && { infinity: finite }),
    ...(small !== SMALLEST_NORMAL / 2 && { denormals: 'this driver flushes them to zero' }),
    largeTensors: 'indices are floats in a shader, and these are whole up to 2²⁴',
  };
}
