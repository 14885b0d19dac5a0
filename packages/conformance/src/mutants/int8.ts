/* Kernels that read int8 weights wrongly. */
import type { Backend, Tensor } from '@recurra/core';
import type { DenseInputs, RecurrentInputs } from '@recurra/core/backend';
import { baselineKernels, mapWeights } from './baseline-kernels.js';
import { type Mutant, mutant } from './mutant.js';

/** Int8 weights on the host, as the backend got them. */
interface Upload {
  readonly values: Int8Array;
  readonly scales: Float32Array;
  readonly shape: readonly number[];
}

/** Computes the floats that int8 weights stand for. @param unit the units of a gate; those of a dense layer are its columns */
type Expand = (upload: Upload, unit: number) => Float64Array;

const expand: Expand = ({ values, scales, shape }) =>
  Float64Array.from(values, (value, i) => value * scales[i % shape[1]]);

/** Expands correctly, except that each element is changed by `change`. */
const eachElement =
  (change: (value: number, at: { row: number; column: number } & Upload) => number): Expand =>
  (upload) => {
    const [, columns] = upload.shape;
    return Float64Array.from(upload.values, (value, i) =>
      change(value, { ...upload, row: Math.floor(i / columns), column: i % columns }),
    );
  };

/** The reference backend with kernels that expand int8 weights at each call. */
function int8Backend(right: Backend, expandedBy: Expand, keepsFreed = false): Partial<Backend> {
  const uploads = new Map<Tensor, Upload>();
  const kept = new Map<string, Upload>();
  const kernels = baselineKernels(right);
  const floatsOf = (x: Tensor, unit: number): Tensor => {
    const own = uploads.get(x);
    if (!own) return x;
    const key = String(own.shape);
    const upload = keepsFreed ? (kept.get(key) ?? own) : own;
    kept.set(key, upload);
    return right.upload(expandedBy(upload, unit), own.shape);
  };
  const withFloats = <Inputs, Result>(
    inputs: Inputs,
    made: readonly Tensor[],
    call: (x: Inputs) => Result,
  ) => {
    try {
      return call(inputs);
    } finally {
      for (const x of made) right.free(x);
    }
  };
  return {
    int8: {
      upload(values, scales, shape) {
        const marker = right.fill([1], 0);
        const handle = Object.assign(Object.create(marker) as Tensor, { shape, int8: true });
        uploads.set(handle, { values: values.slice(), scales: scales.slice(), shape });
        markers.set(handle, marker);
        return handle;
      },
    },
    free(x) {
      uploads.delete(x);
      right.free(markers.get(x) ?? x);
    },
    fused: {
      ...kernels,
      recurrent: {
        ...kernels.recurrent,
        forward(spec, inputs) {
          if (!spec.int8) return kernels.recurrent.forward(spec, inputs);
          const made: Tensor[] = [];
          const weights = mapWeights(inputs.weights, (x) => {
            const floats = floatsOf(x, spec.units);
            if (floats !== x) made.push(floats);
            return floats;
          });
          return withFloats<RecurrentInputs, ReturnType<typeof kernels.recurrent.forward>>(
            { ...inputs, weights },
            made,
            (changed) => kernels.recurrent.forward({ ...spec, int8: false }, changed),
          );
        },
      },
      dense: {
        ...kernels.dense,
        forward(spec, inputs) {
          if (!spec.int8) return kernels.dense.forward(spec, inputs);
          const kernel = floatsOf(inputs.kernel, spec.units);
          return withFloats<DenseInputs, ReturnType<typeof kernels.dense.forward>>(
            { ...inputs, kernel },
            [kernel],
            (changed) => kernels.dense.forward({ ...spec, int8: false }, changed),
          );
        },
      },
    },
    lacks: {},
  };
}

/** The tensor of the reference backend that counts a handle of int8 weights. */
const markers = new WeakMap<Tensor, Tensor>();

const int8 = (name: string, what: string, expandedBy: Expand, first = 'int8: ', keepsFreed = false): Mutant =>
  mutant(`int8: ${name}`, what, first, (right) => int8Backend(right, expandedBy, keepsFreed));

/** The correct kernels, to prove that the cases pass on them. */
export const rightInt8 = (right: Backend): Partial<Backend> => int8Backend(right, expand);

export const int8Kernels: Mutant[] = [
  int8(
    'one scale',
    'the last column has the scale of the one before',
    eachElement(
      (value, { column, scales }) => value * scales[Math.max(0, Math.min(column, scales.length - 2))],
    ),
  ),
  int8(
    'scales of rows',
    'element (k, n) is multiplied by scale k',
    eachElement((value, { row, scales }) => value * scales[row % scales.length]),
  ),
  int8(
    'unsigned',
    'the bytes are read without their sign',
    eachElement((value, { column, scales }) => (value & 255) * scales[column]),
  ),
  int8(
    'zero point',
    'the values are off by two',
    eachElement((value, { column, scales }) => (value + 2) * scales[column]),
  ),
  int8(
    'odd row',
    'the last of an odd number of rows is left out',
    eachElement((value, { column, row, scales, shape: [rows] }) =>
      rows % 2 === 1 && row === rows - 1 ? 0 : value * scales[column],
    ),
  ),
  int8(
    'tail columns',
    'columns past the last multiple of 16 are zero',
    eachElement((value, { column, scales }) =>
      scales.length > 16 && column >= (scales.length & ~15) ? 0 : value * scales[column],
    ),
  ),
  int8('gates shifted', 'each gate has the columns that start one further left', (upload, unit) => {
    const { values, scales, shape } = upload;
    const [, columns] = shape;
    return Float64Array.from(values, (_, i) => {
      const column = i % columns;
      const from = column >= unit ? column - 1 : column;
      return values[i - column + from] * scales[from];
    });
  }),
  int8(
    'kept after free',
    'weights of one shape are expanded once',
    expand,
    'int8: dense: other weights',
    true,
  ),
];
