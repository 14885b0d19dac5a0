import type { Shape } from '@recurra/core';
import { broadcastShape, sizeOf } from '@recurra/core/backend';
import { expanded, joined, sliced, transposed } from '../movement.js';
import { checkSize, type Value } from '../value.js';
import type { Call, Operator } from './operator.js';

export const Identity: Operator = { run: (call) => [call.input(0)] };

export const Reshape: Operator = {
  attributes: ['allowzero'],
  async run(call) {
    const x = call.input(0);
    const target = (await call.ints(1)) ?? call.fail('the shape is missing');
    const keepZero = call.attributes.int('allowzero', 0) === 1;
    const sizes = target.map((size, axis) => (size === 0 && !keepZero ? (x.shape[axis] ?? -2) : size));
    return [x.reshaped(call.tape, inferred(call, x.shape, sizes))];
  },
};

export const Flatten: Operator = {
  attributes: ['axis'],
  run(call) {
    const x = call.input(0);
    const { length } = x.shape;
    const attribute = call.attributes.int('axis', 1);
    const axis =
      attribute === length ? length : length === 0 && attribute === 0 ? 0 : call.axis(attribute, length);
    return [x.reshaped(call.tape, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))])];
  },
};

export const Squeeze: Operator = {
  attributes: ['axes'],
  async run(call) {
    const x = call.input(0);
    const listed = call.attributes.ints('axes') ?? (await call.ints(1));
    const axes = listed?.map((axis) => call.axis(axis, x.shape.length));
    const wrong = axes?.find((axis) => x.shape[axis] !== 1);
    if (wrong !== undefined) call.fail(`axis ${wrong} of [${x.shape}] does not have size 1`);
    return [
      x.reshaped(
        call.tape,
        x.shape.filter((size, axis) => (axes ? !axes.includes(axis) : size !== 1)),
      ),
    ];
  },
};

export const Unsqueeze: Operator = {
  attributes: ['axes'],
  async run(call) {
    const x = call.input(0);
    const listed = call.attributes.ints('axes') ?? (await call.ints(1)) ?? call.fail('axes are missing');
    const rank = x.shape.length + listed.length;
    const axes = new Set(listed.map((axis) => call.axis(axis, rank)));
    if (axes.size < listed.length) call.fail(`axes [${listed}] has an axis twice`);
    const rest = [...x.shape];
    return [
      x.reshaped(
        call.tape,
        Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : (rest.shift() as number))),
      ),
    ];
  },
};

export const Transpose: Operator = {
  attributes: ['perm'],
  async run(call) {
    const x = call.input(0);
    const axes = x.shape.map((_, axis) => axis);
    const permutation = call.attributes.ints('perm') ?? [...axes].reverse();
    if (permutation.length !== axes.length) {
      call.fail(`the permutation has ${permutation.length} axes, but [${x.shape}] has ${axes.length}`);
    }
    if ([...permutation].sort((a, b) => a - b).join() !== axes.join()) {
      call.fail(`[${permutation}] is not a permutation of the axes of [${x.shape}]`);
    }
    return [await transposed(call.tape, x, permutation)];
  },
};

export const Concat: Operator = {
  attributes: ['axis'],
  async run(call) {
    const xs = call.inputs.map((_, index) => call.input(index));
    const axis = call.axis(
      call.attributes.int('axis') ?? call.fail('axis is missing'),
      call.input(0).shape.length,
    );
    const rest = ({ shape, dtype }: Value) =>
      `${dtype} ${shape.map((size, at) => (at === axis ? '' : size))}`;
    const wrong = xs.find((x) => rest(x) !== rest(xs[0]));
    if (wrong)
      call.fail(
        `${wrong.dtype} [${wrong.shape}] cannot be concatenated with ${xs[0].dtype} [${xs[0].shape}]`,
      );
    return [await joined(call.tape, xs, axis)];
  },
};

