/* Operators that repeat, pad, pick and order elements. */
import { sizeOf } from '@recurra/core/backend';
import { dtypes, isFloat } from '../dtypes.js';
import { checkIndices, joined, taken, transposed } from '../movement.js';
import { allocate, checkSize, Value } from '../value.js';
import type { Call, Operator } from './operator.js';

export const Tile: Operator = {
  async run(call) {
    let x = call.input(0);
    const repeats = (await call.ints(1)) ?? call.fail('the repeats are missing');
    if (repeats.length !== x.shape.length || repeats.some((count) => count < 0))
      call.fail(`repeats [${repeats}] do not fit to [${x.shape}]`);
    checkSize(
      call.tape,
      x.shape.map((size, axis) => size * repeats[axis]),
      call.label,
    );
    for (const [axis, count] of repeats.entries()) {
      if (count === 1) continue;
      const size = x.shape[axis];
      const indices = Array.from({ length: size * count }, (_, i) => i % size);
      x = await taken(call.tape, x, axis, indices, [indices.length]);
    }
    return [x];
  },
};

export const Pad: Operator = {
  attributes: ['mode', 'pads', 'value'],
  unsupported: ({ attributes }) => {
    const mode = attributes.string('mode', 'constant');
    return ['constant', 'reflect', 'edge'].includes(mode) ? undefined : `mode ${mode.slice(0, 40)}`;
  },
  async run(call) {
    const { attributes, tape } = call;
    let x = call.input(0);
    const rank = x.shape.length;
    const pads = attributes.ints('pads') ?? (await call.ints(1)) ?? call.fail('the pads are missing');
    const axes = (await call.ints(3))?.map((axis) => call.axis(axis, rank)) ?? x.shape.map((_, axis) => axis);
    if (pads.length !== 2 * axes.length) call.fail(`pads [${pads}] do not fit to ${axes.length} axes`);
    const given = call.inputs[2];
    const value = given ? (await given.data())[0] : attributes.float('value', 0);
    const mode = attributes.string('mode', 'constant');
    for (const [i, axis] of axes.entries()) {
      const [before, after] = [pads[i], pads[i + axes.length]];
      if (before === 0 && after === 0) continue;
      const size = x.shape[axis];
      const padded = size + before + after;
      if (padded < 0) call.fail(`pads [${pads}] take more than [${x.shape}] has`);
      checkSize(
        tape,
        x.shape.map((own, at) => (at === axis ? padded : own)),
        call.label,
      );
      if (mode === 'constant') {
        const kept = Array.from(
          { length: Math.max(0, size + Math.min(0, before) + Math.min(0, after)) },
          (_, at) => at - Math.min(0, before),
        );
        const middle = await taken(tape, x, axis, kept, [kept.length]);
        const fill = (count: number) =>
          filled(
            call,
            x,
            x.shape.map((own, at) => (at === axis ? count : own)),
            value,
          );
        const parts = [...(before > 0 ? [fill(before)] : []), middle, ...(after > 0 ? [fill(after)] : [])];
        x = parts.length === 1 ? middle : await joined(tape, parts, axis);
        continue;
      }
      if (mode === 'reflect' && Math.max(before, after) >= size)
        call.fail(`pads [${pads}] are too large to reflect [${x.shape}]`);
      const last = size - 1;
      const indices = Array.from({ length: padded }, (_, at) => {
        const index = at - before;
        if (mode === 'edge') return Math.min(Math.max(index, 0), last);
        return index < 0 ? -index : index > last ? 2 * last - index : index;
      });
      x = await taken(tape, x, axis, indices, [padded]);
    }
    return [x];
  },
};

function filled(call: Call, { dtype }: Value, shape: readonly number[], value: number | bigint): Value {
  const data = allocate(call.tape, dtype, shape, call.label);
  const big = data instanceof BigInt64Array || data instanceof BigUint64Array;
  for (let i = 0; i < data.length; i++) data[i] = big ? BigInt(value) : Number(value);
  return Value.onHost(call.tape, { dtype, shape, data });
}

export const ReverseSequence: Operator = {
  attributes: ['batch_axis', 'time_axis'],
  async run(call) {
    const x = call.input(0);
    const { attributes, tape } = call;
    const [batchAxis, timeAxis] = [attributes.int('batch_axis', 1), attributes.int('time_axis', 0)];
    if (x.shape.length < 2 || ![0, 1].includes(batchAxis) || timeAxis !== 1 - batchAxis)
      call.fail(`batch_axis ${batchAxis} and time_axis ${timeAxis} must be 0 and 1, or 1 and 0`);
    const lengths = (await call.ints(1)) ?? call.fail('the lengths are missing');
    const [T, B] = [x.shape[timeAxis], x.shape[batchAxis]];
    if (lengths.length !== B || lengths.some((length) => length < 0 || length > T))
      call.fail(`the lengths must be ${B} whole numbers from 0 to ${T}, not [${lengths}]`);
    const at = (t: number, b: number) => (timeAxis === 0 ? t * B + b : b * T + t);
    const indices = new Array<number>(T * B);
    for (let t = 0; t < T; t++) {
      for (let b = 0; b < B; b++) indices[at(t, b)] = at(t < lengths[b] ? lengths[b] - 1 - t : t, b);
    }
    const rows = x.reshaped(tape, [T * B, ...x.shape.slice(2)]);
    const reversed = await taken(tape, rows, 0, indices, [T * B]);
    return [reversed.reshaped(tape, x.shape)];
  },
};

