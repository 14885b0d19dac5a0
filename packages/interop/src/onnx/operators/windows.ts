/* Convolution and pooling, over one or two axes. */
import { type Tensor, UnsupportedError } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import type { GraphNode } from '../graph.js';
import { checkSize, Value } from '../value.js';
import type { Call, Operator } from './operator.js';

/** Windows along one axis. */
interface Axis {
  readonly size: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  /** How many windows there are. */
  readonly count: number;
}

const common = ['auto_pad', 'dilations', 'kernel_shape', 'pads', 'strides'];

export const Conv: Operator = {
  attributes: [...common, 'group'],
  run(call) {
    const { tape } = call;
    const dtype = call.commonFloatType();
    const [x, w] = [call.input(0).shape, call.input(1).shape];
    if (x.length !== w.length) call.fail(`X [${x}] and W [${w}] must have as many axes`);
    const axes = axesOf(call, x, w.slice(2));
    const group = call.attributes.int('group', 1);
    const [N, C] = x;
    const [M, each] = w;
    if (each * group !== C || M % group !== 0)
      call.fail(`W [${w}] does not fit to X [${x}] in ${group} groups`);
    const counts = axes.map(({ count }) => count);
    const shape = [N, M, ...counts];
    const seen = sizeOf(w.slice(2));
    const windows = sizeOf(counts);
    checkSize(tape, shape, call.label);
    checkSize(tape, [N, C, windows, seen], call.label);

    const pixels = sizeOf(x.slice(2));
    const kernels = tape.reshape(call.float(1), [M, each * seen]);
    const filters = M / group;
    const channels = tape.reshape(call.float(0), [N, C, pixels]);
    const parts = Array.from({ length: group }, (_, g) => {
      const own = group === 1 ? channels : tape.slice(channels, [0, g * each, 0], [N, each, pixels]);
      const picked = pick(call, own, axes, () => -1);
      const columns = tape.transpose(tape.reshape(picked, [windows, seen, N, each]), [2, 0, 3, 1]);
      const kernel = group === 1 ? kernels : tape.slice(kernels, [g * filters, 0], [filters, each * seen]);
      const rows = tape.reshape(columns, [N * windows, each * seen]);
      const y = tape.reshape(tape.matmul(rows, kernel, { transposeB: true }), [N, windows, filters]);
      return tape.transpose(y, [0, 2, 1]);
    });
    const y = parts.length === 1 ? parts[0] : tape.concat(parts, 1);
    const biased = call.inputs[2] ? tape.add(y, tape.reshape(call.float(2), [1, M, 1])) : y;
    return [Value.onBackend(tape, biased, shape, dtype)];
  },
};

export const MaxPool: Operator = {
  attributes: [...common, 'ceil_mode', 'storage_order'],
  unsupported: ({ outputs }: GraphNode) =>
    outputs.slice(1).some((name) => name !== undefined) ? 'the output Indices' : undefined,
  run: (call) =>
    pool(call, (x, axes) => {
      const [N, C] = x.shape;
      const seen = sizeOf(axes.map(({ window }) => window));
      // Past the edge a window sees again what it sees inside, which does not change the largest.
      const picked = pick(call, x, axes, (first) => first);
      const windows = sizeOf(axes.map(({ count }) => count));
      return call.tape.max(call.tape.reshape(picked, [windows, seen, N, C]), [1]);
    }),
};

export const AveragePool: Operator = {
  attributes: [...common, 'ceil_mode', 'count_include_pad'],
  run: (call) =>
    pool(call, (x, axes) => {
      const { tape } = call;
      const [N, C] = x.shape;
      const withPadding = call.attributes.int('count_include_pad', 0) !== 0;
      const counted = axes.map((axis) => {
        const [low, high] = withPadding ? [-axis.before, axis.size + axis.after] : [0, axis.size];
        return elements(axis).map((seen) => seen.filter((at) => at >= low && at < high).length);
      });
      const counts = counted.reduce((outer, own) => outer.flatMap((a) => own.map((b) => a * b)));
      const seen = sizeOf(axes.map(({ window }) => window));
      const picked = tape.reshape(
        pick(call, x, axes, () => -1),
        [counts.length, seen, N, C],
      );
      const shares = tape.constant(
        counts.map((count) => 1 / count),
        [counts.length, 1, 1, 1],
      );
      return tape.mul(tape.sum(picked, [1]), shares);
    }),
};

export const GlobalAveragePool: Operator = global((call, x, axes) => call.tape.mean(x, axes));
export const GlobalMaxPool: Operator = global((call, x, axes) => call.tape.max(x, axes));

function global(over: (call: Call, x: Tensor, axes: readonly number[]) => Tensor): Operator {
  return {
    run(call) {
      const { shape } = call.input(0);
      if (shape.length < 3) call.fail(`X must be [batch, channels, …], not [${shape}]`);
      const dtype = call.floatType(0);
      const axes = shape.map((_, axis) => axis).slice(2);
      const reduced = shape.map((size, axis) => (axis < 2 ? size : 1));
      return [Value.onBackend(call.tape, over(call, call.float(0), axes), reduced, dtype)];
    },
  };
}