export const Slice: Operator = {
  attributes: ['axes', 'ends', 'starts'],
  async run(call) {
    const x = call.input(0);
    const { attributes } = call;
    const starts = attributes.ints('starts') ?? (await call.ints(1)) ?? call.fail('starts are missing');
    const ends = attributes.ints('ends') ?? (await call.ints(2)) ?? call.fail('ends are missing');
    const axes = attributes.ints('axes') ?? (await call.ints(3)) ?? starts.map((_, axis) => axis);
    const steps = (await call.ints(4)) ?? starts.map(() => 1);
    if ([ends, axes, steps].some(({ length }) => length !== starts.length))
      call.fail('starts, ends, axes and steps must have the same length');
    const begin = x.shape.map(() => 0);
    const size = [...x.shape];
    const step = x.shape.map(() => 1);
    for (const [i, start] of starts.entries()) {
      const axis = call.axis(axes[i], x.shape.length);
      if (steps[i] === 0) call.fail('a step is 0');
      [begin[axis], size[axis]] = range(start, ends[i], steps[i], x.shape[axis]);
      step[axis] = steps[i];
    }
    return [await sliced(call.tape, x, begin, size, step)];
  },
};

export const Split: Operator = {
  attributes: ['axis', 'num_outputs', 'split'],
  async run(call) {
    const x = call.input(0);
    const { attributes, outputs } = call.node;
    const axis = call.axis(attributes.int('axis', 0), x.shape.length);
    const count = attributes.int('num_outputs', outputs.length);
    const sizes = attributes.ints('split') ?? (await call.ints(1)) ?? parts(x.shape[axis], count);
    if (sizes.some((size) => size < 0) || sizes.reduce((sum, size) => sum + size, 0) !== x.shape[axis]) {
      call.fail(`parts of [${sizes}] do not add up to axis ${axis} of [${x.shape}]`);
    }
    const ones = x.shape.map(() => 1);
    const results: Value[] = [];
    const begin = x.shape.map(() => 0);
    for (const size of sizes) {
      const part = x.shape.map((whole, at) => (at === axis ? size : whole));
      results.push(await sliced(call.tape, x, [...begin], part, ones));
      begin[axis] += size;
    }
    return results;
  },
};

export const Expand: Operator = {
  async run(call) {
    const x = call.input(0);
    const target = (await call.ints(1)) ?? call.fail('the shape is missing');
    const shape = broadcastShape(x.shape, target);
    if (!shape || target.some((size) => size < 0))
      return call.fail(`[${x.shape}] cannot be expanded to [${target}]`);
    checkSize(call.tape, shape, call.label);
    return [await expanded(call.tape, x, shape)];
  },
};

/** The sizes of `count` equal parts; the last may be smaller. */
function parts(size: number, count: number): number[] {
  const each = Math.ceil(size / count);
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(each, size - i * each)));
}

/** The first index and the number of elements of a slice, by NumPy's rules. */
function range(start: number, end: number, step: number, size: number): [begin: number, count: number] {
  const counted = (index: number) => (index < 0 ? index + size : index);
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const within = (index: number) => Math.min(Math.max(index, low), high);
  const from = within(counted(start));
  const count = Math.max(0, Math.ceil((within(counted(end)) - from) / step));
  return [count === 0 ? 0 : from, count];
}

/** `sizes` with −1 replaced by the remaining size. */
function inferred(call: Call, from: Shape, sizes: readonly number[]): number[] {
  const known = sizes.filter((size) => size !== -1);
  const rest = sizeOf(from) / sizeOf(known);
  const result = sizes.map((size) => (size === -1 ? (sizeOf(known) === 0 ? 0 : rest) : size));
  const right =
    known.length >= sizes.length - 1 && result.every((size) => Number.isInteger(size) && size >= 0);
  if (!right || sizeOf(result) !== sizeOf(from)) call.fail(`[${from}] cannot be reshaped to [${sizes}]`);
  return result;
}