export const GatherElements: Operator = {
  attributes: ['axis'],
  async run(call) {
    const [x, which] = [call.input(0), call.input(1)];
    const { shape } = which;
    const axis = call.axis(call.attributes.int('axis', 0), x.shape.length);
    const fits =
      shape.length === x.shape.length && shape.every((size, at) => at === axis || size <= x.shape[at]);
    if (isFloat(which.dtype) || !fits)
      call.fail(`the indices, ${which.dtype} [${shape}], do not fit to [${x.shape}]`);
    const given = Array.from((await which.data()) as ArrayLike<number | bigint>, Number);
    const valid = checkIndices(given, x.shape[axis], call.label);
    const strides = x.shape.map((_, at) => sizeOf(x.shape.slice(at + 1)));
    const index = shape.map(() => 0);
    const flat = valid.map((at) => {
      const from = index.reduce((sum, own, i) => sum + (i === axis ? at : own) * strides[i], 0);
      for (let i = shape.length - 1; i >= 0 && ++index[i] === shape[i]; i--) index[i] = 0;
      return from;
    });
    return [await taken(call.tape, x.reshaped(call.tape, [sizeOf(x.shape)]), 0, flat, shape)];
  },
};

export const ArgMax: Operator = arg((a, b) => a > b);
export const ArgMin: Operator = arg((a, b) => a < b);

function arg(beats: (a: number | bigint, b: number | bigint) => boolean): Operator {
  return {
    attributes: ['axis', 'keepdims', 'select_last_index'],
    async run(call) {
      const { attributes, tape } = call;
      const { rows, count, shape, axis } = await alongAxis(call, attributes.int('axis', 0));
      const lastly = attributes.int('select_last_index', 0) !== 0;
      const data = allocate(tape, 'int64', [rows.length / Math.max(1, count)], call.label);
      for (let i = 0; i < data.length; i++) {
        let best = 0;
        for (let j = 1; j < count; j++) {
          const [a, b] = [rows[i * count + j], rows[i * count + best]];
          if (beats(a, b) || (lastly && a === b)) best = j;
        }
        data[i] = BigInt(best);
      }
      const keep = attributes.int('keepdims', 1) !== 0;
      const reduced = shape.flatMap((size, at) => (at === axis ? (keep ? [1] : []) : [size]));
      return [Value.onHost(tape, { dtype: 'int64', shape: reduced, data })];
    },
  };
}

export const TopK: Operator = {
  attributes: ['axis', 'k', 'largest', 'sorted'],
  async run(call) {
    const { attributes, tape } = call;
    const { rows, count, shape, axis } = await alongAxis(call, attributes.int('axis', -1));
    const [k] = (await call.ints(1)) ?? [attributes.int('k') ?? call.fail('k is missing')];
    if (k < 0 || k > count) call.fail(`k must be from 0 to ${count}, not ${k}`);
    const sign = attributes.int('largest', 1) === 0 ? -1 : 1;
    const others = shape.filter((_, at) => at !== axis);
    const { dtype } = call.input(0);
    const values = dtypes[dtype].make(sizeOf(others) * k);
    const indices = new BigInt64Array(values.length);
    for (let i = 0; i < sizeOf(others); i++) {
      const own = rows.subarray(i * count, (i + 1) * count);
      const order = Array.from({ length: count }, (_, j) => j).sort((a, b) =>
        own[a] === own[b] ? a - b : own[a] > own[b] ? -sign : sign,
      );
      for (let j = 0; j < k; j++) {
        values[i * k + j] = own[order[j]];
        indices[i * k + j] = BigInt(order[j]);
      }
    }
    // The axis is the last one here, and goes back to its place.
    const back = shape.map((_, at) => (at === axis ? shape.length - 1 : at < axis ? at : at - 1));
    const placed = (value: Value) => transposed(tape, value, back);
    const found = [...others, k];
    return [
      await placed(Value.onHost(tape, { dtype, shape: found, data: values })),
      await placed(Value.onHost(tape, { dtype: 'int64', shape: found, data: indices })),
    ];
  },
};

/** The elements with an axis moved to the end, on the host. */
async function alongAxis(call: Call, given: number) {
  const x = call.input(0);
  const { shape } = x;
  const axis = call.axis(given, shape.length);
  const count = shape[axis];
  if (count === 0) call.fail(`axis ${axis} of [${shape}] has no elements`);
  const order = [...shape.keys()].filter((at) => at !== axis);
  const rows = await (await transposed(call.tape, x, [...order, axis])).data();
  return { rows, count, shape, axis };
}
