import type { Backend } from './backend.js';
import type { DenseKernel, FusedKernels, KernelSpecs, RecurrentSpec } from './fused.js';
import { broadcastShape, type Shape, type Tensor } from './tensor.js';

/** Called with each request that a fused kernel accepts. */
export type OnRequest = <Name extends keyof FusedKernels>(name: Name, spec: KernelSpecs[Name]) => void;

/**
 * Creates a backend that only computes shapes. It is used to find the requests that a forward pass sends to `backend`,
 * without running it. Its tensors are not handles of `backend`. Its fused kernels accept the same requests as those of
 * `backend`.
 */
export function shapesOnly(backend: Backend, onRequest: OnRequest): Backend {
  const of = (...shape: number[]): Tensor => ({ shape });
  const same = ({ shape }: Tensor): Tensor => ({ shape });
  const common = (a: Shape, b: Shape) => broadcastShape(a, b) as Shape;
  const reduced = ({ shape }: Tensor, axes: readonly number[]) =>
    of(...shape.map((size, axis) => (axes.includes(axis) ? 1 : size)));
  return {
    ...backend,
    fused: shapesOfKernels(backend.fused, onRequest),
    matmul(a, b, transposeA, transposeB) {
      const row = a.shape.length - 2;
      const m = a.shape[transposeA ? row + 1 : row];
      const n = b.shape[transposeB ? row : row + 1];
      return of(...a.shape.slice(0, row), m, n);
    },
    unary: (_, x) => same(x),
    affine: same,
    softmax: same,
    logSoftmax: same,
    binary: (_, a, b) => ({ shape: common(a.shape, b.shape) }),
    select: (condition, a, b) => ({ shape: common(condition.shape, common(a.shape, b.shape)) }),
    sum: reduced,
    max: reduced,
    reshape: (_, shape) => ({ shape }),
    transpose: ({ shape }, permutation) => of(...permutation.map((axis) => shape[axis])),
    slice: (_, __, size) => ({ shape: size }),
    concat(xs, axis) {
      const length = xs.reduce((sum, x) => sum + x.shape[axis], 0);
      return of(...xs[0].shape.map((size, i) => (i === axis ? length : size)));
    },
    gather: (table, indices) => of(indices.shape[0], table.shape[1]),
    scatterAdd: (_, updates, rows) => of(rows, updates.shape[1]),
    fill: (shape) => ({ shape }),
    upload: (_, shape) => ({ shape }),
    free: () => {},
  };
}

/** The shapes of the results of the layer kernels' forward passes. */
const outputs: { readonly [Name in keyof FusedKernels]: (spec: KernelSpecs[Name]) => object } = {
  recurrent: (spec) => ({ y: { shape: [spec.time, spec.batch, spec.outputSize] }, state: stateOf(spec) }),
  dense: ({ rows, units }) => ({ y: { shape: [rows, units] } }),
  scan: ({ time, batch, units }) => ({
    y: { shape: [time, batch, units] },
    state: { shape: [batch, units] },
  }),
};

/** Wraps kernels so they only return shapes. Only forward passes are supported. */
function shapesOfKernels(kernels: FusedKernels, onRequest: OnRequest): FusedKernels {
  const wrapped = Object.entries(outputs)
    .filter(([name]) => kernels[name as keyof FusedKernels])
    .map(([name, outputOf]) => [
      name,
      {
        declines: (spec: never) => (kernels[name as 'dense'] as DenseKernel).declines(spec),
        forward(spec: never) {
          onRequest(name as 'dense', spec);
          return { ...outputOf(spec), saved: [] };
        },
      },
    ]);
  return Object.fromEntries(wrapped);
}

function stateOf({ cell, batch, units, outputSize }: RecurrentSpec): Tensor[] {
  const h = { shape: [batch, outputSize] };
  return cell === 'lstm' ? [h, { shape: [batch, units] }] : [h];
}
