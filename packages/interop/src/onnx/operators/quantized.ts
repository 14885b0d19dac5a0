/* Whole numbers with a scale and a zero point, in place of floating-point numbers: x ≈ (q − zero) · scale. */
import { DataError, ShapeError } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { type Dtype, dtypeOf, isInt8 } from '../dtypes.js';
import { allocate, Value } from '../value.js';
import type { Call, Operator } from './operator.js';
import { batchIndices, productSizes } from './product-sizes.js';

const ranges: Readonly<Partial<Record<Dtype, readonly [low: number, high: number]>>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
};

/** Whole numbers that keep the value of x; uint8 without a zero point. Halves are rounded to even. */
export const QuantizeLinear: Operator = {
  // Saturation concerns only 8-bit floating-point numbers.
  attributes: ['axis', 'saturate', 'output_dtype'],
  async run(call) {
    const x = call.input(0);
    call.floatType(0);
    call.floatType(1);
    const dtype = outputType(call);
    const range = ranges[dtype];
    if (!range) return call.fail(`numbers cannot be quantised to ${dtype}`);
    const [from, scales] = await Promise.all([x.data(), call.input(1).data()]);
    const zeros = await zeroPoints(call, dtype, scales.length);
    const at = scaleIndex(call);
    const data = allocate(call.tape, dtype, x.shape, call.label);
    for (let i = 0; i < data.length; i++) {
      const s = at(i);
      data[i] = quantized(Number(from[i]), Number(scales[s]), zeros[s], range, call);
    }
    return [Value.onHost(call.tape, { dtype, shape: x.shape, data })];
  },
};

/** The floating-point numbers that whole numbers stand for. Of constants, they are computed once. */
export const DequantizeLinear: Operator = {
  attributes: ['axis'],
  async run(call) {
    const x = call.input(0);
    const type = call.floatType(1);
    if (!ranges[x.dtype] && x.dtype !== 'int32')
      call.fail(`the input must have whole numbers of at most 32 bits, not ${x.dtype}`);
    const [from, scales] = await Promise.all([x.data(), call.input(1).data()]);
    const zeros = await zeroPoints(call, x.dtype, scales.length);
    const at = scaleIndex(call);
    const data = allocate(call.tape, type, x.shape, call.label);
    for (let i = 0; i < data.length; i++) {
      const s = at(i);
      data[i] = (Number(from[i]) - zeros[s]) * Number(scales[s]);
    }
    return [Value.onHost(call.tape, { dtype: type, shape: x.shape, data })];
  },
};

/** uint8 numbers whose range is that of x and includes 0, with the scale and the zero point. */
export const DynamicQuantizeLinear: Operator = {
  async run(call) {
    const x = call.input(0);
    if (x.dtype !== 'float32') call.fail(`the input must be float32, not ${x.dtype}`);
    const from = (await x.data()) as Float32Array;
    let [low, high] = [0, 0];
    for (const value of from) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    // All zeros: onnxruntime's scale.
    const scale = high === low ? 1 : Math.fround((high - low) / 255);
    const zero = roundHalfToEven(Math.min(Math.max(Math.fround(-low / scale), 0), 255));
    const data = allocate(call.tape, 'uint8', x.shape, call.label);
    for (let i = 0; i < data.length; i++) data[i] = quantized(from[i], scale, zero, [0, 255], call);
    const { tape } = call;
    return [
      Value.onHost(tape, { dtype: 'uint8', shape: x.shape, data }),
      Value.onHost(tape, { dtype: 'float32', shape: [], data: Float32Array.of(scale) }),
      Value.onHost(tape, { dtype: 'uint8', shape: [], data: Uint8Array.of(zero) }),
    ];
  },
};

