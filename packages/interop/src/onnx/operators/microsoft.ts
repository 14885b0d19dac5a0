/* Operators of the domain com.microsoft, which onnxruntime's quantisation tool writes. */
import { ShapeError } from '@recurra/core';
import { sameShape } from '@recurra/core/backend';
import { isInt8 } from '../dtypes.js';
import { showShape } from '../graph.js';
import { type MatrixForm, recurrentOperator } from './recurrent-operator.js';

/** The inputs of W and R, each with its scales and zero points. */
const parts = [
  { index: 1, name: 'W', scale: 8, zero: 9 },
  { index: 2, name: 'R', scale: 10, zero: 11 },
] as const;

/** 8-bit whole numbers [D, N, G · H], with scales and zero points for each direction, or for each of its columns. */
const int8: MatrixForm = {
  inputs: parts.flatMap(({ scale, zero }) => [scale, zero]),
  shape: ({ D, G, H }, N) => [D, N, G * H],
  units: 1,
  check(call, { D, G, H }) {
    for (const { index, name, scale, zero } of parts) {
      const { dtype } = call.input(index);
      if (!isInt8(dtype)) call.fail(`${name} must be of int8 or uint8, not ${dtype}`);
      call.floatType(scale);
      const { shape } = call.input(scale);
      if (!sameShape(shape, [D]) && !sameShape(shape, [D, G * H])) {
        throw new ShapeError(
          `${call.label}: ${name}_scale must be [${D}] or [${D},${G * H}], not ${showShape(shape)}`,
        );
      }
      const zeros = call.input(zero);
      if (zeros.dtype !== dtype)
        call.fail(`${name}_zero_point must be ${dtype}, as ${name}, not ${zeros.dtype}`);
      if (!sameShape(zeros.shape, shape)) {
        throw new ShapeError(
          `${call.label}: ${name}_zero_point must be [${shape}], as ${name}_scale, not ${showShape(zeros.shape)}`,
        );
      }
    }
  },
  async floats(call, index, { D, G, H }, N) {
    const { scale, zero } = parts[index - 1];
    const [values, scales, zeros] = await Promise.all([index, scale, zero].map((i) => call.input(i).data()));
    const width = G * H;
    const perColumn = scales.length > D;
    const result = new Float32Array(D * width * N);
    for (let d = 0; d < D; d++) {
      for (let n = 0; n < N; n++) {
        for (let j = 0; j < width; j++) {
          const at = perColumn ? d * width + j : d;
          const value = Number(values[(d * N + n) * width + j]) - Number(zeros[at]);
          result[(d * width + j) * N + n] = value * Number(scales[at]);
        }
      }
    }
    return result;
  },
};

/**
 * onnxruntime's LSTM of int8 weights. The weights are expanded to the floats that they stand for; onnxruntime also rounds x and
 * h to 8 bits in each run, so its outputs differ a little from these.
 */
export const DynamicQuantizeLSTM = recurrentOperator('lstm', ['input_forget'], int8);