/** @param over x [N, C, pixels] to [windows, 1, N, C] */
function pool(call: Call, over: (x: Tensor, axes: readonly Axis[]) => Tensor): Value[] {
  const { tape } = call;
  const { shape } = call.input(0);
  const dtype = call.floatType(0);
  const window = call.attributes.ints('kernel_shape') ?? call.fail('kernel_shape is missing');
  const axes = axesOf(call, shape, window);
  const [N, C] = shape;
  const counts = axes.map(({ count }) => count);
  checkSize(tape, [N, C, sizeOf(counts), sizeOf(window)], call.label);
  const x = tape.reshape(call.float(0), [N, C, sizeOf(shape.slice(2))]);
  const windows = tape.reshape(over(x, axes), [sizeOf(counts), N, C]);
  return [Value.onBackend(tape, tape.transpose(windows, [1, 2, 0]), [N, C, ...counts], dtype)];
}

/**
 * What each window sees of x [N, C, pixels]: [windows · window, N · C].
 * @param outside the pixel that a window sees past the edge, of the first pixel that it sees inside; −1: zeros
 */
function pick({ tape }: Call, x: Tensor, axes: readonly Axis[], outside: (first: number) => number): Tensor {
  const [N, C, pixels] = x.shape;
  const lists = axes.map((axis) =>
    elements(axis).map((seen) => seen.map((at) => (at >= 0 && at < axis.size ? at : -1))),
  );
  const [rows, columns = [[0]]] = lists;
  const width = axes[1]?.size ?? 1;
  const indices: number[] = [];
  for (const down of rows) {
    for (const across of columns) {
      const seen = down.flatMap((i) => across.map((j) => (i < 0 || j < 0 ? -1 : i * width + j)));
      const first = seen.find((at) => at >= 0) ?? -1;
      for (const at of seen) {
        const index = at >= 0 ? at : outside(first);
        indices.push(index < 0 ? pixels : index);
      }
    }
  }
  const table = tape.transpose(tape.reshape(x, [N * C, pixels]), [1, 0]);
  const all = indices.includes(pixels) ? tape.concat([table, tape.fill([1, N * C], 0)], 0) : table;
  return tape.gather(all, tape.constant(indices, [indices.length]));
}

/** The elements that each window sees; they may lie outside. */
function elements({ count, window, stride, dilation, before }: Axis): number[][] {
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: window }, (_, j) => i * stride + j * dilation - before),
  );
}

function axesOf(call: Call, shape: readonly number[], window: readonly number[]): Axis[] {
  const { attributes } = call;
  const rank = shape.length - 2;
  if (rank !== 1 && rank !== 2) {
    throw new UnsupportedError(
      `${call.label}: windows over one axis or two are supported, not the shape [${shape}]`,
    );
  }
  const list = (name: string) => attributes.ints(name) ?? window.map(() => 1);
  const [strides, dilations] = [list('strides'), list('dilations')];
  const kernel = attributes.ints('kernel_shape') ?? window;
  const pads = attributes.ints('pads') ?? new Array<number>(2 * rank).fill(0);
  const auto = attributes.string('auto_pad', 'NOTSET');
  const lists = [strides, dilations, kernel, window];
  if (lists.some(({ length }) => length !== rank) || pads.length !== 2 * rank)
    call.fail(`the attributes do not fit to the ${rank} axes of [${shape}]`);
  if (kernel.some((size, axis) => size !== window[axis]))
    call.fail(`kernel_shape [${kernel}] differs from that of W, [${window}]`);
  if ([...strides, ...dilations, ...window].some((size) => size < 1) || pads.some((size) => size < 0))
    call.fail('sizes, strides and dilations must be positive, and pads not negative');
  return window.map((each, axis) => {
    const size = shape[axis + 2];
    const [stride, dilation] = [strides[axis], dilations[axis]];
    const reach = (each - 1) * dilation + 1;
    const missing = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
    const [before, after] =
      auto === 'SAME_UPPER'
        ? [Math.floor(missing / 2), Math.ceil(missing / 2)]
        : auto === 'SAME_LOWER'
          ? [Math.ceil(missing / 2), Math.floor(missing / 2)]
          : auto === 'VALID'
            ? [0, 0]
            : [pads[axis], pads[axis + rank]];
    const steps = (size + before + after - reach) / stride;
    const up = attributes.has('ceil_mode') && attributes.int('ceil_mode', 0) !== 0;
    let count = Math.max(0, (up ? Math.ceil(steps) : Math.floor(steps)) + 1);
    // A window that begins past the end is left out.
    if (up && (count - 1) * stride >= size + before) count--;
    if (count === 0) call.fail(`a window of ${reach} does not fit into axis ${axis + 2} of [${shape}]`);
    return { size, window: each, stride, dilation, before, after, count };
  });
}