/** The exact product of 8-bit matrices, int32, after subtracting the zero points: of A for each row, of B for each column. */
export const MatMulInteger: Operator = {
  async run(call) {
    const [a, b] = [call.input(0), call.input(1)];
    for (const { dtype } of [a, b])
      if (!isInt8(dtype)) call.fail(`the inputs must be int8 or uint8, not ${dtype}`);
    const { batch, m, k, n, shape } = productSizes(call);
    const [left, right] = await Promise.all([a.data(), b.data()]);
    const [leftZeros, rightZeros] = [await productZeros(call, 2, m), await productZeros(call, 3, n)];
    const [ofLeft, ofRight] = [a, b].map((side) => batchIndices(batch, side.shape.slice(0, -2)));
    const data = new Int32Array(sizeOf(shape));
    for (const [p, from] of ofLeft.entries()) {
      for (let row = 0; row < m; row++) {
        const start = (p * m + row) * n;
        for (let at = 0; at < k; at++) {
          const x = Number(left[(from * m + row) * k + at]) - leftZeros[row % leftZeros.length];
          if (x === 0) continue;
          const other = (ofRight[p] * k + at) * n;
          for (let j = 0; j < n; j++)
            data[start + j] += x * (Number(right[other + j]) - rightZeros[j % rightZeros.length]);
        }
      }
    }
    return [Value.onHost(call.tape, { dtype: 'int32', shape, data })];
  },
};

/** Returns a function from the index of an element of input 0 to that of its scale, input 1. */
function scaleIndex(call: Call): (i: number) => number {
  const { shape } = call.input(0);
  const scales = call.input(1).shape;
  const count = sizeOf(scales);
  if (scales.length === 0) return () => 0;
  if (scales.length === 1) {
    const axis = shape.length > 0 ? call.attributes.int('axis', 1) : 0;
    // A vector has only axis 0, and a scale [1] is then one of the whole tensor.
    if (count === 1 && shape.length < 2) return () => 0;
    const at = call.axis(axis, shape.length);
    const stride = sizeOf(shape.slice(at + 1));
    if (shape[at] === count) return (i) => Math.floor(i / stride) % count;
    if (count === 1) return () => 0;
  }
  throw new ShapeError(
    `${call.label}: the scale must be a scalar or have one number for each of axis ${call.attributes.int('axis', 1)} of ` +
      `[${shape}], not the shape [${scales}]`,
  );
}

/** The zero points, input 2, one for each scale; zeros if they are left out. */
async function zeroPoints(call: Call, dtype: Dtype, count: number): Promise<number[]> {
  const zeros = call.inputs[2];
  if (!zeros) return new Array(count).fill(0);
  if (zeros.dtype !== dtype) call.fail(`the zero point must be ${dtype}, not ${zeros.dtype}`);
  if (sizeOf(zeros.shape) !== count || zeros.shape.length > 1) {
    throw new ShapeError(
      `${call.label}: the zero point must have the shape of the scale, [${call.input(1).shape}], not [${zeros.shape}]`,
    );
  }
  return Array.from((await zeros.data()) as ArrayLike<number | bigint>, Number);
}

/** The zero points of a side of MatMulInteger: one, or one for each of the `count` rows or columns. */
async function productZeros(call: Call, index: number, count: number): Promise<number[]> {
  const zeros = call.inputs[index];
  if (!zeros) return [0];
  const { dtype } = call.input(index - 2);
  if (zeros.dtype !== dtype)
    call.fail(`the zero point of input ${index - 2} must be ${dtype}, not ${zeros.dtype}`);
  const size = sizeOf(zeros.shape);
  if (zeros.shape.length > 1 || (size !== 1 && size !== count)) {
    throw new ShapeError(
      `${call.label}: the zero point of input ${index - 2} must be a scalar or [${count}], not [${zeros.shape}]`,
    );
  }
  return Array.from((await zeros.data()) as ArrayLike<number | bigint>, Number);
}

/** The type of QuantizeLinear's output: that of the zero point, or the attribute's. */
function outputType(call: Call): Dtype {
  const zero = call.inputs[2]?.dtype;
  const code = call.attributes.int('output_dtype', 0);
  const named =
    code === 0 ? undefined : (dtypeOf(code) ?? call.fail(`output_dtype ${code} is not supported`));
  if (zero && named && zero !== named) call.fail(`the zero point is ${zero}, but output_dtype ${named}`);
  return zero ?? named ?? 'uint8';
}

function quantized(
  x: number,
  scale: number,
  zero: number,
  [low, high]: readonly [number, number],
  call: Call,
): number {
  const quotient = Math.fround(x / scale);
  if (Number.isNaN(quotient))
    throw new DataError(`${call.label}: ${x} cannot be divided by the scale ${scale}`);
  return Math.min(Math.max(roundHalfToEven(quotient) + zero, low), high);
}

function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  const fraction = x - below;
  if (fraction !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
